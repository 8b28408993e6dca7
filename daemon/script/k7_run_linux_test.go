package script

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/daemon/script/process"
	"supportd/library/journal"
)

// What is needed to run anything.
func TestF16_WhatARunNeeds(t *testing.T) {
	good := Options{WorkDir: t.TempDir(), Supervisor: []string{"x"}, Log: slog.New(slog.DiscardHandler)}
	for name, change := range map[string]func(*Options){
		"no directory": func(o *Options) { o.WorkDir = "" }, "a relative one": func(o *Options) { o.WorkDir = "work" }, "no supervisor": func(o *Options) { o.Supervisor = nil }, "no log": func(o *Options) { o.Log = nil },
	} {
		bad := good
		change(&bad)
		if r, err := NewRunner(bad); err == nil {
			t.Errorf("%s: %v", name, r)
		}
	}
	r, err := NewRunner(good)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Last(); !errors.Is(err, ErrNoRun) {
		t.Error(err)
	}
	r.Close()
	plan := &Plan{Steps: []Step{{Name: "a"}}}
	record := func(Event) error { return nil }
	for want, c := range map[string]struct {
		plan *Plan
		o    RunOptions
	}{
		"Record is required": {plan, RunOptions{}}, "nothing to run": {nil, RunOptions{Record: record}}, "there is nothing to run": {&Plan{}, RunOptions{Record: record}},
		"at most": {plan, RunOptions{Record: record, Timeout: MaxTimeout + 1}}, "a time limit is at most": {plan, RunOptions{Record: record, Timeout: -1}},
		"the support session has ended": {plan, RunOptions{Record: record, Timeout: MaxTimeout}}, "session has ended": {plan, RunOptions{Record: record}},
	} {
		if run, err := r.Start(c.plan, c.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v, want %q", run, err, want)
		}
	}
	for want, names := range map[string][]string{"a": {"a"}, "a and 1 more": {"a", "b"}, "a and 2 more": {"a", "b", "c"}} {
		run := &Run{plan: &Plan{}}
		for _, name := range names {
			run.plan.Steps = append(run.plan.Steps, Step{Name: name})
		}
		if got := run.title(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// As much of the output is kept as may be, to the byte and over both streams; the rest
// is read and counted.
func TestS7_OutputToTheByte(t *testing.T) {
	for _, over := range []int{-1, 0, 1, readSize} {
		var o outputs
		var kept, raw int
		total := MaxOutput + over
		o.copy(io.LimitReader(ones{}, int64(total)), func(text string, bytes []byte) error { kept += len(text); raw += len(bytes); return nil })
		o.readers.Wait()
		want := min(total, MaxOutput)
		if kept != want || raw != want || o.taken() != int64(want) || o.dropped() != int64(max(0, over)) {
			t.Errorf("of %d bytes %d are kept, %d raw, %d counted, %d dropped", total, kept, raw, o.taken(), o.dropped())
		}
	}
	if MaxOutput != 8<<20 || readSize != 8<<10 || drainTime != 2*time.Second {
		t.Error("the limit is not the one that SECURITY.md names")
	}
	// Who cannot record is not asked again, and the script is not held up.
	var o outputs
	asked := 0
	o.copy(io.LimitReader(ones{}, 100*readSize), func(string, []byte) error { asked++; return io.ErrClosedPipe })
	o.readers.Wait()
	if asked != 1 || o.taken() != 100*readSize || o.idle.busy != 0 {
		t.Errorf("asked %d times, %d bytes read", asked, o.taken())
	}
}

type ones struct{}

func (ones) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '1'
	}
	return len(p), nil
}

// However the bytes come, the text is the same, and the raw bytes are those that came.
func TestS9_ChunksDoNotChangeTheText(t *testing.T) {
	const all = "a\r\nb\rc 한국어 \xff \xed\x95 é\\x1b \\ \x1b[2J\u0085 𝄞\r\n\r\xf0\x9d\x84"
	whole := newTextifier().text([]byte(all), true)
	for size := 1; size <= len(all); size++ {
		tx := newTextifier()
		var got strings.Builder
		chunks := slices.Collect(slices.Chunk([]byte(all), size))
		for i, chunk := range chunks {
			got.WriteString(tx.text(chunk, i == len(chunks)-1))
		}
		if got.String() != whole {
			t.Errorf("in pieces of %d: %q, want %q", size, got.String(), whole)
		}
		var o outputs
		var text, raw strings.Builder
		o.copy(&pieces{slices.Clone(chunks)}, func(s string, b []byte) error { text.WriteString(s); raw.Write(b); return nil })
		o.readers.Wait()
		if text.String() != whole || raw.String() != all {
			t.Errorf("in pieces of %d: %q and %q", size, text.String(), raw.String())
		}
	}
	for data, want := range map[string]int{
		"": 0, "a": 0, "\r": 1, "a\r": 1, "\r\n": 0, "한": 0, "\xed\x95": 2, "a\xed": 1, "\xf0\x9d\x84": 3, "\xf0\x9d\x84\x9e": 0, "\xff": 0, "\x80\x80\x80\x80": 0, "\x80": 0, "\x80\x80": 0, "a\xf0\x9d": 2, "\\": 1, "a\\x1": 3,
	} {
		if got := unfinished([]byte(data)); got != want {
			t.Errorf("%q: %d, want %d", data, got, want)
		}
	}
}

type pieces struct{ left [][]byte }

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.left) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.left[0])
	p.left = p.left[1:]
	return n, nil
}

