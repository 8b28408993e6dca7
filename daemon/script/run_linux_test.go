package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"supportd/consent"
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
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, work: t.TempDir(), staged: filepath.Join(t.TempDir(), "staged")}
	if b.staging, err = OpenStaging(b.staged); err != nil {
		t.Fatal(err)
	}
	b.runner, err = NewRunner(Options{
		// A program under the race detector takes its time to exit.
		WorkDir: b.work, Supervisor: []string{"/usr/bin/env", "GORACE=atexit_sleep_ms=0", self, "supervise"}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Environ: []string{"HOME=/root", "LANG=C.UTF-8", "LD_PRELOAD=/evil.so", "BASH_ENV=/evil", "SECRET=canary"},
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
		if !utf8.ValidString(e.Text) || strings.ContainsFunc(e.Text, func(r rune) bool { return r != '\n' && r != '\t' && consent.Hostile(r) }) {
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

// mark is an argument by which a test finds its processes again.
func mark(t *testing.T) string { return fmt.Sprintf("%d.%d", 31, time.Now().UnixNano()%1_000_000_000) }

// alive lists live processes whose command line holds an argument.
func alive(arg string) []int {
	var pids []int
	for _, p := range processes() {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.pid))
		if err == nil && !p.dead && slices.Contains(strings.Split(string(line), "\x00"), arg) {
			pids = append(pids, p.pid)
		}
	}
	return pids
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting for: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestS1_ExitCodesAndSignals(t *testing.T) {
	b := newBench(t)
	for _, code := range []int{0, 1, 7, 126, 127, 255} {
		if o, _ := b.one(RunOptions{}, fmt.Sprintf("#!/bin/sh\nexit %d\n", code)); o.Reason != Exited || o.Code != code {
			t.Errorf("exit %d: %+v", code, o)
		}
	}
	for sig, code := range map[string]int{"SEGV": 139, "KILL": 137, "TERM": 143} {
		if o, _ := b.one(RunOptions{}, "#!/bin/sh\nkill -"+sig+" $$\n"); o.Reason != Signalled || o.Signal != "SIG"+sig || o.Code != code {
			t.Errorf("%s: %+v", sig, o)
		}
	}
}

func TestS2_OrderStopAndKeepGoing(t *testing.T) {
	b := newBench(t)
	b.put("a/one.sh", "echo first; cat data; exit 3")
	b.put("a/data", "with its data\n")
	b.put("b/two.py", "import os\nprint('second', os.path.basename(os.getcwd()))\n")
	for _, c := range []struct {
		keepGoing bool
		want      string
		second    Reason
	}{
		{false, "first\nwith its data\n", NotReached},
		{true, "first\nwith its data\nsecond package\nfirst\nwith its data\n", Exited},
	} {
		outcomes, rec := b.run(RunOptions{KeepGoing: c.keepGoing}, "a/one.sh", "b/two.py", "a/one.sh")
		if rec.text("stdout") != c.want || outcomes[0].Code != 3 || outcomes[1].Reason != c.second {
			t.Errorf("keepGoing %t: %q, %+v", c.keepGoing, rec.text(""), outcomes)
		}
	}
}

func TestS4_AScriptThatIgnoresTERM(t *testing.T) {
	b := newBench(t)
	began := time.Now()
	o, rec := b.one(RunOptions{Timeout: 100 * time.Millisecond}, "trap 'echo asked' TERM; while :; do sleep 0.05; done")
	if o.Reason != TimedOut || len(o.Survivors) > 0 || !strings.Contains(rec.text("stdout"), "asked") {
		t.Errorf("%+v, %q", o, rec.text(""))
	}
	if took := time.Since(began); took < KillGrace || took > KillGrace+10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestS5_DaemonisedChildrenAreGone(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	o, _ := b.one(RunOptions{}, "#!/bin/sh\n(setsid sleep "+m+" >/dev/null 2>&1 &)\nsetsid sh -c '(trap \"\" TERM HUP; sleep "+m+" & exec sleep "+m+") &' &\nnohup sleep "+m+" &\nwhile [ $(pgrep -c -f 'sleep "+m+"') -lt 3 ]; do sleep 0.01; done\nexit 0\n")
	if o.Reason != Exited || o.Code != 0 || len(o.Survivors) > 0 {
		t.Errorf("%+v", o)
	}
	if left := alive(m); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
}

func TestS6_AForkBombEndsBounded(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	o, _ := b.one(RunOptions{Timeout: 2 * time.Second}, "#!/bin/sh\nbomb() { sleep "+m+" & bomb | bomb & }\nbomb 2>/dev/null\nwait\nsleep "+m+"\n")
	if len(o.Survivors) > 0 || len(alive(m)) > 0 {
		t.Errorf("%+v, alive %v", o, alive(m))
	}
}

// Without a control group the supervisor counts for itself.
func TestS6_ProcessesAreCountedWithoutAControlGroup(t *testing.T) {
	dir := t.TempDir()
	s := supervisor{job: job{Argv: []string{"/bin/sh", "-c", "i=0; while [ $i -lt 300 ]; do sleep 60 & i=$((i+1)); done; wait"}, Dir: dir, Timeout: time.Minute}, orders: make(chan order)}
	if os.Getenv("SUPPORTD_TEST_COUNT") == "" {
		t.Setenv("SUPPORTD_TEST_COUNT", "1")
		out, err := runSelf(t, "-test.run=^TestS6_ProcessesAreCountedWithoutAControlGroup$")
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := becomeSubreaper(); err != nil {
		t.Fatal(err)
	}
	s.tree.adopts = true
	pid, err := s.start()
	if err != nil {
		t.Fatal(err)
	}
	main, gone := s.reap(pid)
	st := s.watch(main, gone, false)
	if st.Reason != Overran {
		t.Errorf("%+v", st)
	}
	if left := s.end(gone); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestS7_AGigabyteOfOutput(t *testing.T) {
	b := newBench(t)
	before := rss(t)
	b.put("one.sh", "head -c 1000000000 /dev/zero | tr '\\0' x\necho end >&2\n")
	var last string
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(e Event) error {
		if e.Kind == Output {
			last = e.Text
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	outcomes, err := run.Wait()
	if err != nil {
		t.Fatal(err)
	}
	o := outcomes[0]
	if o.Reason != Exited || o.Code != 0 || o.Bytes != MaxOutput || o.Dropped != 1_000_000_000+4-MaxOutput {
		t.Errorf("%+v", o)
	}
	if marker := fmt.Sprintf("\n[output cut: %d bytes after the first %d are not shown]\n", o.Dropped, MaxOutput); last != marker {
		t.Errorf("no marker: %q", last)
	}
	if grown := rss(t) - before; grown > 100_000_000 {
		t.Errorf("memory grew by %d bytes", grown)
	}
}

func rss(t *testing.T) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := strconv.Atoi(strings.Fields(string(statm))[1])
	return pages * os.Getpagesize()
}

func TestS9_BinaryOutputAndLongLines(t *testing.T) {
	b := newBench(t)
	_, rec := b.one(RunOptions{}, `printf '\377\376\000\033[2J\302\205\355\225\234\n'; printf '\355\225'; sleep 0.05; printf '\234\r'; sleep 0.05; printf '\n\rx'; printf '\355'`)
	if want := "\\xff\\xfe\\x00\\x1b[2J\\x85한\n한\n\\rx\\xed"; rec.text("stdout") != want {
		t.Errorf("%q\nwant %q", rec.text("stdout"), want)
	}
	if o, _ := b.one(RunOptions{}, "head -c 10000000 /dev/zero | tr '\\0' y; echo\n"); o.Dropped != 10_000_001-MaxOutput {
		t.Errorf("a line of 10 MB: %+v", o)
	}
	_, rec = b.one(RunOptions{}, "head -c 7000000 /dev/zero | tr '\\0' y; echo; echo z\n")
	if got := rec.text("stdout"); got != strings.Repeat("y", 7_000_000)+"\nz\n" {
		t.Errorf("a line of 7 MB came as %d bytes", len(got))
	}
}

func TestS10_StdinIsAtItsEnd_S19_NoTerminal_CleanEnvironment(t *testing.T) {
	b := newBench(t)
	o, rec := b.one(RunOptions{}, "cat; echo \"in: $?\"; (echo x >/dev/tty) 2>/dev/null && echo tty; env | sort; umask\npwd\n")
	text := rec.text("stdout")
	if o.Code != 0 || !strings.HasPrefix(text, "in: 0\n") || strings.Contains(text, "tty\n") {
		t.Errorf("%+v %q", o, text)
	}
	for _, bad := range []string{"LD_PRELOAD", "BASH_ENV", "canary"} {
		if strings.Contains(text, bad) {
			t.Errorf("%s came through: %q", bad, text)
		}
	}
	for _, want := range []string{"HOME=/root\n", "LANG=C.UTF-8\n", "PATH=/usr/local/sbin:", "/1/tmp\n", "/1/package\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing: %q", want, text)
		}
	}
}

func TestS11_WhatAScriptLeavesBehindIsRemoved(t *testing.T) {
	b := newBench(t)
	o, _ := b.one(RunOptions{}, "mkdir -p \"$TMPDIR/a/b\" c; head -c 5000000 /dev/zero >\"$TMPDIR/a/b/big\"; ln -s / \"$TMPDIR/a/root\"; chmod 0 \"$TMPDIR/a/b\" c \"$TMPDIR/a\"; chmod 0500 .\n")
	if o.Code != 0 || o.Problem != "" {
		t.Errorf("%+v", o)
	}
	run, err := b.runner.Last()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(run.dir); !os.IsNotExist(err) {
		t.Errorf("the run's directory is still there: %v", err)
	}
}

func TestS14_TimeLimit(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	o, _ := b.one(RunOptions{Timeout: 200 * time.Millisecond}, "sleep "+m)
	if o.Reason != TimedOut || len(alive(m)) > 0 {
		t.Errorf("%+v", o)
	}
	if _, err := b.runner.Start(b.plan("one.sh"), RunOptions{Timeout: MaxTimeout + 1, Record: (&record{}).add}); err == nil {
		t.Error("a limit beyond the limit was taken")
	}
}

// The one who started a run goes away in the middle and comes back.
func TestS16_AttachReplaysWhatWasMissed(t *testing.T) {
	b := newBench(t)
	gate := filepath.Join(t.TempDir(), "go")
	b.put("one.sh", "seq 1 500; while [ ! -e "+gate+" ]; do sleep 0.01; done; seq 501 1000\n")
	rec := &record{}
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: rec.add})
	if err != nil {
		t.Fatal(err)
	}
	var got []Event
	ctx, leave := context.WithCancel(t.Context())
	err = run.Attach(ctx, 0, func(e Event) error {
		got = append(got, e)
		if strings.Contains(e.Text, "500\n") {
			leave()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("left with %v", err)
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run.Attach(t.Context(), got[len(got)-1].Seq, func(e Event) error { got = append(got, e); return nil }); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for i, e := range got {
		if e.Seq != i+1 {
			t.Fatalf("event %d has number %d", i+1, e.Seq)
		}
		if e.Kind == Output {
			text.WriteString(e.Text)
		}
	}
	var want strings.Builder
	for i := 1; i <= 1000; i++ {
		fmt.Fprintln(&want, i)
	}
	if text.String() != want.String() || got[len(got)-1].Kind != RunEnd {
		t.Errorf("%d bytes of output, want %d", text.Len(), want.Len())
	}
}

func TestS17_ASecondRunIsRefusedWithTheReason(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	b.put("one.sh", "sleep "+m)
	rec := &record{}
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: rec.add})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: rec.add}); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "one.sh") {
		t.Errorf("second run: %v", err)
	}
	until(t, "the script runs", func() bool { return len(alive(m)) > 0 })
	run.Cancel(errors.New("enough"))
	outcomes, err := run.Wait()
	if err != nil || outcomes[0].Reason != Cancelled || outcomes[0].Problem != "enough" || len(alive(m)) > 0 {
		t.Errorf("%+v, %v", outcomes, err)
	}
	b.pairs(rec)
}

