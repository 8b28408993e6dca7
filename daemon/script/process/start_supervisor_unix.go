//go:build unix

package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"supportd/library/journal"
)

// Start starts a supervisor for one script. The script's two output streams are the
// supervisor's own; its standard input is the control pipe, whose end tells it that the
// daemon is gone; descriptor 3 is where it reports. It runs as another user where one is
// given. The supervisor is [Supervise], which a hidden command of our program calls. A
// supervisor that has not read its job when ctx ends is given up.
func Start(ctx context.Context, opts Options, as User, j Job) (*Script, error) {
	var p pipes
	defer p.closeTheirs()
	if err := p.open(); err != nil {
		p.closeOurs()
		return nil, fmt.Errorf("starting the supervisor: %w", err)
	}
	if as == nil {
		as = sameUser{opts.Supervisor[0]}
	}
	process, err := as.StartSupervisor(opts.Supervisor[1:], p.control[0], p.out[1], p.err[1], p.report[1])
	if err != nil {
		p.closeOurs()
		return nil, fmt.Errorf("starting the supervisor: %w", err)
	}
	line, err := json.Marshal(j)
	if err == nil {
		giveUp := context.AfterFunc(ctx, func() { _ = p.control[1].SetWriteDeadline(time.Now()) })
		_, err = p.control[1].Write(append(line, '\n'))
		giveUp()
	}
	if err != nil {
		process.Kill()
		p.closeOurs()
		return nil, errors.Join(fmt.Errorf("instructing the supervisor: %w", err), process.Wait())
	}
	c := &supervisorClient{process: process, job: j, spare: opts.Spare, control: p.control[1], report: p.report[0], asked: make(chan time.Duration, 2)}
	return &Script{
		Stdout: p.out[0], Stderr: p.err[0], wait: c.wait,
		cancel: sync.OnceFunc(func() { c.order(orderCancel, overdue) }),
		kill:   sync.OnceFunc(func() { c.order(orderKill, urgentlyOverdue) }),
	}, nil
}

// sameUser starts our program as our own user.
type sameUser struct{ program string }

// StartSupervisor implements [User].
func (o sameUser) StartSupervisor(args []string, stdin, stdout, stderr, report *os.File) (Handle, error) {
	cmd := exec.Command(o.program, args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin", "GOMAXPROCS=1", "GOTRACEBACK=none"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	cmd.ExtraFiles = []*os.File{report}
	// Its own session: a Ctrl-C in the customer's terminal is for the daemon alone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return child{cmd}, cmd.Start()
}

// child is a process of our own.
type child struct{ *exec.Cmd }

// Kill implements [Handle].
func (c child) Kill() { _ = c.Process.Kill() }

// wake lets it go on where somebody has stopped it.
func (c child) wake() { _ = c.Process.Signal(syscall.SIGCONT) }

// supervisorClient is the daemon's end of a supervisor.
type supervisorClient struct {
	process         Handle
	job             Job
	spare           func() []int
	control, report *os.File
	asked           chan time.Duration // how long the supervisor may take from now on
}

// order sends an order. An error would mean that the supervisor has ended.
func (c *supervisorClient) order(o order, patience time.Duration) {
	_, _ = io.WriteString(c.control, string(o)+"\n")
	c.asked <- patience
}

// overdue is the longest that a supervisor may take from the request to end to its
// report. Until then it has asked, killed, and looked again.
const overdue = KillGrace + killTime + 5*time.Second

// urgentlyOverdue is the same for an order to kill: a customer who presses Stop
// does not wait.
const urgentlyOverdue = 700 * time.Millisecond

// lastReport is how long the report of a supervisor that was killed may take to end. It
// does not end by itself where the supervisor is another user's and a script has stopped
// the process that would kill it.
const lastReport = 300 * time.Millisecond

// wake lets a stopped supervisor go on. Another user's may not be sent a signal.
func (c *supervisorClient) wake() {
	if own, ok := c.process.(child); ok {
		own.wake()
	}
}

// wakePause lies between two signals that let a stopped supervisor go on.
const wakePause = 50 * time.Millisecond

// wait returns what the supervisor reports. A script runs as the same user and can stop
// or kill its supervisor. One that is stopped is let go on when it has an order to follow;
// where that is not allowed or does not help, the daemon ends both.
func (c *supervisorClient) wait() Status {
	reported := make(chan Status, 1)
	go func() { // wait returns behind it, and closes what it reads
		st := Status{Reason: journal.Lost, Code: 1, Problem: watcherKilled.English(), Because: watcherKilled}
		var report Status
		if json.NewDecoder(c.report).Decode(&report) == nil {
			st = report
		}
		reported <- st
	}()
	deadline := time.Now().Add(c.job.Timeout + overdue)
	limit := time.NewTimer(time.Until(deadline))
	defer limit.Stop()
	wake := time.NewTicker(wakePause)
	wake.Stop()
	defer wake.Stop()
	for {
		select {
		case st := <-reported:
			c.control.Close()
			_ = c.process.Wait()    // its report is what counts
			EndLeftovers(c.job.Run) // a script may have made the report itself
			endOrphans(c.spare)
			c.report.Close()
			return st
		case <-wake.C:
			c.wake()
		case patience := <-c.asked:
			c.wake()
			wake.Reset(wakePause)
			// The more urgent of two orders counts, also where it came first.
			if sooner := time.Now().Add(patience); sooner.Before(deadline) {
				deadline = sooner
				limit.Reset(patience)
			}
		case <-limit.C:
			c.process.Kill() // the report ends with it, or else soon
			_ = c.report.SetReadDeadline(time.Now().Add(lastReport))
		}
	}
}

type pipes struct{ control, out, err, report [2]*os.File }

func (p *pipes) open() error {
	for _, pair := range p.all() {
		var err error
		if pair[0], pair[1], err = os.Pipe(); err != nil {
			return err
		}
	}
	return nil
}

func (p *pipes) all() []*[2]*os.File { return []*[2]*os.File{&p.control, &p.out, &p.err, &p.report} }

func (p *pipes) closeTheirs() {
	for _, f := range []*os.File{p.control[0], p.out[1], p.err[1], p.report[1]} {
		f.Close()
	}
}

func (p *pipes) closeOurs() {
	for _, f := range []*os.File{p.control[1], p.out[0], p.err[0], p.report[0]} {
		f.Close()
	}
}
