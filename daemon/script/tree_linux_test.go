package script

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/daemon/script/process"
	"supportd/hack/testkit"
)

func TestS4_AScriptThatIgnoresTERM(t *testing.T) {
	b := newBench(t)
	began := time.Now()
	o, rec := b.one(RunOptions{Timeout: 100 * time.Millisecond}, "trap 'echo asked' TERM; while :; do sleep 0.05; done")
	if o.Reason != TimedOut || len(o.Survivors) > 0 || !strings.Contains(rec.text("stdout"), "asked") {
		t.Errorf("%+v, %q", o, rec.text(""))
	}
	if took := time.Since(began); took < process.KillGrace || took > process.KillGrace+10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestS5_DaemonisedChildrenAreGone(t *testing.T) {
	b := newBench(t)
	m := testkit.Mark(t)
	o, _ := b.one(RunOptions{}, "#!/bin/sh\n(setsid sleep "+m+" >/dev/null 2>&1 &)\nsetsid sh -c '(trap \"\" TERM HUP; sleep "+m+" & exec sleep "+m+") &' &\nnohup sleep "+m+" &\nwhile [ $(pgrep -c -f 'sleep "+m+"') -lt 3 ]; do sleep 0.01; done\nexit 0\n")
	if o.Reason != Exited || o.Code != 0 || len(o.Survivors) > 0 {
		t.Errorf("%+v", o)
	}
	if left := testkit.Alive(m); len(left) > 0 {
		t.Errorf("still there: %v", left)
	}
}

func TestA1_KillNineOfTheDaemon(t *testing.T) {
	work, staged := t.TempDir(), filepath.Join(t.TempDir(), "staged")
	m := testkit.Mark(t)
	daemon := startSelf(t, "daemon", work, staged, "(setsid sleep "+m+" &) ; exec sleep "+m)
	testkit.Eventually(t, "both processes run", func() bool { return len(testkit.Alive(m)) == 2 })
	if err := daemon.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait()
	testkit.Eventually(t, "the processes are gone", func() bool { return len(testkit.Alive(m)) == 0 })
	testkit.Eventually(t, "the run's directory is gone", func() bool { dirs, _ := filepath.Glob(filepath.Join(work, "run-*")); return len(dirs) == 0 })
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

func TestTheSupervisorIsKilled(t *testing.T) {
	b := newBench(t)
	m := testkit.Mark(t)
	b.put("one.sh", "echo $PPID; exec sleep "+m)
	rec := &record{}
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: rec.add})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the script has told its parent", func() bool { return strings.Contains(rec.text("stdout"), "\n") })
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
	testkit.Eventually(t, "the script is gone", func() bool { return len(testkit.Alive(m)) == 0 })
}

func TestC14_CloseKillsAtOnce(t *testing.T) {
	b := newBench(t)
	m := testkit.Mark(t)
	b.put("one.sh", "trap '' TERM; sleep "+m+"; sleep "+m)
	for _, first := range []func(*Run){func(*Run) {}, func(r *Run) { r.Cancel(errors.New("enough")) }} {
		run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: (&record{}).add})
		if err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "the script runs", func() bool { return len(testkit.Alive(m)) > 0 })
		first(run)
		began := time.Now()
		run.Kill(errors.New("the session has ended"))
		if outcomes, _ := run.Wait(); outcomes[0].Reason != Cancelled || len(testkit.Alive(m)) > 0 {
			t.Errorf("%+v, alive %v", outcomes, testkit.Alive(m))
		}
		if took := time.Since(began); took > 4*time.Second { // far below a Cancel's patience; hack/soak stop holds the second
			t.Errorf("it took %v", took)
		}
	}
}

// The supervisor is let go on, and does what it was told: the end takes no patience, and
// is told as it was.
func TestK1P1_AScriptThatStopsItsSupervisor(t *testing.T) {
	b := newBench(t)
	m := testkit.Mark(t)
	b.put("one.sh", "kill -STOP $PPID; sleep "+m)
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: (&record{}).add})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the script runs", func() bool { return len(testkit.Alive(m)) > 0 })
	began := time.Now()
	run.Kill(errors.New("enough"))
	if outcomes, _ := run.Wait(); outcomes[0].Reason != Cancelled || len(testkit.Alive(m)) > 0 {
		t.Errorf("%+v, alive %v", outcomes, testkit.Alive(m))
	}
	if took := time.Since(began); took > 4*time.Second { // far below a Cancel's patience, also on a busy machine
		t.Errorf("it took %v", took)
	}
}

// One that stops it again and again is ended with it.
func TestK1P1_AScriptThatStopsItsSupervisorForEver(t *testing.T) {
	b := newBench(t)
	m := testkit.Mark(t)
	b.put("one.sh", "sleep "+m+" &\nwhile :; do kill -STOP $PPID; done")
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: (&record{}).add})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the script runs", func() bool { return len(testkit.Alive(m)) > 0 })
	began := time.Now()
	run.Kill(errors.New("enough"))
	if outcomes, _ := run.Wait(); outcomes[0].OK() || len(testkit.Alive(m)) > 0 || time.Since(began) > 4*time.Second {
		t.Errorf("%+v after %v, alive %v", outcomes, time.Since(began), testkit.Alive(m))
	}
}

func TestS5_AScriptThatMakesItsSupervisorsReport(t *testing.T) {
	b := newBench(t)
	m := testkit.Mark(t)
	forged := `printf '{"reason":"exit","code":0}\n' > /proc/$PPID/fd/3`
	b.one(RunOptions{}, "setsid sleep "+m+" & while ! pgrep -f '^sleep "+m+"' >/dev/null; do sleep 0.01; done; "+forged+"; kill -9 $PPID; sleep "+m)
	if left := testkit.Alive(m); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