func TestC7_ChangedBytesAreNotRun(t *testing.T) {
	b := newBench(t)
	b.put("a/one.sh", "echo shown\n")
	b.put("a/data", "data\n")
	for name, change := range map[string]func(){
		"script": func() { b.put("a/one.sh", "echo other\n") },
		"data":   func() { b.put("a/data", "datA\n") },
		"more":   func() { b.put("a/more", "x") },
		"fewer":  func() { os.Remove(filepath.Join(b.staged, "a", "data")) },
	} {
		b.put("a/one.sh", "echo shown\n")
		b.put("a/data", "data\n")
		os.Remove(filepath.Join(b.staged, "a", "more"))
		plan := b.plan("a/one.sh")
		change()
		rec := &record{}
		if _, err := b.runner.Start(plan, RunOptions{Record: rec.add}); !errors.Is(err, ErrChanged) || len(rec.events) > 0 {
			t.Errorf("%s: %v, %v", name, err, rec.events)
		}
	}
}

// Bytes that change while an earlier script runs are found when their turn comes.
func TestC7_BytesChangedDuringTheRun(t *testing.T) {
	b := newBench(t)
	b.put("two.sh", "echo shown\n")
	b.put("one.sh", "echo other >"+filepath.Join(b.staged, "two.sh"))
	outcomes, rec := b.run(RunOptions{}, "one.sh", "two.sh")
	if outcomes[0].Code != 0 || outcomes[1].Reason != Changed || rec.text("") != "" {
		t.Errorf("%+v, %q", outcomes, rec.text(""))
	}
}

