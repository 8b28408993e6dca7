//go:build unix

package account

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"supportd/daemon/internal/osstring"
	"supportd/library/disk"
)

// The descriptors with which broker and worker are started.
const (
	controlFD = 3
	programFD = 4
)

// RunWorker is our program as the other user: it tells the daemon who it is, and
// then starts programs until the daemon closes the control socket or is gone.
// Then it ends everything that was started, removes its temp directory and
// returns. environment is the process's own, as of os.Environ; args are what
// follows [WorkerVerb] on its command line.
func RunWorker(environment, args []string) error {
	unix.CloseOnExec(controlFD)
	_ = unix.Close(programFD) // where there was none, nothing is lost
	first, err := unixConn(os.NewFile(controlFD, "control"))
	if err != nil {
		return err
	}
	defer first.Close()
	if err := adoptOrphans(); err != nil {
		return err
	}
	return work(environment, args, first)
}

// work is RunWorker with the socket that was inherited.
func work(environment, args []string, first *net.UnixConn) error {
	control, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer control.Close()
	w := &worker{control: control}
	defer w.end()
	if len(args) > 0 {
		w.self.Temp = args[0] // made by the daemon as root
	}
	err = errors.Join(w.introduce(environment, first, theirs), theirs.Close(), first.Close())
	if err != nil {
		return err
	}
	w.serve()
	return nil
}

type worker struct {
	control  *net.UnixConn
	self     Identity
	running  sync.WaitGroup
	programs Children
}

// introduce finds out who we are, from the system and not from what we were told, and
// says so on the first socket. With it goes one end of another socket, which is the
// control socket from then on. su, the login profile and what that has started hold the
// first one too, so it would not show that we have ended.
func (w *worker) introduce(environment []string, first *net.UnixConn, theirs *os.File) (err error) {
	groups, err := os.Getgroups()
	if err != nil {
		return err
	}
	slices.Sort(groups)
	umask := unix.Umask(0o077)
	unix.Umask(umask)
	w.self.UID, w.self.GID, w.self.Groups, w.self.Umask = os.Getuid(), os.Getgid(), slices.Compact(groups), umask
	if w.self.Home, err = os.Getwd(); err != nil {
		return err
	}
	if w.self.Temp == "" {
		if w.self.Temp, err = os.MkdirTemp(lookEnv(environment, "TMPDIR"), "support-"); err != nil {
			return err
		}
	}
	w.self.Env = append(slices.Clip(environment), "TMPDIR="+w.self.Temp)
	return send(first, w.self, theirs)
}

func lookEnv(environment []string, name string) string {
	for _, v := range slices.Backward(environment) {
		if len(v) > len(name) && v[:len(name)+1] == name+"=" {
			return v[len(name)+1:]
		}
	}
	return ""
}

// serve starts programs until the control socket ends.
func (w *worker) serve() {
	for {
		var r request
		files, err := receive(w.control, &r)
		if err != nil {
			return
		}
		if len(files) < 4 {
			closeAll(files)
			return // not our daemon
		}
		report, err := unixConn(files[len(files)-1])
		if err != nil {
			closeAll(files)
			return
		}
		w.start(r, files[:len(files)-1], report)
	}
}

