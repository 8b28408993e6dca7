//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What the tests of one mutant may use. It is more than our tests need, and no
// danger to any machine.
const (
	mostTasks  = 2000
	mostMemory = 3 << 30          // bytes, of all its processes
	mostDisk   = 1 << 30          // bytes, in its temporary directory
	mostFile   = 1 << 30          // bytes, of one file
	mostOutput = 4 << 20          // a test that does not end shows every goroutine
	grace      = 10 * time.Second // for a test program to report its own time limit
)

// insideCommand is how the tool calls itself inside of the namespaces.
const insideCommand = "inside"

// cannotConfine is the exit code of that call when it could not shut itself in.
const cannotConfine = 97

// verdict is how a test program ended.
type verdict struct {
	passed, timeout bool
	output          string // the last of it
	took            time.Duration
}

// confine runs a test program in dir, and returns when nothing of it is left. As
// root it runs in namespaces of its own: it sees no process but its own, reaches no
// network, can write only into a file system in memory that goes with it, and has a
// control group with limits. Where any of that cannot be had, confine runs nothing.
//
// Otherwise it runs as the same user with limits only, which is no protection
// against what kills processes or removes files: see [group.kills].
func confine(ctx context.Context, limit time.Duration, dir string, program ...string) (v verdict, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit+grace)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return v, err
	}
	tmp, err := os.MkdirTemp("", "m-") // short: sockets have names of 107 bytes at most
	if err != nil {
		return v, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	name := groupName(rand.Text())
	cmd := exec.CommandContext(ctx, self, append([]string{insideCommand, name, tmp}, program...)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + tmp, "TMPDIR=" + tmp, "LANG=C.UTF-8", "USER=" + os.Getenv("USER")}
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = grace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
		defer func() { err = errors.Join(err, removeControlGroups(name)) }()
	}
	begun := time.Now()
	ended := cmd.Run()
	if cmd.Process != nil { // else it was too late to begin
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it left in its group, where there are no namespaces
	}
	v.took, v.output = time.Since(begun), out.String()
	var exit *exec.ExitError
	switch {
	case ended == nil:
		v.passed = true
	case !errors.As(ended, &exit) && !errors.Is(ended, exec.ErrWaitDelay):
		return v, ended
	case exit != nil && exit.ExitCode() == cannotConfine:
		return v, fmt.Errorf("the tests cannot be shut in here, so that nothing was run: %s", v.output)
	default:
		v.timeout = ctx.Err() != nil || strings.Contains(v.output, "panic: test timed out")
	}
	return v, nil
}

// tail keeps the last of what is written.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	n, err := t.Buffer.Write(p)
	if over := t.Len() - mostOutput; over > 0 {
		t.Next(over)
	}
	return n, err
}

var _ io.Writer = (*tail)(nil)

// runInside is the first process in the namespaces: it shuts itself in, runs the
// test program, waits for every process that loses its parent, and takes the others
// with it when it ends.
func runInside(args []string) (code int) {
	runtime.LockOSThread() // namespaces belong to threads
	name, tmp, program := args[0], args[1], args[2:]
	limits := map[int]uint64{unix.RLIMIT_FSIZE: mostFile, unix.RLIMIT_CORE: 0}
	var err error
	for what, most := range limits {
		err = errors.Join(err, unix.Setrlimit(what, &unix.Rlimit{Cur: most, Max: most}))
	}
	if os.Getpid() != 1 {
		// No namespaces. The number of tasks counts for ordinary users only.
		err = errors.Join(err, unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: 4 * mostMemory, Max: 4 * mostMemory}))
		if err == nil {
			err = syscall.Exec(program[0], program, os.Environ())
		}
		fmt.Fprintln(os.Stderr, err)
		return cannotConfine
	}
	if err = errors.Join(err, shutIn(name, tmp)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return cannotConfine
	}
	// Not [exec.Cmd.Wait]: it would find its child waited for already.
	test, err := os.StartProcess(program[0], program, &os.ProcAttr{
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Sys: &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return cannotConfine
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return 1
		case pid == test.Pid && status.Signaled():
			return 128 + int(status.Signal())
		case pid == test.Pid:
			return status.ExitStatus()
		}
	}
}