func TestARunThatCannotBeRecordedEnds(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	b.put("one.sh", "echo x; sleep "+m)
	full := errors.New("disk full")
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(e Event) error {
		if e.Kind == Output {
			return full
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Wait(); !errors.Is(err, full) || len(alive(m)) > 0 {
		t.Errorf("%v", err)
	}
	if _, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(Event) error { return full }}); !errors.Is(err, full) {
		t.Errorf("start: %v", err)
	}
}

// TestA1 kills the daemon in the middle of a script: its supervisor ends the
// processes and removes the files, and the next start finds what is left to say.
func TestA1_KillNineOfTheDaemon(t *testing.T) {
	work, staged := t.TempDir(), filepath.Join(t.TempDir(), "staged")
	m := mark(t)
	daemon := startSelf(t, "daemon", work, staged, "(setsid sleep "+m+" &) ; exec sleep "+m)
	until(t, "both processes run", func() bool { return len(alive(m)) == 2 })
	if err := daemon.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait()
	until(t, "the processes are gone", func() bool { return len(alive(m)) == 0 })
	until(t, "the run's directory is gone", func() bool { dirs, _ := filepath.Glob(filepath.Join(work, "run-*")); return len(dirs) == 0 })
	runs, err := CleanLeftovers(work)
	if err != nil || len(runs) != 1 {
		t.Errorf("runs %v, %v", runs, err)
	}
	if entries, _ := os.ReadDir(work); len(entries) > 0 {
		t.Errorf("left: %v", entries)
	}
}