// start starts one program and reports on it from its own goroutine.
func (w *worker) start(r request, files []*os.File, report *net.UnixConn) {
	cmd := &exec.Cmd{
		Path: ownProgram(), Args: append([]string{"support-agent"}, osstring.List(r.Args)...),
		Env: append(slices.Clone(w.self.Env), osstring.List(r.Env)...), Dir: string(r.Dir),
		Stdin: files[0], Stdout: files[1], Stderr: files[2], ExtraFiles: files[3:],
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if cmd.Dir == "" {
		cmd.Dir = w.self.Home
	}
	err := w.programs.start(cmd)
	closeAll(files)
	if err != nil {
		_ = send(report, status{Problem: err.Error()}) // a daemon that is gone needs no report
		_ = report.Close()
		return
	}
	w.running.Go(func() {
		defer report.Close()
		var watching sync.WaitGroup
		defer watching.Wait()
		if send(report, status{PID: cmd.Process.Pid}) == nil {
			// The daemon writes nothing to it. When it ends, nobody wants the program any
			// more.
			watching.Go(func() {
				_, _ = report.Read(make([]byte, 1))
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			})
		}
		w.programs.wait(cmd) // ProcessState says how it ended
		w.endAdopted()
		_ = send(report, status{Exit: exitOf(cmd.ProcessState)})
		_ = report.CloseWrite()
		_ = report.CloseRead()
	})
}

func exitOf(state *os.ProcessState) *Exit {
	e := &Exit{Code: state.ExitCode()}
	if s, ok := state.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		e.Signal = s.Signal().String()
	}
	return e
}

// end leaves nothing of the other user's behind.
func (w *worker) end() {
	// Background: the end of a logon is not called off.
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	endDescendants(ctx, os.Getpid())
	ended := make(chan struct{})
	go func() { defer close(ended); w.running.Wait() }() // ends with this process, which ends next
	select {
	case <-ended:
	case <-ctx.Done(): // a process that cannot be killed hangs in the kernel; our own end must not
	}
	if w.self.Temp != "" {
		_ = disk.RemoveTree(w.self.Temp) // nobody is left who could be told
	}
}

// endAdopted ends what a program that has ended did not take with it: a supervisor
// that a script has killed leaves the script's processes to us.
func (w *worker) endAdopted() {
	// Background: nobody who is gone keeps what is left from being ended.
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	endAll(ctx, func() found {
		f := adopted(w.programs.PIDs)
		f.living = slices.DeleteFunc(f.living, isOutOfReach)
		return f
	})
}

// endDescendants kills everything that descends from pid, and returns how many of
// them it may not kill or could not by the end of ctx.
func endDescendants(ctx context.Context, pid int) int {
	held := 0
	left := endAll(ctx, func() found {
		f := descendants(pid)
		all := len(f.living)
		f.living = slices.DeleteFunc(f.living, isOutOfReach)
		held = all - len(f.living)
		return f
	})
	return held + left
}

// isOutOfReach reports whether a process is one that we may not end (kill(2)).
func isOutOfReach(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.EPERM) }

// found is what one look at the processes finds: the living ones, the dead children of
// the process that inherits those whose parent ends, and the process groups of both that
// hold nobody else's.
type found struct{ living, dead, groups []int }

// endAll kills what look finds until it finds nothing, and returns how many are left at
// the end of ctx. All are stopped before the first is killed, so that they cannot start
// more meanwhile. What starts another process and ends, faster than a look takes, is
// reached through its group.
//
// Processes are listed one by one, so a look misses one that begins after its place was
// passed and whose parent ends before it is reached. That parent is then among the dead.
// So nothing was missed where no living one is found and no dead one that the look before
// has not shown; where the time ends earlier, at least one is left.
func endAll(ctx context.Context, look func() found) int {
	stopped := map[int]bool{}
	var wereDead []int
	for {
		f := look()
		fresh := false
		for _, p := range f.living {
			if !stopped[p] {
				stopped[p], fresh = true, true
				_ = syscall.Kill(p, syscall.SIGSTOP) // it may be gone, or another user's
			}
		}
		for _, group := range f.groups {
			_ = syscall.Kill(-group, syscall.SIGKILL)
		}
		moved := slices.ContainsFunc(f.dead, func(p int) bool { return !slices.Contains(wereDead, p) })
		wereDead = f.dead
		if fresh && ctx.Err() == nil {
			continue
		}
		for _, p := range f.living {
			_ = syscall.Kill(p, syscall.SIGKILL)
		}
		if len(f.living) == 0 && !moved {
			return 0
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return max(len(f.living), 1)
		}
	}
}
