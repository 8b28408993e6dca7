package script

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"supportd/library/text"
)

// bench is a staging area and a runner as a daemon has them.
type bench struct {
	t       *testing.T
	work    string
	staged  string
	staging *Staging
	runner  *Runner
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchIn(t, t.TempDir(), "HOME=/root", "LANG=C.UTF-8", "LD_PRELOAD=/evil.so", "BASH_ENV=/evil", "SECRET=canary",
		"https_proxy=http://bob:canary@proxy.example:3128", "ALL_PROXY=socks5://bob:canary@proxy.example")
}

// newBenchIn makes one whose runs lie in work, for a user with this environment.
func newBenchIn(t *testing.T, work string, environ ...string) *bench {
	t.Helper()
	if err := os.MkdirAll(work, 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, work: work, staged: filepath.Join(t.TempDir(), "staged")}
	if b.staging, err = OpenStaging(b.staged); err != nil {
		t.Fatal(err)
	}
	b.runner, err = NewRunner(Options{
		// A program under the race detector takes its time to exit.
		WorkDir: b.work, Supervisor: []string{"/usr/bin/env", "GORACE=atexit_sleep_ms=0", self, "supervise"}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Environ: environ,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.runner.Close(); b.nothingLeft() })
	return b
}

// put stages one file.
func (b *bench) put(name, text string) {
	b.t.Helper()
	file := filepath.Join(b.staged, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	if err := sent(b.staging, name); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) plan(paths ...string) *Plan {
	b.t.Helper()
	p, err := b.staging.Plan(paths)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

type record struct {
	mu     sync.Mutex
	events []Event
}

func (r *record) add(e Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
	return nil
}

func (r *record) text(stream string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, e := range r.events {
		if e.Kind == Output && (stream == "" || e.Stream == stream) {
			b.WriteString(e.Text)
		}
	}
	return b.String()
}

// run runs staged scripts to the end.
func (b *bench) run(o RunOptions, paths ...string) ([]Outcome, *record) {
	b.t.Helper()
	rec := &record{}
	o.Record = rec.add
	run, err := b.runner.Start(b.plan(paths...), o)
	if err != nil {
		b.t.Fatal(err)
	}
	outcomes, err := run.Wait()
	if err != nil {
		b.t.Fatal(err)
	}
	b.pairs(rec)
	return outcomes, rec
}

// one runs a single shell script.
func (b *bench) one(o RunOptions, text string) (Outcome, *record) {
	b.t.Helper()
	b.put("one.sh", text)
	outcomes, rec := b.run(o, "one.sh")
	return outcomes[0], rec
}

// pairs checks the oracle O2: each start has exactly one end, numbers have no gap.
func (b *bench) pairs(rec *record) {
	b.t.Helper()
	count := map[string]int{}
	for i, e := range rec.events {
		if e.Seq != i+1 {
			b.t.Errorf("event %d has number %d", i+1, e.Seq)
		}
		count[fmt.Sprint(e.Kind, e.Step)]++
		if !utf8.ValidString(e.Text) || strings.ContainsFunc(e.Text, func(r rune) bool { return r != '\n' && r != '\t' && text.Hostile(r) }) {
			b.t.Errorf("event %d holds raw text: %q", e.Seq, e.Text)
		}
	}
	for step := range 200 {
		if count[fmt.Sprint(ScriptStart, step)] != count[fmt.Sprint(ScriptExit, step)] {
			b.t.Errorf("step %d: starts and ends do not match", step)
		}
	}
	if count[fmt.Sprint(RunStart, 0)] != 1 || count[fmt.Sprint(RunEnd, 0)] != 1 {
		b.t.Error("the run has not exactly one start and one end")
	}
}

// nothingLeft checks the oracle O3.
func (b *bench) nothingLeft() {
	b.t.Helper()
	if entries, err := os.ReadDir(b.work); err != nil || len(entries) > 0 {
		b.t.Errorf("left in the work directory: %v, %v", entries, err)
	}
}
