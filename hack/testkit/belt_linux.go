package testkit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// beltTasks is more than what is tested allows itself, and no danger to any machine.
const beltTasks = 600

// Belted runs cmd, which may start processes without end, under a limit of
// processes that owes nothing to what is tested, and returns its output. When it
// returns, everything that cmd started is dead. It skips the test where there is
// no such limit: a test must not endanger the machine that it runs on. What it is
// to run replaces a shell that waits for the limit, so that cmd has no standard
// input.
func Belted(t testing.TB, cmd *exec.Cmd) ([]byte, error) {
	t.Helper()
	const script = `read -r go && [ "$go" = go ] && exec "$0" "$@" </dev/null`
	group := beltGroup(t)
	if group == nil && os.Geteuid() == 0 {
		t.Skip("this could overload the machine: no control group can be made that limits it")
	}
	cmd.Args = append([]string{"/bin/sh", "-c", script, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = Patience // what it left may hold the pipe, and dies only below
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if group != nil {
		defer emptyBelt(t, group)
		err = putControl(group, "cgroup.procs", strconv.Itoa(cmd.Process.Pid))
	} else {
		most := uint64(ownTasks() + beltTasks)
		err = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_NPROC, &unix.Rlimit{Cur: most, Max: most}, nil)
	}
	if err == nil {
		_, err = io.WriteString(stdin, "go\n")
	}
	if err := errors.Join(err, stdin.Close()); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatal(err)
	}
	err = cmd.Wait()
	return []byte(out.String()), err
}

// ownTasks counts the threads of our user, which is what RLIMIT_NPROC counts.
func ownTasks() int {
	threads, _ := filepath.Glob("/proc/[0-9]*/task/[0-9]*") // the pattern is well formed
	return len(slices.DeleteFunc(threads, func(dir string) bool {
		var st syscall.Stat_t
		return syscall.Stat(dir, &st) != nil || int(st.Uid) != os.Getuid()
	}))
}

// beltGroup makes a control group with the limit; nil where that is not possible.
// It goes with the test.
func beltGroup(t testing.TB) *os.Root {
	t.Helper()
	name := "supportd-test-" + rand.Text()
	for _, open := range []func() (*os.Root, error){
		func() (*os.Root, error) { return os.OpenRoot("/sys/fs/cgroup/pids") },
		func() (*os.Root, error) { return os.OpenRoot("/sys/fs/cgroup") },
		func() (*os.Root, error) { return mountBelt("cgroup", "pids") },
		func() (*os.Root, error) { return mountBelt("cgroup2", "") },
	} {
		tree, err := open()
		if err != nil {
			continue
		}
		t.Cleanup(func() { _ = tree.Close() })
		if tree.Mkdir(name, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { _ = tree.Remove(name) })
		group, err := tree.OpenRoot(name)
		if err != nil {
			continue
		}
		t.Cleanup(func() { _ = group.Close() })
		limit := func() bool {
			return putControl(group, "pids.max", strconv.Itoa(beltTasks)) == nil // files of this name are nowhere else
		}
		// A group with processes hands the limit down to threaded groups only.
		if limit() || putControl(tree, "cgroup.subtree_control", "+pids") == nil && putControl(group, "cgroup.type", "threaded") == nil && limit() {
			return group
		}
	}
	return nil
}

// mountBelt mounts our own control group where nobody else sees it. A namespace of
// its own keeps the mount from changing anything of the system's.
func mountBelt(kind, controller string) (*os.Root, error) {
	type result struct {
		root *os.Root
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the function
		var r result
		defer func() { done <- r }()
		if r.err = unix.Unshare(unix.CLONE_NEWCGROUP); r.err != nil {
			return
		}
		context, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
		if err != nil {
			r.err = err
			return
		}
		defer unix.Close(context)
		if controller != "" {
			err = unix.FsconfigSetFlag(context, controller)
		}
		if r.err = errors.Join(err, unix.FsconfigCreate(context)); r.err != nil {
			return
		}
		mounted, err := unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, 0)
		if err != nil {
			r.err = err
			return
		}
		defer unix.Close(mounted)
		r.root, r.err = os.OpenRoot(fmt.Sprintf("/proc/self/fd/%d", mounted))
	}()
	r := <-done
	return r.root, r.err
}

// putControl writes into a control group's file, which must be there.
func putControl(group *os.Root, name, text string) error {
	f, err := group.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// emptyBelt kills everything in the group and in those below it, all stopped
// before the first is killed, and removes the ones below.
func emptyBelt(t testing.TB, group *os.Root) {
	t.Helper()
	Eventually(t, "what the test started is dead", func() bool {
		var found []int
		below := []string{"."}
		for i := 0; i < len(below); i++ {
			found = append(found, inBelt(group, below[i])...)
			if d, err := group.Open(below[i]); err == nil {
				entries, _ := d.ReadDir(-1)
				_ = d.Close()
				for _, e := range entries {
					if e.IsDir() {
						below = append(below, path.Join(below[i], e.Name()))
					}
				}
			}
		}
		for _, sig := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGKILL} {
			for _, pid := range found {
				_ = syscall.Kill(pid, sig)
			}
		}
		for i := len(below) - 1; i > 0; i-- {
			_ = group.Remove(below[i])
		}
		return len(found) == 0 && len(below) == 1
	})
}

func inBelt(group *os.Root, name string) (pids []int) {
	list, err := group.ReadFile(path.Join(name, "cgroup.procs"))
	if err != nil {
		list, _ = group.ReadFile(path.Join(name, "cgroup.threads"))
	}
	for pid := range strings.FieldsSeq(string(list)) {
		if n, err := strconv.Atoi(pid); err == nil {
			pids = append(pids, n)
		}
	}
	return pids
}
