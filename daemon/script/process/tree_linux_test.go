package process

import (
	"crypto/rand"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/journal"
)

// On a system without such limits the supervisor counts.
func TestS6_ProcessesAreCountedWhereNothingLimitsThem(t *testing.T) {
	testkit.BeltedIn(t, testkit.AsItIs, func(t *testing.T) {
		s := supervisor{stdout: os.Stdout, stderr: os.Stderr, orders: make(chan order)}
		s.job = Job{Argv: []string{"/bin/sh", "-c", many + "wait"}, Dir: t.TempDir(), Timeout: time.Minute, Env: []string{"PATH=/usr/bin:/bin"}}
		if err := becomeSubreaper(); err != nil {
			t.Fatal(err)
		}
		s.tree.adopts, s.tree.counted = true, true
		pid, err := s.startScript()
		if err != nil {
			t.Fatal(err)
		}
		main, gone := s.reap(pid)
		st := s.watch(main)
		if st.Reason != journal.Overran {
			t.Errorf("%+v", st)
		}
		if left := s.end(gone); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}

func TestS5_AScriptThatKillsItsSupervisor(t *testing.T) {
	own := someHierarchy(t)
	m := testkit.Mark(t)
	st, out := run(t, Options{}, time.Minute, "echo $PPID; setsid env -i sleep "+m+" & while ! pgrep -f 'sleep "+m+"' >/dev/null; do sleep 0.01; done; kill -9 $PPID; sleep "+m)
	if st.Reason != journal.Lost {
		t.Errorf("%+v", st)
	}
	testkit.Eventually(t, "the processes are gone", func() bool { return len(testkit.Alive(m)) == 0 })
	if left, err := fs.Glob(own.FS(), groupName("*", strings.TrimSpace(out))); len(left) > 0 || err != nil {
		t.Errorf("its group is left: %v, %v", left, err)
	}
}

// What else this process has started goes on: a tool in its own session, and a logon's
// guard, which has a session of its own and is named. That these two would end shows
// one that is neither.
func TestS5_NothingButTheScriptsIsEnded(t *testing.T) {
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
	spare := func() []int { return []int{guard.Process.Pid} }
	m := testkit.Mark(t)
	st, _ := run(t, Options{Spare: spare}, time.Minute, "setsid env -i sleep "+m+" & while ! pgrep -f 'sleep "+m+"' >/dev/null; do sleep 0.01; done; kill -9 $PPID; sleep "+m)
	if st.Reason != journal.Lost || len(testkit.Alive(m)) > 0 {
		t.Errorf("%+v, left %v", st, testkit.Alive(m))
	}
	if !running(tool) || !running(guard) || running(unnamed) {
		t.Errorf("tool %v, guard %v, another %v", running(tool), running(guard), running(unnamed))
	}
}

// A group may belong to a daemon in another container, whose processes have no
// number here.
func TestEndLeftoversLeavesOtherDaemonsAlone(t *testing.T) {
	own := someHierarchy(t)
	theirs := groupName(rand.Text(), strconv.Itoa(1<<22+1)) // PIDs are smaller, proc_sys_kernel(5)
	if err := own.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Remove(theirs) })
	EndLeftovers("abc")
	if _, err := own.Stat(theirs); err != nil {
		t.Errorf("another daemon's group is gone: %v", err)
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

// someHierarchy is a place where groups of runs can be made.
func someHierarchy(t *testing.T) *os.Root {
	t.Helper()
	for _, m := range slices.Concat(gentle(), drastic()) {
		if !canMake(m) {
			continue
		}
		for _, h := range m.open() {
			t.Cleanup(h.close)
			if h.make("supportd-test", m.change) {
				_ = h.own.Remove("supportd-test")
				return h.own
			}
		}
	}
	t.Skip("no control group can be made here: this needs root")
	return nil
}
