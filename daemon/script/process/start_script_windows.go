package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"supportd/daemon/internal/jobobject"
	"supportd/library/disk"
	"supportd/library/journal"
)

// Supervise has nothing to do on Windows: a job object holds a script's
// processes, and the system ends them all when the daemon's handle to it is gone.
func Supervise(Streams) error { return errors.New("this system needs no supervisor") }

// endTime is how long the system may take to end a script's processes.
const endTime = 5 * time.Second

// Start starts a script in a job object of its own: no process of it can ever be
// outside. For another user it first moves it to where they can read it.
func Start(_ context.Context, _ Options, as User, j Job) (*Script, error) {
	cleanUp := func() error { return nil }
	if as != nil {
		if err := j.unpack(as.Temp(), as.Environ()); err != nil {
			return nil, fmt.Errorf("unpacking the script: %w", err) // what it has made ends with the logon
		}
		cleanUp = func() error { return disk.RemoveTree(j.RunDir) }
	}
	group, err := jobobject.New(MaxProcesses)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keeping the script's processes together: %w", err), cleanUp())
	}
	cmd := exec.Command(j.Argv[0], j.Argv[1:]...)
	cmd.Dir, cmd.Env = j.Dir, j.Env
	if executable := j.Argv[len(j.Argv)-1]; isBatch(executable) {
		cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: batchLine(j.Argv[0])}
		cmd.Env = append(cmd.Env, batchVariable+"="+executable)
	}
	c, err := startConnected(as, cmd, group)
	if err != nil {
		return nil, errors.Join(err, group.Close(), cleanUp())
	}
	cancelled := make(chan struct{})
	c.cancel = sync.OnceFunc(func() { close(cancelled) })
	c.kill = c.cancel // there is no gentler way than the job's end
	c.wait = func() Status {
		st := waitInJob(cmd, group, j.Timeout, cancelled)
		if err := errors.Join(group.Close(), cleanUp()); err != nil && st.Problem == "" {
			st.Problem, st.Because = err.Error(), journal.CauseFilesStay.Of(err.Error())
		}
		return st
	}
	return c, nil
}

// startConnected starts cmd with pipes for its two outputs.
func startConnected(as User, cmd *exec.Cmd, group *jobobject.Job) (*Script, error) {
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer outWrite.Close()
	errRead, errWrite, err := os.Pipe()
	if err != nil {
		outRead.Close()
		return nil, err
	}
	defer errWrite.Close()
	cmd.Stdout, cmd.Stderr = outWrite, errWrite
	if err := startAs(as, cmd, group); err != nil {
		outRead.Close()
		errRead.Close()
		return nil, err
	}
	return &Script{Stdout: outRead, Stderr: errRead}, nil
}

// waitInJob returns when the script has ended and its job is empty.
func waitInJob(cmd *exec.Cmd, group *jobobject.Job, timeout time.Duration, cancelled <-chan struct{}) Status {
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }() // received below, behind the end of the job at the latest
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	st := Status{Reason: journal.Exited}
	select {
	case <-done:
	case <-limit.C:
		st = Status{Reason: journal.TimedOut, Code: 1, Problem: late(timeout).English(), Because: late(timeout)}
	case <-cancelled:
		st = Status{Reason: journal.Cancelled, Code: 1}
	}
	if st.Reason == journal.Exited {
		st.Code = cmd.ProcessState.ExitCode()
	}
	// There is no way to ask: console events do not reach a process that has no
	// console in common with us.
	if err := group.End(endTime); err != nil {
		st.Problem, st.Because = err.Error(), journal.CauseNoStart.Of(err.Error())
	}
	if st.Reason != journal.Exited {
		<-done
	}
	return st
}

// EndLeftovers has nothing to do: a job object has ended its processes with the daemon.
func EndLeftovers(string) {}

// AdoptOrphans has nothing to do for the same reason.
func AdoptOrphans() error { return nil }

// CanLimit never refuses: every job object has its limit.
func CanLimit() error { return nil }
