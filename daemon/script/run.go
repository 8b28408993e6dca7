package script

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"supportd/daemon/script/process"
	"supportd/library/disk"
	"supportd/library/journal"
	"supportd/library/panics"
)

// Options make a [Runner]; WorkDir, Supervisor and Log are required.
type Options struct {
	// WorkDir exists, is private (0700) and holds nothing else. Temp directories
	// of runs are made in it.
	WorkDir string
	// Supervisor is the command line that calls [process.Supervise]; unused on Windows.
	Supervisor []string
	// Environ is the environment of the customer's user. Scripts get the locale,
	// the home and the desktop out of it, nothing else.
	Environ []string
	// Spare lists processes that this one has started in sessions of their own. They
	// are not ended with what a script has left behind. Nil is none.
	Spare func() []int
	Log   *slog.Logger
}

// RunOptions say how a plan is run.
type RunOptions struct {
	KeepGoing bool          // go on after a script that failed
	Timeout   time.Duration // for each script; 0 is DefaultTimeout
	As        process.User  // runs the scripts as another user; nil is our own
	// Record is called with each event, in order, and before anybody who is attached sees
	// it. An error ends the run: it must not go on unrecorded. Required.
	Record func(Event) error
}

// Runner runs one plan at a time. It is safe for concurrent use.
type Runner struct {
	opts Options
	stop context.Context // done when everything ends; its cause is why
	halt context.CancelCauseFunc

	mu     sync.Mutex // taken before the lock of a run
	last   *Run
	closed bool
}

// NewRunner checks the options and makes a runner. On Linux the process becomes a
// subreaper (prctl(2)): what a script leaves when it kills its supervisor is then
// a child of this process, and ended.
func NewRunner(opts Options) (*Runner, error) {
	switch {
	case !filepath.IsAbs(opts.WorkDir):
		return nil, errors.New("script: an absolute WorkDir is required")
	case len(opts.Supervisor) == 0:
		return nil, errors.New("script: Supervisor is required")
	case opts.Log == nil:
		return nil, errors.New("script: Log is required")
	}
	if err := process.AdoptOrphans(); err != nil {
		return nil, err
	}
	r := &Runner{opts: opts}
	// Background: a run goes on whoever has asked for it, until [Runner.Close].
	r.stop, r.halt = context.WithCancelCause(context.Background())
	return r, nil
}

// Start begins to run a plan and returns at once. It returns [ErrBusy] while
// another run is going on, and [ErrChanged] when any file differs from the
// plan's. Each package is compared once more when its turn comes.
func (r *Runner) Start(plan *Plan, o RunOptions) (*Run, error) {
	switch {
	case o.Record == nil:
		return nil, errors.New("script: Record is required")
	case plan == nil || len(plan.Steps) == 0:
		return nil, errors.New("there is nothing to run")
	case o.Timeout < 0 || o.Timeout > MaxTimeout:
		return nil, fmt.Errorf("a time limit is at most %v", MaxTimeout)
	case o.Timeout == 0:
		o.Timeout = DefaultTimeout
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return nil, errors.New("the support session has ended")
	case r.last != nil && r.last.Running():
		return nil, fmt.Errorf("%w: %s, since %s", ErrBusy, r.last.title(), r.last.Started.Format(time.TimeOnly))
	}
	for i := range plan.Steps {
		if err := plan.unchanged(i); err != nil {
			return nil, err
		}
	}
	if r.last != nil {
		r.last.discard()
		r.last = nil
	}
	run, err := newRun(r.stop, r.opts, plan, o)
	if err != nil {
		return nil, err
	}
	r.last = run
	go run.runSteps() // [Run.Wait] and [Runner.Close] wait for it; it recovers
	return run, nil
}

// MayStart returns [process.ErrUnbounded] where a script could not be held within
// [process.MaxProcesses], so that nobody is asked about a run that could not begin. For
// another user only their own supervisor can tell, when the run begins.
func (r *Runner) MayStart(as process.User) error {
	if as != nil {
		return nil
	}
	return process.CanLimit()
}

// Last is the run that is going on, or else the last one; [ErrNoRun] when there
// was none.
func (r *Runner) Last() (*Run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		return nil, ErrNoRun
	}
	return r.last, nil
}

// Close kills the run that is going on, waits for it, and removes everything. The
// killing waits for nobody: neither for a lock nor for a disk.
func (r *Runner) Close() {
	r.halt(journal.CauseOver.Err("")) // what runs ends now, whoever holds the lock
	r.mu.Lock()
	r.closed = true
	run := r.last
	r.mu.Unlock()
	if run != nil {
		_, _ = run.Wait() // its outcomes were recorded
		run.discard()
	}
}

