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
	control, err := unixConn(os.NewFile(controlFD, "control"))
	if err != nil {
		return err
	}
	defer control.Close()
	if err := adoptOrphans(); err != nil {
		return err
	}
	w := &worker{control: control}
	defer w.end()
	if len(args) > 0 {
		w.self.Temp = args[0] // made by the daemon as root
	}
	if err := w.introduce(environment); err != nil {
		return err
	}
	w.serve()
	return nil
}

type worker struct {
	control *net.UnixConn
	self    Identity
	running sync.WaitGroup
}

// introduce finds out who we are, from the system and not from what we were
// told, and says so.
func (w *worker) introduce(environment []string) (err error) {
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
	return send(w.control, w.self)
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
	err := cmd.Start()
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
			// The daemon says nothing on it; its end means that nobody wants the
			// program any more.
			watching.Go(func() {
				_, _ = report.Read(make([]byte, 1))
				_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			})
		}
		_ = cmd.Wait() // ProcessState says how it ended
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
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	endDescendants(ctx, os.Getpid())
	ended := make(chan struct{})
	go func() { defer close(ended); w.running.Wait() }()
	select {
	case <-ended:
	case <-ctx.Done(): // a process that cannot be killed hangs in the kernel; our own end must not
	}
	if w.self.Temp != "" {
		_ = os.RemoveAll(w.self.Temp) // there is nobody left to tell
	}
}

// endDescendants kills everything that descends from pid until nothing does:
// while the list is read, a program can fork.
func endDescendants(ctx context.Context, pid int) {
	for {
		list := descendants(pid)
		for _, p := range list {
			if err := syscall.Kill(p, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				list = slices.DeleteFunc(list, func(q int) bool { return q == p })
			}
		}
		if len(list) == 0 {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}
