//go:build unix

package account

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"supportd/daemon/internal/osstring"
)

// ready is nil: as root, PAM tells, and as anybody else, su.
func ready() error { return nil }

// wholeRights: an account has its rights here, and no more.
func wholeRights() bool { return false }

// Logon is a logon as another user. Its methods may be called concurrently.
type Logon struct {
	identity Identity
	guard    *guard
	control  *net.UnixConn
	lost     chan struct{} // closed when the worker is gone

	mu     sync.Mutex // held while a request is sent, and while the logon ends; taken before that of the guards
	closed bool
}

// guard is the process that holds the other user's session open, the broker or
// su; it ends by itself when the worker has ended.
type guard struct {
	cmd     *exec.Cmd
	exited  chan struct{}
	user    string
	cleanUp func() error // after the end of everything
}

// watch starts cmd as one of the guards and notices its end.
func watch(guards *Children, cmd *exec.Cmd, user string, cleanUp func() error) (*guard, error) {
	err := inheritOrphans()
	if err == nil {
		err = guards.start(cmd)
	}
	if err != nil {
		return nil, errors.Join(err, cleanUp())
	}
	g := &guard{cmd: cmd, exited: make(chan struct{}), user: user, cleanUp: cleanUp}
	go func() { // [guard.end] waits for it
		defer close(g.exited)
		guards.wait(cmd)
	}()
	return g, nil
}

// orderlyEnd is for the worker to end everything by itself. A worker that was stopped
// (SIGSTOP) does not, and what it should have ended goes on.
const orderlyEnd = 300 * time.Millisecond

// end waits for the guard's end. What is below the guard is killed when that takes
// long, and the guard itself at the end of ctx. temp is the logon's directory where it
// is known. What stays is told as [*Remains].
func (g *guard) end(ctx context.Context, temp string) error {
	var err error
	select {
	case <-g.exited:
	case <-ctx.Done():
	case <-time.After(orderlyEnd):
		if left := endDescendants(ctx, g.cmd.Process.Pid); left > 0 {
			_ = g.cmd.Process.Kill() // it would wait for what only that user or root may end
		}
		_ = g.cmd.Process.Signal(syscall.SIGCONT) // su stops itself together with what it has started
	}
	select {
	case <-g.exited:
	case <-ctx.Done():
		err = errors.Join(context.Cause(ctx), ignoreDone(g.cmd.Process.Kill()))
		<-g.exited
	}
	left := &Remains{User: g.user, Processes: endStrays()}
	err = errors.Join(err, g.cleanUp())
	if _, missing := os.Lstat(temp); temp != "" && missing == nil {
		left.Temp = temp
	}
	if left.Processes > 0 || left.Temp != "" {
		err = errors.Join(err, left)
	}
	return err
}

// strayPatience is for processes that are ending anyway: a supervisor ends as soon as the
// daemon closes its control pipe.
const strayPatience = 2 * time.Second

// endStrays ends what a logon has left that its worker did not end, as far as we
// may, and returns how many processes stay.
func endStrays() int {
	// Background: the end of a logon is not called off.
	ctx, cancel := context.WithTimeout(context.Background(), strayPatience)
	defer cancel()
	return endAll(ctx, strays)
}

