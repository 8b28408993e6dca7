package testkit

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The environments of [BeltedIn], in which a run has to be bounded, or not to begin.
const (
	AsItIs        = "as-it-is"
	NothingThere  = "nothing-there"  // no control group can be seen: a bare chroot
	SomethingElse = "something-else" // what looks like their place can be written, but is none
	NoRights      = "no-rights"      // nothing there, and nothing can be mounted: a container
)

// Hide makes the environment that args begin with, and becomes this test binary once more
// in it, with the other args. It runs in a mount namespace of its own. A package that uses
// [BeltedIn] gives it to [Main] as "hide".
func Hide(args []string) error {
	environment, args := args[0], args[1:]
	runtime.LockOSThread() // capabilities are the thread's
	switch err := unix.Mount("none", "/sys/fs/cgroup", "tmpfs", 0, "mode=755"); {
	case errors.Is(err, unix.ENOENT): // there is nothing to hide
	case err != nil:
		return err
	case environment == SomethingElse:
		if err := os.Mkdir("/sys/fs/cgroup/pids", 0o755); err != nil {
			return err
		}
	default:
		if err := unix.Mount("none", "/sys/fs/cgroup", "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			return err
		}
	}
	if environment == NoRights {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_ADMIN, 0, 0, 0); err != nil {
			return err
		}
	}
	return unix.Exec("/proc/self/exe", append([]string{os.Args[0]}, args...), os.Environ())
}

// BeltedIn runs a test's body in a process of its own, as [Belted], in an environment.
// It skips the test where only root could make that.
func BeltedIn(t *testing.T, environment string, body func(t *testing.T)) {
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
	if environment != AsItIs {
		if os.Geteuid() != 0 {
			t.Skip("hiding the control groups needs root")
		}
		cmd.Args = slices.Insert(cmd.Args, 1, "hide", environment)
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	}
	cmd.Env = append(os.Environ(), inside+"=1")
	out, err := Belted(t, cmd)
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("%v\n%s", err, out)
	}
}