func TestCleanLeftovers(t *testing.T) {
	work := t.TempDir()
	deep := filepath.Join(work, "run-abc", "1", "tmp", "x")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(deep, "f"), nil, 0o400)
	os.WriteFile(filepath.Join(work, "spool-abc"), nil, 0o600)
	os.Chmod(deep, 0)
	os.Chmod(filepath.Dir(deep), 0o500)
	runs, err := CleanLeftovers(work)
	if entries, _ := os.ReadDir(work); err != nil || !slices.Equal(runs, []string{"abc"}) || len(entries) > 0 {
		t.Errorf("%v, %v, left %v", runs, err, entries)
	}
	if runs, err := CleanLeftovers(filepath.Join(work, "none")); err != nil || runs != nil {
		t.Errorf("%v, %v", runs, err)
	}
}

// The supervisor is killed: its script must not live on without anybody.
func TestTheSupervisorIsKilled(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	b.put("one.sh", "echo $PPID; exec sleep "+m)
	rec := &record{}
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: rec.add})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the script has told its parent", func() bool { return strings.Contains(rec.text("stdout"), "\n") })
	pid, err := strconv.Atoi(strings.TrimSpace(rec.text("stdout")))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if outcomes, _ := run.Wait(); outcomes[0].Reason != Lost {
		t.Errorf("%+v", outcomes)
	}
	until(t, "the script is gone", func() bool { return len(alive(m)) == 0 })
}