// Whoever attaches gets each event once, from where they want, to the end; and leaves
// when they want.
func TestASpoolIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "spool")
		s, err := newSpool(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newSpool(path); !errors.Is(err, os.ErrExist) {
			t.Errorf("a second one at the same place: %v", err)
		}
		put := func() {
			t.Helper()
			if err := s.append(Event{Seq: s.next(), Kind: Output, Text: strings.Repeat("x", 5000)}); err != nil {
				t.Fatal(err)
			}
		}
		put()
		put()
		seen := func(ctx context.Context, from, most int, stop error) (numbers []int, err error) {
			err = s.follow(ctx, from, func(e Event) error {
				numbers = append(numbers, e.Seq)
				if len(numbers) == most {
					return stop
				}
				return nil
			})
			return numbers, err
		}
		type result struct {
			numbers []int
			err     error
		}
		done := make(chan result, 2)
		for _, from := range []int{0, 1} {
			go func() { n, err := seen(t.Context(), from, 99, nil); done <- result{n, err} }()
		}
		if n, err := seen(t.Context(), 0, 1, io.ErrClosedPipe); !errors.Is(err, io.ErrClosedPipe) || len(n) != 1 {
			t.Errorf("who wants no more: %v, %v", n, err)
		}
		cause := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		if n, err := seen(ctx, 0, 99, nil); !errors.Is(err, cause) || len(n) != 1 {
			t.Errorf("who is gone: %v, %v", n, err)
		}
		if n, err := seen(ctx, 2, 99, nil); !errors.Is(err, cause) || len(n) != 0 {
			t.Errorf("who is gone, and has all: %v, %v", n, err)
		}
		synctest.Wait()
		put()
		synctest.Wait()
		s.finish()
		for range 2 {
			r := <-done
			if r.err != nil || len(r.numbers) < 2 || r.numbers[len(r.numbers)-1] != 3 || r.numbers[0] != 4-len(r.numbers) {
				t.Errorf("%+v", r)
			}
		}
		if n, err := seen(t.Context(), 1, 99, nil); err != nil || !slices.Equal(n, []int{2, 3}) {
			t.Errorf("after the end: %v, %v", n, err)
		}
		if err := s.append(Event{}); err == nil {
			t.Error("an event behind the end")
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		if n := openedBy(t, path); n != 0 {
			t.Errorf("it is still open %d times", n)
		}
		for _, damage := range []func() error{
			func() error { return os.Truncate(path, 5100) }, func() error { return os.WriteFile(path, bytes.Repeat([]byte("\n"), 1000), 0o600) },
		} {
			if err := damage(); err != nil {
				t.Fatal(err)
			}
			if _, err := seen(t.Context(), 0, 99, nil); err == nil || !strings.Contains(err.Error(), "reading a run's output") {
				t.Errorf("what somebody has changed: %v", err)
			}
		}
		s.remove()
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("it is still there: %v", err)
		}
		if n, err := seen(t.Context(), 0, 99, nil); err == nil {
			t.Errorf("what is removed is read: %v", n)
		}
	})
}

// openedBy is how many descriptors of this process are open at a file.
func openedBy(t *testing.T, path string) (n int) {
	t.Helper()
	const dir = "/proc/self/fd"
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range all {
		if to, err := os.Readlink(filepath.Join(dir, fd.Name())); err == nil && to == path {
			n++
		}
	}
	return n
}

