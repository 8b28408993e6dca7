package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"supportd/daemon/script/process"
	"supportd/hack/testkit"
)

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

// Output beyond the limit is read, counted and dropped, and memory does not grow with it.
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
	if want := "\\xff\\xfe\\x00\\x1b[2J\\u0085한\n한\n\\x0dx\\xed"; rec.text("stdout") != want {
		t.Errorf("%q\nwant %q", rec.text("stdout"), want)
	}
	if o, _ := b.one(RunOptions{}, "head -c 10000000 /dev/zero | tr '\\0' y; echo\n"); o.Dropped != 10_000_001-MaxOutput {
		t.Errorf("a line of 10 MB: %+v", o)
	}
	_, rec = b.one(RunOptions{}, fmt.Sprintf("head -c %d /dev/zero | tr '\\0' y\n", MaxOutput+1))
	if marker := fmt.Sprintf("\n[output cut: 1 bytes after the first %d are not shown]\n", MaxOutput); rec.text("stderr") != marker {
		t.Errorf("one byte too many: %q", rec.text("stderr"))
	}
	_, rec = b.one(RunOptions{}, "head -c 7000000 /dev/zero | tr '\\0' y; echo; echo z\n")
	if got := rec.text("stdout"); got != strings.Repeat("y", 7_000_000)+"\nz\n" {
		t.Errorf("a line of 7 MB came as %d bytes", len(got))
	}
}

func TestS10_S19_NoInputNoTerminalCleanEnvironment(t *testing.T) {
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
	m := testkit.Mark(t)
	o, _ := b.one(RunOptions{Timeout: 200 * time.Millisecond}, "sleep "+m)
	if o.Reason != TimedOut || len(testkit.Alive(m)) > 0 {
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
	m := testkit.Mark(t)
	b.put("one.sh", "sleep "+m)
	rec := &record{}
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: rec.add})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: rec.add}); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "one.sh") {
		t.Errorf("second run: %v", err)
	}
	testkit.Eventually(t, "the script runs", func() bool { return len(testkit.Alive(m)) > 0 })
	run.Cancel(errors.New("enough"))
	outcomes, err := run.Wait()
	if err != nil || outcomes[0].Reason != Cancelled || outcomes[0].Problem != "enough" || len(testkit.Alive(m)) > 0 {
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

// Bytes that change while an earlier script runs are found when their turn comes, also where
// another user would run them.
func TestC7_BytesChangedDuringTheRun(t *testing.T) {
	b := newBench(t)
	for name, as := range map[string]process.User{"own user": nil, "another user": other{b.runner.opts.Supervisor[0]}} {
		b.put("two.sh", "echo shown\n")
		b.put("one.sh", "echo other >"+filepath.Join(b.staged, "two.sh"))
		outcomes, rec := b.run(RunOptions{As: as}, "one.sh", "two.sh")
		if outcomes[0].Code != 0 || outcomes[1].Reason != Changed || rec.text("") != "" {
			t.Errorf("%s: %+v, %q", name, outcomes, rec.text(""))
		}
	}
}

// Nobody is asked about a run that could not begin. For another user, only their own
// supervisor can tell.
func TestK1P0_MayStartWhereNothingLimitsAScript(t *testing.T) {
	testkit.BeltedIn(t, testkit.NoRights, func(t *testing.T) {
		r := newBench(t).runner
		if err := r.MayStart(nil); !errors.Is(err, process.ErrUnbounded) {
			t.Errorf("a run may start: %v", err)
		}
		if err := r.MayStart(other{}); err != nil {
			t.Errorf("another user's may not: %v", err)
		}
	})
}

func TestARunThatCannotBeRecordedEnds(t *testing.T) {
	b := newBench(t)
	m := testkit.Mark(t)
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
	if outcomes, err := run.Wait(); !errors.Is(err, full) || outcomes[0].Reason == Exited || len(testkit.Alive(m)) > 0 {
		t.Errorf("%+v, %v", outcomes, err)
	}
	if _, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(Event) error { return full }}); !errors.Is(err, full) {
		t.Errorf("start: %v", err)
	}
}

// However the bytes are cut into pieces, the text is the same.
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

// D1: a run for which no directory can be made does not begin, and the next one does.
func TestD1_ARunWithoutItsDirectory(t *testing.T) {
	b := newBench(t)
	b.put("one.sh", "echo one\n")
	if err := os.Rename(b.work, b.work+"-gone"); err != nil {
		t.Fatal(err)
	}
	if run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: func(Event) error { return nil }}); err == nil || !strings.Contains(err.Error(), "making a directory for the run") {
		t.Errorf("%v, %v", run, err)
	}
	if err := os.Rename(b.work+"-gone", b.work); err != nil {
		t.Fatal(err)
	}
	if outcomes, _ := b.run(RunOptions{}, "one.sh"); !outcomes[0].OK() {
		t.Errorf("%+v", outcomes)
	}
}
