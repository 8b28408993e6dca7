package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/text"
)

// P6: a computer that writes on and on costs the CSR's program next to nothing, on
// whichever stream.
func TestK1P6_EndlessOutputIsNotKept(t *testing.T) {
	const much = 96 << 20
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	pour := func(to func(s *sshd.Session) io.Writer) testCommand {
		return func(_ context.Context, s *sshd.Session) int {
			for range much / len(chunk) {
				if _, err := to(s).Write(chunk); err != nil {
					break
				}
			}
			return cmdline.ExitFailed
		}
	}
	w := newWorld(t)
	problems := func(s *sshd.Session) io.Writer { return s.Stderr() }
	output := func(s *sshd.Session) io.Writer { return s }
	w.onDevice["sysinfo"] = pour(problems)
	w.onDevice["run --json -- x.sh"] = pour(output)
	w.onDevice["cancel"] = pour(output)
	w.onDevice["chat"] = pour(problems)
	c := w.reach()
	for name, do := range map[string]func() error{
		"standard error":       func() error { return c.Exec(t.Context(), io.Discard, "sysinfo") },
		"standard error, chat": func() error { return c.Talk(t.Context(), nil, io.Discard, nil, "chat") },
		"a run's events": func() error {
			return c.Run(t.Context(), RunOptions{}, []string{"x.sh"}, func(Event) error { return nil })
		},
		"an answer": func() error { return c.Cancel(t.Context()) },
	} {
		before := held()
		err := do()
		grown := held() - before
		if err == nil || len(err.Error()) > maxComplaint+200 || grown > 4<<20 {
			t.Errorf("%s: %d bytes more are held for %.80v", name, grown, err)
		}
	}
}

// held is what is in use, with what the last call returned.
func held() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// No writer that limits hands io.Copy something that reads by itself.
func TestK1P6_LimitsHaveWriteAlone(t *testing.T) {
	for _, w := range []io.Writer{&bounded{left: 10}, &limited{w: io.Discard, left: 10, where: text.Later("x")}, &guarded{w: io.Discard, fail: func(error) {}}, &eventLines{}} {
		if _, goes := w.(io.ReaderFrom); goes {
			t.Errorf("%T has ReadFrom", w)
		}
	}
	b := &bounded{left: 10}
	n, err := io.Copy(b, strings.NewReader(strings.Repeat("x", 1000)))
	if n != 1000 || err != nil || b.text.String() != strings.Repeat("x", 10) {
		t.Errorf("%d, %v, %q", n, err, b.text.String())
	}
	var e *cmdline.Error
	if _, err := io.Copy(&limited{w: io.Discard, left: 10, where: text.Later("x")}, strings.NewReader(strings.Repeat("x", 1000))); !errors.As(err, &e) {
		t.Errorf("beyond a limit: %v", err)
	}
}