// shutIn takes from this process, and from all that it starts, what could harm the
// machine. It must be the first process of a pid namespace, on a thread of its own.
func shutIn(name, tmp string) error {
	mount := func(source, target, kind string, flags uintptr, data string) error {
		if err := unix.Mount(source, target, kind, flags, data); err != nil {
			return fmt.Errorf("mounting %s: %w", target, err)
		}
		return nil
	}
	if err := mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	groups, err := enterControlGroups(name)
	if err != nil {
		return err
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("making the file systems read-only: %w", err)
	}
	err = errors.Join(
		mount("tmpfs", tmp, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0711", mostDisk)),
		mount("tmpfs", "/dev/shm", "tmpfs", 0, fmt.Sprintf("size=%d,mode=1777", mostDisk)),
		mount("tmpfs", "/run", "tmpfs", 0, "size=16m,mode=0755"), // no socket of the system's services
		mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""),
		mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, "size=1m,mode=0755"),
	)
	for _, fixed := range []string{"/proc/sys", "/proc/sysrq-trigger"} {
		if _, missing := os.Stat(fixed); missing == nil {
			err = errors.Join(err, mount(fixed, fixed, "", unix.MS_BIND, ""), mount("", fixed, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
		}
	}
	for _, g := range groups {
		at := "/sys/fs/cgroup"
		if len(groups) > 1 || g.kind == "cgroup" {
			at = filepath.Join(at, g.name)
			err = errors.Join(err, os.Mkdir(at, 0o755))
		}
		err = errors.Join(err, mount("none", at, g.kind, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, g.options))
	}
	for _, capability := range []uintptr{unix.CAP_SYS_BOOT, unix.CAP_SYS_MODULE, unix.CAP_SYS_TIME, unix.CAP_SYS_RAWIO} {
		err = errors.Join(err, unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0))
	}
	return errors.Join(err, raiseLoopback())
}

// controlGroup is a tree of control groups as it is mounted inside.
type controlGroup struct{ kind, options, name string }

// controlTrees finds where trees are mounted that limit tasks or memory.
func controlTrees() (found map[controlGroup]string, err error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	found = map[controlGroup]string{}
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		switch at, kind := f[1], f[2]; {
		case kind == "cgroup2":
			found[controlGroup{kind, "", "unified"}] = at
		case kind == "cgroup" && (filepath.Base(at) == "pids" || filepath.Base(at) == "memory"):
			found[controlGroup{kind, filepath.Base(at), filepath.Base(at)}] = at
		}
	}
	return found, nil
}

// enterControlGroups makes a group of this name in each tree, limits it, enters it,
// and makes it the root of all that can be seen. Tasks must be limited; memory is
// where that can be had.
func enterControlGroups(name string) (entered []controlGroup, err error) {
	trees, err := controlTrees()
	if err != nil {
		return nil, err
	}
	bounded := false
	for g, at := range trees {
		dir := filepath.Join(at, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			return nil, err
		}
		write := func(file, text string) bool {
			// These files are there or not: os.WriteFile could not make them.
			return os.WriteFile(filepath.Join(dir, file), []byte(text), 0) == nil
		}
		bounded = write("pids.max", strconv.Itoa(mostTasks)) || bounded
		_ = write("memory.max", strconv.Itoa(mostMemory)) || write("memory.limit_in_bytes", strconv.Itoa(mostMemory))
		if !write("cgroup.procs", "0") {
			return nil, fmt.Errorf("entering the control group %s is not possible", dir)
		}
		entered = append(entered, g)
	}
	if !bounded {
		return nil, errors.New("no control group limits the number of processes")
	}
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return nil, fmt.Errorf("a namespace of control groups: %w", err)
	}
	return entered, nil
}

// removeControlGroups removes what [enterControlGroups] made, and what was made
// below it. All processes in it are dead.
func removeControlGroups(name string) error {
	trees, err := controlTrees()
	for _, at := range trees {
		var dirs []string
		_ = filepath.WalkDir(filepath.Join(at, name), func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				dirs = append(dirs, path)
			}
			return nil // it is not there when we were not let in
		})
		for i := len(dirs) - 1; i >= 0; i-- {
			err = errors.Join(err, removeWhenEmpty(dirs[i]))
		}
	}
	return err
}

// removeWhenEmpty removes a control group. The kernel needs a moment to notice
// that the last process in it is dead, and says so by EBUSY.
func removeWhenEmpty(dir string) error {
	for until := time.Now().Add(grace); ; time.Sleep(10 * time.Millisecond) {
		if err := unix.Rmdir(dir); !errors.Is(err, unix.EBUSY) || time.Now().After(until) {
			return err
		}
	}
}

// raiseLoopback makes 127.0.0.1 work in a new network namespace.
func raiseLoopback() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, request)
}

// groupName is the name of a control group. Others at work on this machine have other ones.
func groupName(of string) string { return fmt.Sprintf("supportd-mutate-%d-%s", os.Getpid(), of) }