// What a script needs is made before it starts: where that is not possible, it is not
// run, and the reason stands in its outcome. Output that cannot be kept ends the run.
func TestWhatStandsInTheWayOfAScript(t *testing.T) {
	b := newBench(t)
	b.put("one.sh", "echo ran; exec sleep 31\n")
	run := func(at string, harm func(*Run)) ([]Outcome, error) {
		t.Helper()
		begun := make(chan *Run, 1)
		run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(e Event) error {
			if e.Kind == at {
				harm(<-begun)
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		begun <- run
		return run.Wait()
	}
	for _, name := range []string{"1", "1/package", "1/tmp"} {
		outcomes, err := run(ScriptStart, func(r *Run) {
			if err := os.MkdirAll(filepath.Join(r.dir, name), 0o700); err != nil {
				t.Error(err)
			}
		})
		if o := outcomes[0]; err != nil || o.Reason != Unstarted || o.CauseCode != journal.CauseNoStart || !strings.Contains(o.Problem, "exists") {
			t.Errorf("%s is there: %+v, %v", name, o, err)
		}
	}
	outcomes, err := run(ScriptStart, func(r *Run) { r.spool.file.Close() })
	if err == nil || outcomes[0].Reason != Unstarted || outcomes[0].CauseCode != journal.CauseNoRecord {
		t.Errorf("%+v, %v", outcomes, err)
	}
	outcomes, err = run(Output, func(r *Run) { r.spool.file.Close() })
	if err == nil || !strings.Contains(err.Error(), "keeping a run's output") || outcomes[0].Reason != Cancelled {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// other is a user who is not us, as far as files go.
type other struct{ program string }

func (o other) StartSupervisor(args []string, stdin, stdout, stderr, report *os.File) (process.Handle, error) {
	cmd := exec.Command(o.program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = stdin, stdout, stderr, []*os.File{report}
	return started{cmd}, cmd.Start()
}

type started struct{ *exec.Cmd }

func (s started) Kill() { _ = s.Process.Kill() }

// Another user cannot enter our directory: the package goes along, and is gone
// afterwards.
func TestAPackageGoesAlongToAnotherUser(t *testing.T) {
	b := newBench(t)
	b.put("pkg/run.sh", "#!/bin/sh\npwd; cat sub/data\n")
	b.put("pkg/sub/data", "its data\n")
	outcomes, rec := b.run(RunOptions{As: other{b.runner.opts.Supervisor[0]}}, "pkg/run.sh")
	where, data, _ := strings.Cut(rec.text("stdout"), "\n")
	if !outcomes[0].OK() || data != "its data\n" || strings.HasPrefix(where, b.work) {
		t.Errorf("%+v, %q", outcomes[0], rec.text(""))
	}
	if none, _ := b.run(RunOptions{As: other{"/none/such"}}, "pkg/run.sh"); none[0].Reason != Unstarted || none[0].CauseCode != journal.CauseNoStart || !strings.Contains(none[0].Problem, "/none/such") {
		t.Errorf("a user who cannot start anything: %+v", none)
	}
	if _, err := os.Stat(where); where == "" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%q is left: %v", where, err)
	}
}

// One run at a time; the next one takes the place of what the last one left.
func TestS17_OneRunAtATime(t *testing.T) {
	b := newBench(t)
	b.put("one.sh", "echo one; exec sleep 4252\n")
	b.put("two.sh", "echo two\n")
	record := func(Event) error { return nil }
	output := make(chan bool, 99)
	first, err := b.runner.Start(b.plan("one.sh", "two.sh"), RunOptions{KeepGoing: true, Record: func(e Event) error {
		if e.Kind == Output {
			output <- true
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !first.Running() || len(first.Steps()) != 2 || len(first.ID) != 12 {
		t.Errorf("%+v", first)
	}
	if _, err := b.runner.Start(b.plan("two.sh"), RunOptions{Record: record}); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "one.sh and 1 more, since "+first.Started.Format(time.TimeOnly)) {
		t.Errorf("%v", err)
	}
	<-output
	first.Kill(journal.CauseCancelledBy.Err("Kim"))
	outcomes, err := first.Wait()
	if err != nil || len(outcomes) != 2 || outcomes[0].Reason != Cancelled || outcomes[0].CauseCode != journal.CauseCancelledBy || outcomes[0].CauseOf != "Kim" || outcomes[1].Reason != NotReached {
		t.Errorf("%+v, %v", outcomes, err)
	}
	spools := func() int {
		found, err := filepath.Glob(filepath.Join(b.work, "spool-*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	if last, err := b.runner.Last(); err != nil || last != first || spools() != 1 {
		t.Errorf("%v, %v, %d files", last, err, spools())
	}
	second, err := b.runner.Start(b.plan("two.sh"), RunOptions{Record: record})
	if err != nil {
		t.Fatal(err)
	}
	if outcomes, err := second.Wait(); err != nil || !outcomes[0].OK() || outcomes[0].Bytes != 4 || outcomes[0].Took <= 0 {
		t.Errorf("%+v, %v", outcomes, err)
	}
	if spools() != 1 || second.ID == first.ID {
		t.Errorf("%d files with output, of %s and %s", spools(), first.ID, second.ID)
	}
}