// The end of a session does not wait for a script that ignores it.
func TestC14_CloseKillsAtOnce(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	b.put("one.sh", "trap '' TERM; sleep "+m+"; sleep "+m)
	for _, first := range []func(*Run){func(*Run) {}, func(r *Run) { r.Cancel(errors.New("enough")) }} {
		run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: (&record{}).add})
		if err != nil {
			t.Fatal(err)
		}
		until(t, "the script runs", func() bool { return len(alive(m)) > 0 })
		first(run)
		began := time.Now()
		run.Kill(errors.New("the session has ended"))
		if outcomes, _ := run.Wait(); outcomes[0].Reason != Cancelled || len(alive(m)) > 0 || time.Since(began) > time.Second {
			t.Errorf("%+v after %v, alive %v", outcomes, time.Since(began), alive(m))
		}
	}
}

// A script can stop the process that watches over it, and get away with nothing.
func TestC14_AScriptThatStopsItsSupervisor(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	b.put("one.sh", "kill -STOP $PPID; sleep "+m)
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: (&record{}).add})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the script runs", func() bool { return len(alive(m)) > 0 })
	run.Kill(errors.New("enough"))
	if outcomes, _ := run.Wait(); outcomes[0].Reason != Lost || len(alive(m)) > 0 {
		t.Errorf("%+v, alive %v", outcomes, alive(m))
	}
}

// A script kills its supervisor and hides in a new session without a trace of
// the run in its environment: its control group gives it away.
func TestS5_AScriptThatKillsItsSupervisor(t *testing.T) {
	var g group
	if !g.enter() {
		t.Skip("no control group can be made here: this needs root")
	}
	g.remove()
	b := newBench(t)
	m := mark(t)
	o, rec := b.one(RunOptions{}, "echo $PPID; setsid env -i sleep "+m+" & while ! pgrep -f 'sleep "+m+"' >/dev/null; do sleep 0.01; done; kill -9 $PPID; sleep "+m)
	if o.Reason != Lost {
		t.Errorf("%+v", o)
	}
	until(t, "the processes are gone", func() bool { return len(alive(m)) == 0 })
	if _, err := os.Stat(filepath.Join(groupParents()[0], groupPrefix+strings.TrimSpace(rec.text("stdout")))); !os.IsNotExist(err) {
		t.Errorf("its group is left: %v", err)
	}
}

func FuzzTextifier(f *testing.F) {
	f.Add([]byte("plain\r\n\xed\x95\x9c\xff\x1b[0m"), 3)
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		whole := newTextifier().text(data, true)
		if !utf8.ValidString(whole) {
			t.Fatalf("%q", whole)
		}
		tx := newTextifier()
		var parts strings.Builder
		for rest := data; ; {
			n := min(len(rest), 1+cut&7)
			parts.WriteString(tx.text(rest[:n], n == len(rest)))
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
		if parts.String() != whole {
			t.Errorf("in parts %q, whole %q", parts.String(), whole)
		}
	})
}
