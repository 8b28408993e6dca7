//go:build unix

package process

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"supportd/library/disk"
	"supportd/library/journal"
)

const (
	// killTime is how long processes may take to die of SIGKILL before they count
	// as survivors, e.g. because they belong to another user.
	killTime = 5 * time.Second
	// watchInterval is how often the process tree is looked at where the system
	// does not limit it for us.
	watchInterval = 100 * time.Millisecond
)

// Supervise is the whole life of a supervisor, which [Start] starts for each script as a
// process of its own with the command line of [Options.Supervisor]. It reads its job from
// the control stream, keeps every descendant of the script together, and returns when all
// of them are gone. The caller must have taken, not ignored, the signals that end a
// program: the customer's Ctrl-C and a closed terminal are the daemon's business, and
// what is ignored stays ignored in every script.
func Supervise(s Streams) error {
	unix.CloseOnExec(int(s.Report.Fd()))
	runtime.LockOSThread() // the script is killed when this thread ends
	control := bufio.NewReader(s.Control)
	line, err := control.ReadBytes('\n')
	if err != nil {
		return errors.New("this command is for the program's own use")
	}
	var j Job
	if err := json.Unmarshal(line, &j); err != nil {
		return fmt.Errorf("reading the job: %w", err)
	}
	if err := j.unpack("", s.Login); err != nil {
		problem := Status{Reason: journal.Unstarted, Code: 1, Problem: err.Error(), Because: journal.CauseNoStart.Of(err.Error())}
		return errors.Join(fmt.Errorf("unpacking the script: %w", err), json.NewEncoder(s.Report).Encode(problem))
	}
	v := supervisor{job: j, stdout: s.Stdout, stderr: s.Stderr, orders: make(chan order, 2)}
	go v.listen(control) // ends with the control pipe or this process, which waits for nothing
	st := v.run()
	if j.Moved != nil {
		// Only this user can; the temp directory around it ends with the logon.
		if err := disk.RemoveTree(j.RunDir); err != nil {
			st.Stays, st.StaysWhy = j.RunDir, err.Error()
		}
	}
	if v.orphaned || json.NewEncoder(s.Report).Encode(st) != nil {
		return disk.RemoveTree(j.RunDir) // nobody else is left to do it
	}
	return nil
}

type supervisor struct {
	job            Job
	stdout, stderr *os.File

	tree     tree
	orders   chan order // closed: the daemon is gone
	orphaned bool
	urgent   bool // there is no time left to ask
}

// order is what the daemon says over the control pipe, a line each.
type order string

const (
	orderCancel order = "cancel" // end the script, with KillGrace
	orderKill   order = "kill"   // end it at once
)

func (s *supervisor) listen(control *bufio.Reader) {
	for {
		line, err := control.ReadString('\n')
		if err != nil {
			close(s.orders)
			return
		}
		select {
		case s.orders <- order(strings.TrimSuffix(line, "\n")):
		default: // it has two already
		}
	}
}

func (s *supervisor) run() Status {
	err := s.tree.adopt()
	defer s.tree.release()
	if err != nil {
		return Status{Reason: journal.Unstarted, Code: 1, Problem: err.Error(), Because: journal.CauseNoStart.Of(err.Error())}
	}
	afterStart, err := s.tree.limit(s.job.Run)
	if err != nil {
		return Status{Reason: journal.Unstarted, Code: 1, Problem: err.Error() + "; " + HowToBound}
	}
	pid, err := s.startScript()
	afterStart(pid)
	if err != nil {
		return Status{Reason: journal.Unstarted, Code: 126, Problem: err.Error(), Because: journal.CauseNoStart.Of(err.Error())}
	}
	s.tree.root = pid
	main, gone := s.reap(pid)
	st := s.watch(main)
	st.Survivors = s.end(gone)
	return st
}

// reap waits for every child, adopted ones too. It sends the main process's end
// to the first channel and closes the second when no child is left.
func (s *supervisor) reap(pid int) (<-chan syscall.WaitStatus, <-chan struct{}) {
	main, gone := make(chan syscall.WaitStatus, 1), make(chan struct{})
	go func() { // ends with the last child, or this process
		defer close(gone)
		for {
			var ws syscall.WaitStatus
			switch got, err := syscall.Wait4(-1, &ws, 0, nil); {
			case errors.Is(err, syscall.EINTR):
			case err != nil:
				return
			case got == pid:
				main <- ws
			}
		}
	}()
	return main, gone
}

// watch returns when the main process has ended, or must be ended.
func (s *supervisor) watch(main <-chan syscall.WaitStatus) Status {
	limit := time.NewTimer(s.job.Timeout)
	defer limit.Stop()
	look := time.NewTicker(watchInterval)
	defer look.Stop()
	for {
		select {
		case ws := <-main:
			return ended(ws)
		case <-limit.C:
			return Status{Reason: journal.TimedOut, Code: 1, Problem: late(s.job.Timeout).English(), Because: late(s.job.Timeout)}
		case o, open := <-s.orders:
			s.orphaned, s.urgent = !open, o == orderKill
			return Status{Reason: journal.Cancelled, Code: 1}
		case <-look.C:
			if !s.tree.counted {
				look.Stop()
				continue
			}
			if n := s.tree.count(); n > MaxProcesses {
				s.urgent = true // a script that starts processes without end does not heed a request
				return Status{Reason: journal.Overran, Code: 1, Problem: fmt.Sprintf("it had %d processes at once, at most %d are allowed", n, MaxProcesses), Because: journal.CauseTooMany.Of(fmt.Sprint(n))}
			}
		}
	}
}

func ended(ws syscall.WaitStatus) Status {
	if ws.Signaled() {
		return Status{Reason: journal.Signalled, Code: 128 + int(ws.Signal()), Signal: unix.SignalName(ws.Signal())}
	}
	return Status{Reason: journal.Exited, Code: ws.ExitStatus()}
}

// end ends every process that is still there, and returns those that it could not end.
// First they are asked. Then all are stopped, so that none can start another one, and
// killed.
func (s *supervisor) end(gone <-chan struct{}) []int {
	done := func(wait time.Duration) bool {
		deadline := time.NewTimer(wait)
		defer deadline.Stop()
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		orders := s.orders
		if s.urgent {
			orders = nil
		}
		for s.tree.adopts || len(s.tree.members()) > 0 {
			select {
			case <-gone:
				if s.tree.adopts {
					return true // no child is left, and every orphan would be one
				}
				gone = nil
			case o, open := <-orders:
				if s.orphaned = !open; s.orphaned || o == orderKill {
					s.urgent = true
					return false
				}
			case <-look.C:
			case <-deadline.C:
				return false
			}
		}
		return true
	}
	if !s.urgent {
		s.tree.signal(syscall.SIGTERM)
		s.tree.signal(syscall.SIGCONT)
		if done(KillGrace) {
			return nil
		}
	}
	for range 10 {
		s.tree.freeze()
		s.tree.signal(syscall.SIGKILL)
		if done(killTime / 10) {
			return nil
		}
	}
	return s.tree.members()
}