// Run is one execution of a plan. It goes on whether anybody is attached or not.
type Run struct {
	ID      string // 12 hexadecimal digits
	Started time.Time

	plan   *Plan
	opts   Options
	how    RunOptions
	dir    string
	ctx    context.Context
	cancel context.CancelCauseFunc
	hard   context.Context // done when there is no time left to ask the script to end
	kill   context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex // taken before the spool's, and the journal's in Record
	spool    *spool
	outcomes []Outcome
	err      error // what ended the recording
}

func newRun(stop context.Context, opts Options, plan *Plan, how RunOptions) (*Run, error) {
	var id [6]byte
	_, _ = rand.Read(id[:]) // crypto/rand does not fail
	run := &Run{ID: hex.EncodeToString(id[:]), Started: time.Now(), plan: plan, opts: opts, how: how, done: make(chan struct{})}
	run.dir = filepath.Join(opts.WorkDir, "run-"+run.ID)
	if err := os.Mkdir(run.dir, 0o700); err != nil {
		return nil, fmt.Errorf("making a directory for the run: %w", err)
	}
	var err error
	if run.spool, err = newSpool(filepath.Join(opts.WorkDir, "spool-"+run.ID)); err != nil {
		return nil, errors.Join(err, os.Remove(run.dir))
	}
	run.ctx, run.cancel = context.WithCancelCause(stop)
	run.hard, run.kill = context.WithCancel(stop)
	if err := run.record(Event{Kind: RunStart, Text: run.ID}); err != nil {
		run.cancel(err)
		run.spool.remove()
		return nil, errors.Join(err, os.Remove(run.dir))
	}
	return run, nil
}

// Running reports whether the run has not ended.
func (r *Run) Running() bool {
	select {
	case <-r.done:
		return false
	default:
		return true
	}
}

// Steps are the scripts of the run.
func (r *Run) Steps() []Step { return r.plan.Steps }

func (r *Run) title() string {
	if n := len(r.plan.Steps); n > 1 {
		return fmt.Sprintf("%s and %d more", r.plan.Steps[0].Name, n-1)
	}
	return r.plan.Steps[0].Name
}

// Cancel ends the run: the script that runs is asked to end and, [process.KillGrace]
// later, killed. It returns at once; the outcome names the cause.
func (r *Run) Cancel(cause error) { r.cancel(cause) }

// Kill ends the run without asking the script.
func (r *Run) Kill(cause error) { r.cancel(cause); r.kill() }

// Wait returns when the run has ended, with one outcome for each step. Nothing of the run
// is left then but what [Run.Attach] replays. The error is that of the Record function,
// if it ended the run.
func (r *Run) Wait() ([]Outcome, error) {
	<-r.done
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.outcomes, r.err
}

// Attach calls sink for each event after number from, first those that were
// missed and then as they come, until the run's end, ctx's end or an error of
// sink. A sink that is slow holds up nobody else.
func (r *Run) Attach(ctx context.Context, from int, sink func(Event) error) error {
	return r.spool.follow(ctx, from, sink)
}

func (r *Run) discard() { r.spool.remove() }

// record writes an event down and then shows it. Events of the two output streams
// come from two goroutines, so the lock is what gives them an order.
func (r *Run) record(e Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	e.Seq = r.spool.next()
	if err := r.how.Record(e); err != nil {
		r.err = fmt.Errorf("recording the run: %w", err)
		r.cancel(r.err)
		return r.err
	}
	if err := r.spool.append(e); err != nil {
		r.err = err
		r.cancel(err)
		return err
	}
	return nil
}

// runSteps runs the steps one after the other.
func (r *Run) runSteps() {
	defer close(r.done)
	defer r.spool.finish()
	defer r.kill()
	defer r.cancel(nil)
	defer panics.Keep(r.opts.Log, "a run", func() { _ = disk.RemoveTree(r.dir) })
	outcomes := make([]Outcome, 0, len(r.plan.Steps))
	failed := false
	for i, step := range r.plan.Steps {
		o := Outcome{Name: step.Name, Reason: NotReached}
		if r.ctx.Err() == nil && (!failed || r.how.KeepGoing) {
			o = r.step(i)
			failed = failed || !o.OK()
		}
		outcomes = append(outcomes, o)
	}
	if err := disk.RemoveTree(r.dir); err != nil {
		r.opts.Log.Error("a run's directory could not be removed", "err", err)
	}
	r.mu.Lock()
	r.outcomes = outcomes
	r.mu.Unlock()
	// An error is kept in r.err, which Wait returns.
	_ = r.record(Event{Kind: RunEnd, Outcomes: outcomes})
}
