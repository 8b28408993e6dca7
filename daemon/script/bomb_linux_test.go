package script

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"supportd/hack/testkit"
)

// bomb is a shell script that starts processes as fast as it can. It must run
// below [testkit.Belted] only.
func bomb(mark string) string {
	return "bomb() { sleep " + mark + " & bomb | bomb & }\nbomb 2>/dev/null\nwait\nsleep " + mark + "\n"
}

// many starts more processes than a run may have, and tells how many there are.
const many = "n=0\nwhile [ $n -lt 400 ]; do sleep 60 & n=$((n+1)); echo $n; done 2>/dev/null\n"

// The environments in which a run has to be bounded, or not to begin.
const (
	asItIs        = "as-it-is"
	nothingThere  = "nothing-there"  // no control group can be seen: a bare chroot
	somethingElse = "something-else" // what looks like their place can be written, but is none
	noRights      = "no-rights"      // nothing there, and nothing can be mounted: a container
)

// hide makes the environment and becomes this test binary once more in it. It runs
// in a mount namespace of its own.
func hide(environment string, args []string) error {
	runtime.LockOSThread() // capabilities are the thread's
	switch err := unix.Mount("none", "/sys/fs/cgroup", "tmpfs", 0, "mode=755"); {
	case errors.Is(err, unix.ENOENT): // there is nothing to hide
	case err != nil:
		return err
	case environment == somethingElse:
		if err := os.Mkdir("/sys/fs/cgroup/pids", 0o755); err != nil {
			return err
		}
	default:
		if err := unix.Mount("none", "/sys/fs/cgroup", "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			return err
		}
	}
	if environment == noRights {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_ADMIN, 0, 0, 0); err != nil {
			return err
		}
	}
	return unix.Exec("/proc/self/exe", append([]string{os.Args[0]}, args...), os.Environ())
}

// belted runs a test's body in a process of its own, under a limit that is not
// the product's, and in an environment.
func belted(t *testing.T, environment string, body func(t *testing.T)) {
	t.Helper()
	const inside = "SUPPORTD_TEST_INSIDE"
	if os.Getenv(inside) != "" {
		body(t)
		return
	}
	args := []string{"-test.run=^" + regexp.QuoteMeta(t.Name()) + "$", "-test.v"}
	if i := strings.IndexByte(t.Name(), '/'); i >= 0 {
		args[0] = "-test.run=^" + t.Name()[:i] + "$/^" + t.Name()[i+1:] + "$"
	}
	cmd := exec.Command(os.Args[0], args...)
	if environment != asItIs {
		if os.Geteuid() != 0 {
			t.Skip("hiding the control groups needs root")
		}
		cmd.Args = slices.Insert(cmd.Args, 1, "hide", environment)
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	}
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := testkit.Belted(t, cmd)
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestS6_AForkBombEndsBounded(t *testing.T) {
	belted(t, asItIs, func(t *testing.T) { endsBounded(t) })
}

// endsBounded is for the inside of [belted].
func endsBounded(t *testing.T) {
	b := newBench(t)
	m := mark(t)
	o, rec := b.one(RunOptions{}, many)
	lines := strings.Fields(rec.text("stdout"))
	if len(lines) == 0 {
		t.Fatalf("nothing ran: %+v", o)
	}
	if most, err := strconv.Atoi(lines[len(lines)-1]); err != nil || most < MaxProcesses/2 || most > MaxProcesses+supervisorTasks {
		t.Errorf("a script could start %d processes: %v", most, err)
	}
	o, _ = b.one(RunOptions{Timeout: 2 * time.Second}, bomb(m))
	if len(o.Survivors) > 0 || len(alive(m)) > 0 {
		t.Errorf("%+v, alive %v", o, alive(m))
	}
}

func TestK1P0_ABombWhereNoControlGroupCanBeWritten(t *testing.T) {
	for _, environment := range []string{nothingThere, somethingElse} {
		t.Run(environment, func(t *testing.T) { belted(t, environment, endsBounded) })
	}
}

func TestK1P0_NothingRunsWithoutABound(t *testing.T) {
	belted(t, noRights, func(t *testing.T) {
		b := newBench(t)
		if err := b.runner.MayStart(nil); !errors.Is(err, ErrUnbounded) {
			t.Errorf("it may start: %v", err)
		}
		o, rec := b.one(RunOptions{}, "echo started")
		if o.Reason != Unstarted || o.Problem != ErrUnbounded.Error()+"; "+HowToBound || rec.text("") != "" {
			t.Errorf("%+v, %q", o, rec.text(""))
		}
	})
}

func TestK1P0_ABombThatKillsItsSupervisor(t *testing.T) {
	for _, environment := range []string{asItIs, nothingThere} {
		t.Run(environment, func(t *testing.T) {
			belted(t, environment, func(t *testing.T) {
				b := newBench(t)
				m := mark(t)
				o, _ := b.one(RunOptions{}, "sup=$PPID\n(sleep 0.2; kill -9 $sup) &\n"+bomb(m))
				if o.Reason != Lost || len(alive(m)) > 0 {
					t.Errorf("%+v, alive %v", o, alive(m))
				}
			})
		})
	}
}

func TestK1P0_AnOrdinaryUsersBombThatKillsItsSupervisor(t *testing.T) {
	if isOrdinaryUser(t, func(text string) error {
		dir := t.TempDir()
		return beDaemon(dir, dir+"/staged", text)
	}) {
		return
	}
	m := mark(t)
	asOrdinaryUser(t, "sup=$PPID\n(sleep 0.2; kill -9 $sup) &\n"+bomb(m))
	if left := alive(m); len(left) > 0 {
		t.Errorf("left: %v", left)
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