// abandon ends a guard whose logon failed. One that hangs is killed.
func (g *guard) abandon() error {
	// Background: whoever wanted the logon may have gone, and its end is due all the same.
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	err := g.end(ctx, "")
	if left := (*Remains)(nil); errors.As(err, &left) {
		return left
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// ignoreDone drops the error of killing what has ended.
func ignoreDone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// awaitWorker waits for the worker's first message, which brings the control socket, and
// returns early when the guard ends without one. It closes first where it succeeds.
func awaitWorker(ctx context.Context, first *net.UnixConn, g *guard, user string) (*Logon, error) {
	stop := context.AfterFunc(ctx, func() { _ = first.SetReadDeadline(time.Now()) })
	defer stop()
	l := &Logon{guard: g, lost: make(chan struct{})}
	files, err := receive(first, &l.identity)
	switch {
	case err != nil:
		return nil, fmt.Errorf("waiting for the worker: %w", err)
	case len(files) != 1:
		closeAll(files)
		return nil, errors.New("the worker has sent no control socket")
	case !stop():
		closeAll(files)
		return nil, context.Cause(ctx)
	}
	if l.control, err = unixConn(files[0]); err != nil {
		return nil, err
	}
	control := l.control
	_ = first.Close() // nothing was written to it
	l.identity.User = user
	go func() { // [Logon.Close] waits for it
		defer close(l.lost)
		_, _ = control.Read(make([]byte, 1)) // the worker says nothing more: this is its end
	}()
	return l, nil
}

// Identity is whom the logon acts as.
func (l *Logon) Identity() Identity { return l.identity }

// Lost is closed when the logon has ended, also when somebody else has ended it.
func (l *Logon) Lost() <-chan struct{} { return l.lost }

// ErrLost is returned for a logon that has ended.
var ErrLost = errors.New("the logon has ended")

// Start starts a program as the other user. The owner must call [Process.Wait].
// When ctx ends, the program and its process group are killed.
func (l *Logon) Start(ctx context.Context, c Command) (*Process, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	p := &Process{report: ours, lost: l.lost, waited: make(chan struct{})}
	if err := l.request(c, theirs); err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	p.watching.Go(p.watch)
	var first status
	if _, err := receive(ours, &first); err != nil {
		p.done()
		return nil, errors.Join(ErrLost, err)
	}
	if first.PID == 0 {
		p.done()
		return nil, errors.Join(fmt.Errorf("starting a program as %s: %s", l.identity.User, first.Problem))
	}
	p.pid = first.PID
	p.stop = context.AfterFunc(ctx, p.Kill)
	return p, nil
}

// request sends the command with its files; null stands for those that are nil.
func (l *Logon) request(c Command, report *os.File) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	files := append([]*os.File{c.Stdin, c.Stdout, c.Stderr}, c.Extra...)
	for i, f := range files {
		if f == nil {
			files[i] = null
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrLost
	}
	err = send(l.control, request{Args: osstring.Of(c.Args), Env: osstring.Of(c.Env), Dir: osstring.String(c.Dir)}, append(files, report)...)
	if err != nil {
		return errors.Join(ErrLost, err)
	}
	return nil
}

// Close ends the logon: when it returns, every process that was started through
// it is gone, and so are its temp directory and its session; what we may not end
// or remove is told as [*Remains]. It is idempotent.
func (l *Logon) Close() error {
	_ = l.control.SetDeadline(time.Now()) // a worker that was stopped may block a sender, which holds the lock
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	err := l.control.Close()
	<-l.lost
	// Background: the end of a logon is not called off.
	ctx, cancel := context.WithTimeout(context.Background(), 2*closeTimeout)
	defer cancel()
	if errors.Is(err, fs.ErrClosed) || errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return errors.Join(err, l.guard.end(ctx, l.identity.Temp))
}

// Process is a program that runs as the other user.
type Process struct {
	pid    int
	report *net.UnixConn
	lost   <-chan struct{}
	stop   func() bool

	watching sync.WaitGroup
	waited   chan struct{} // closed when nobody wants a report any more
}

// lastWord is for the worker to report how a program has ended when the logon ends.
// One that was stopped reports nothing.
const lastWord = 500 * time.Millisecond

// watch ends the waiting for a report that will not come any more.
func (p *Process) watch() {
	select {
	case <-p.lost:
		_ = p.report.SetReadDeadline(time.Now().Add(lastWord))
	case <-p.waited:
	}
}

// done closes the report socket and ends watch.
func (p *Process) done() {
	close(p.waited)
	p.watching.Wait()
	_ = p.report.Close() // nothing is written to it
}

// PID is its process id.
func (p *Process) PID() int { return p.pid }

// Kill ends the program and its process group at once. [Process.Wait] then returns soon,
// whatever the worker does.
func (p *Process) Kill() {
	_ = p.report.CloseWrite()
	_ = p.report.SetReadDeadline(time.Now().Add(closeTimeout))
}

// Wait waits for the program's end; [ErrLost] when the logon ended first. It
// must be called once.
func (p *Process) Wait() (Exit, error) {
	defer p.done()
	defer p.stop()
	var last status
	if _, err := receive(p.report, &last); err != nil || last.Exit == nil {
		return Exit{Code: -1}, errors.Join(ErrLost, err)
	}
	return *last.Exit, nil
}

// typed is the password as somebody types it, with Enter, in one piece of memory
// that the caller overwrites: a slice that grows leaves copies of it behind.
func typed(password []byte) []byte {
	line := make([]byte, 0, len(password)+1)
	return append(append(line, password...), '\n')
}
