package script

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/testkit"
)

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

// On a system without such limits the supervisor counts.
func TestS6_ProcessesAreCountedWhereNothingLimitsThem(t *testing.T) {
	belted(t, asItIs, func(t *testing.T) {
		s := supervisor{stdout: os.Stdout, stderr: os.Stderr, orders: make(chan order)}
		s.job = Job{Argv: []string{"/bin/sh", "-c", many + "wait"}, Dir: t.TempDir(), Timeout: time.Minute, Env: []string{"PATH=/usr/bin:/bin"}}
		if err := becomeSubreaper(); err != nil {
			t.Fatal(err)
		}
		s.tree.adopts, s.tree.counted = true, true
		pid, err := s.start()
		if err != nil {
			t.Fatal(err)
		}
		main, gone := s.reap(pid)
		st := s.watch(main)
		if st.Reason != Overran {
			t.Errorf("%+v", st)
		}
		if left := s.end(gone); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

func TestA1_KillNineOfTheDaemon(t *testing.T) {
	work, staged := t.TempDir(), filepath.Join(t.TempDir(), "staged")
	m := mark(t)
	daemon := startSelf(t, "daemon", work, staged, "(setsid sleep "+m+" &) ; exec sleep "+m)
	testkit.Eventually(t, "both processes run", func() bool { return len(alive(m)) == 2 })
	if err := daemon.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait()
	testkit.Eventually(t, "the processes are gone", func() bool { return len(alive(m)) == 0 })
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

// A group may belong to a daemon in another container, whose processes have no
// number here.
func TestCleanLeftoversLeavesOtherDaemonsAlone(t *testing.T) {
	own := someHierarchy(t)
	theirs := groupName(rand.Text(), strconv.Itoa(1<<22+1)) // PIDs are smaller, proc_sys_kernel(5)
	if err := own.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Remove(theirs) })
	work := t.TempDir()
	if err := os.WriteFile(filepath.Join(work, "spool-abc"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := CleanLeftovers(work); err != nil {
		t.Fatal(err)
	}
	if _, err := own.Stat(theirs); err != nil {
		t.Errorf("another daemon's group is gone: %v", err)
	}
}

func TestTheSupervisorIsKilled(t *testing.T) {
	b := newBench(t)
	m := mark(t)
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
	testkit.Eventually(t, "the script is gone", func() bool { return len(alive(m)) == 0 })
}

func TestC14_CloseKillsAtOnce(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	b.put("one.sh", "trap '' TERM; sleep "+m+"; sleep "+m)
	for _, first := range []func(*Run){func(*Run) {}, func(r *Run) { r.Cancel(errors.New("enough")) }} {
		run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: (&record{}).add})
		if err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "the script runs", func() bool { return len(alive(m)) > 0 })
		first(run)
		began := time.Now()
		run.Kill(errors.New("the session has ended"))
		if outcomes, _ := run.Wait(); outcomes[0].Reason != Cancelled || len(alive(m)) > 0 || time.Since(began) > time.Second {
			t.Errorf("%+v after %v, alive %v", outcomes, time.Since(began), alive(m))
		}
	}
}

func TestC14_AScriptThatStopsItsSupervisor(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	b.put("one.sh", "kill -STOP $PPID; sleep "+m)
	run, err := b.runner.Start(b.plan("one.sh"), RunOptions{Record: (&record{}).add})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the script runs", func() bool { return len(alive(m)) > 0 })
	began := time.Now()
	run.Kill(errors.New("enough"))
	if outcomes, _ := run.Wait(); outcomes[0].Reason != Lost || len(alive(m)) > 0 {
		t.Errorf("%+v, alive %v", outcomes, alive(m))
	}
	if took := time.Since(began); took > 4*time.Second { // far below a Cancel's patience, also on a busy machine
		t.Errorf("it took %v", took)
	}
}

func TestS5_AScriptThatKillsItsSupervisor(t *testing.T) {
	own := someHierarchy(t)
	b := newBench(t)
	m := mark(t)
	o, rec := b.one(RunOptions{}, "echo $PPID; setsid env -i sleep "+m+" & while ! pgrep -f 'sleep "+m+"' >/dev/null; do sleep 0.01; done; kill -9 $PPID; sleep "+m)
	if o.Reason != Lost {
		t.Errorf("%+v", o)
	}
	testkit.Eventually(t, "the processes are gone", func() bool { return len(alive(m)) == 0 })
	if left, err := fs.Glob(own.FS(), groupName("*", strings.TrimSpace(rec.text("stdout")))); len(left) > 0 || err != nil {
		t.Errorf("its group is left: %v, %v", left, err)
	}
}

// What else this process has started goes on: a tool in its own session, and a logon's
// guard, which has a session of its own and is named. That these two would end shows
// one that is neither.
func TestS5_NothingButTheScriptsIsEnded(t *testing.T) {
	b := newBench(t)
	started := func(session bool) *exec.Cmd {
		cmd := exec.Command("/bin/sleep", "1000")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: session, Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd
	}
	running := func(cmd *exec.Cmd) bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
		p, ok := parseStat(cmd.Process.Pid, stat)
		return err == nil && ok && !p.dead
	}
	runtime.LockOSThread() // the children end with this thread
	defer runtime.UnlockOSThread()
	tool, guard, unnamed := started(false), started(true), started(true)
	b.runner.opts.Spare = func() []int { return []int{guard.Process.Pid} }
	m := mark(t)
	o, _ := b.one(RunOptions{}, "setsid env -i sleep "+m+" & while ! pgrep -f 'sleep "+m+"' >/dev/null; do sleep 0.01; done; kill -9 $PPID; sleep "+m)
	if o.Reason != Lost || len(alive(m)) > 0 {
		t.Errorf("%+v, left %v", o, alive(m))
	}
	if !running(tool) || !running(guard) || running(unnamed) {
		t.Errorf("tool %v, guard %v, another %v", running(tool), running(guard), running(unnamed))
	}
}

func TestS5_AScriptThatMakesItsSupervisorsReport(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	forged := `printf '{"reason":"exit","code":0}\n' > /proc/$PPID/fd/3`
	b.one(RunOptions{}, "setsid sleep "+m+" & while ! pgrep -f '^sleep "+m+"' >/dev/null; do sleep 0.01; done; "+forged+"; kill -9 $PPID; sleep "+m)
	if left := alive(m); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestWhatOnlyLooksDead(t *testing.T) {
	for line, dead := range map[string]bool{
		"7 (a b) R) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 42 0 0": false,
		"7 (a) Z 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 42 0 0":      true,
		"7 (a) Z 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 42 0 0":      false, // its first thread has ended
	} {
		if p, ok := parseStat(7, []byte(line)); !ok || p.dead != dead || p.parent != 1 || p.began != 42 {
			t.Errorf("%s: %+v, %v", line, p, ok)
		}
	}
}
