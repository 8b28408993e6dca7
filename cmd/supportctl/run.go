package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay/client"
)

// reattachFor is how long a run is looked for after the connection broke; the
// relay gives a computer as long to come back.
const reattachFor = time.Hour

// Causes that end the following of a run.
var (
	errDetached  = errors.New("detached: the run goes on there")
	errCancelled = errors.New("cancelled before it began: nothing was run")
	errReplaced  = errors.New("another run has taken its place")
)

// job is one "script run": the same scripts on several computers, side by side.
type job struct {
	p        *program
	plan     plan
	how      client.RunOptions
	targets  []*target
	parallel int
	format   cmdline.Format
	output   string // the directory for a file of each session's output; "" is none

	lines *lines
	board display // what happens on the computers: on the screen, in files, or in the console
}

// target is one computer of a job.
type target struct {
	session api.Session
	begun   bool   // its customer has said yes and the run has begun
	id      string // of the run, once it is known
	last    int    // the last event that was shown
	ended   bool   // the run has ended; outcomes are complete

	outcomes []client.Outcome
	err      error // why there are no outcomes, or not all

	mu       sync.Mutex
	stop     context.CancelCauseFunc
	computer *client.Computer // nil while there is no connection
	cancels  bool             // the run is to be cancelled
}

// run runs the job and shows what happens, then a table of how it went.
func (j *job) run(ctx context.Context) (err error) {
	j.lines = &lines{}
	if j.lines.profile, err = j.p.loadProfile(); err != nil {
		return err
	}
	j.lines.profile.tell = j.heard
	if j.lines.keys, err = j.p.keysOf(ctx, j.lines.profile); err != nil {
		return err
	}
	over, err := j.openDisplay(ctx)
	if err != nil {
		return err
	}
	interrupted := j.work(ctx)
	over()
	return j.conclude(interrupted)
}

// openDisplay makes the display, and returns what ends it.
func (j *job) openDisplay(ctx context.Context) (over func(), err error) {
	over = func() {}
	var screen *live
	if j.drawsLive() {
		screen = newLive(j)
		j.board = screen
	} else {
		j.board = j.newBoard()
	}
	if j.output != "" {
		if j.board, err = newRecorder(j.p.std.Speaker, j.board, j.output, j.targets); err != nil {
			return nil, err
		}
	}
	if screen == nil {
		return over, nil
	}
	ctx, stop := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() { j.followQuestions(ctx, screen) })
	screen.open()
	return func() {
		stop()
		following.Wait()
		screen.close()
	}, nil
}

// work runs the job on all its computers, and returns what an interruption ends it with.
func (j *job) work(ctx context.Context) (interrupted error) {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	contexts := make([]context.Context, len(j.targets))
	for i, t := range j.targets {
		contexts[i], t.stop = context.WithCancelCause(ctx)
	}

	pressed, over := make(chan struct{}, 1), make(chan struct{})
	release := j.p.interrupts.take(pressed)
	var asking sync.WaitGroup
	asking.Go(func() { interrupted = j.answerInterrupts(ctx, pressed, over, giveUp) })

	places := make(chan struct{}, j.parallel)
	var working sync.WaitGroup
	for i, t := range j.targets {
		working.Go(func() {
			defer t.stop(nil)
			select {
			case places <- struct{}{}:
				t.err = j.serve(contexts[i], t)
				<-places
			case <-contexts[i].Done():
				t.err = t.left(contexts[i])
			}
			j.board.finish(t)
		})
	}
	working.Wait()
	close(over)
	asking.Wait()
	release()
	return interrupted
}

// heard shows what a computer says while it asks for the run.
func (j *job) heard(n wire.Number, line string) {
	for _, t := range j.targets {
		if t.session.Number == n {
			j.board.say(t, line)
		}
	}
}

// serve sees a run on one computer through, whatever happens to the connection.
func (j *job) serve(ctx context.Context, t *target) error {
	heard := time.Now()
	for attempt := 0; ; attempt++ {
		before := t.last
		err := j.visit(ctx, t)
		if t.last > before {
			attempt, heard = 0, time.Now()
		}
		switch {
		case t.ended:
			return nil
		case ctx.Err() != nil:
			return t.left(ctx)
		case err == nil:
			return cmdline.Fail(cmdline.ExitFailed, "look at the support session's report", "the computer does not say how the run ended")
		case !t.begun && errors.Is(err, client.ErrLost):
			return cmdline.Fail(cmdline.ExitUnreachable, "", "the connection was lost before the run began").
				WithHint("run it again, or look with: supportctl script attach %s", t.session.Number)
		case !t.begun || !passing(err) || time.Since(heard) > reattachFor:
			return err
		}
		if attempt == 0 {
			j.board.reached(t, stageLost)
		}
		if err := pause(ctx, attempt); err != nil {
			return t.left(ctx)
		}
	}
}

// left says what has become of a run that a person has turned away from.
func (t *target) left(ctx context.Context) error {
	switch cause := context.Cause(ctx); {
	case !errors.Is(cause, errDetached) && !errors.Is(cause, errCancelled):
		return cause
	case t.begun:
		return (&cmdline.Error{Code: cmdline.ExitInterrupted, Text: errDetached.Error(), Err: errDetached}).WithHint("supportctl script attach %s comes back to it", t.session.Number)
	}
	return &cmdline.Error{Code: cmdline.ExitInterrupted, Text: errCancelled.Error(), Err: errCancelled}
}

// passing reports whether coming back to a run may succeed later.
func passing(err error) bool { return offline(err) || errors.Is(err, client.ErrAway) }

// visit connects to a computer and follows its run until its end or the end of
// the connection.
func (j *job) visit(ctx context.Context, t *target) (err error) {
	if !t.begun {
		j.board.reached(t, stageConnects)
	}
	c, leave, err := j.lines.reach(ctx, t.session.Number)
	if err != nil {
		return err
	}
	defer func() { leave(err) }()
	if cancel := t.connected(c); cancel {
		// A run that has ended meanwhile cannot be cancelled, and tells so below.
		if err := c.Cancel(ctx); offline(err) {
			return err
		}
	}
	defer t.connected(nil)
	tell := func(e client.Event) error { return j.took(t, e) }
	if t.begun {
		j.board.reached(t, stageBack)
		return c.Attach(ctx, j.how, tell)
	}
	if err := c.Stage(ctx, j.plan.packages); err != nil {
		return err
	}
	j.board.reached(t, stageAsks)
	how := j.how
	if how.Authors, how.Seconds, err = j.plan.authors(); err != nil {
		return err
	}
	return c.Run(ctx, how, j.plan.names, tell)
}

// connected notes the connection, nil for none, and reports whether the run is
// to be cancelled.
func (t *target) connected(c *client.Computer) (cancel bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.computer = c
	return t.cancels && c != nil
}

// took takes the next event of a run. Events have no gaps, so a line that is
// missing is noticed.
func (j *job) took(t *target, e client.Event) error {
	switch {
	case e.Seq == 1 && t.last > 0 && e.Text != t.id:
		return cmdline.Fail(cmdline.ExitFailed, "look at the support session's report", "%v while there was no connection", errReplaced).Because(errReplaced)
	case e.Seq <= t.last:
		return nil // shown before the connection broke
	case e.Seq != t.last+1:
		return cmdline.Fail(cmdline.ExitFailed, "look at the support session's report", "events %d to %d of the run are missing", t.last+1, e.Seq-1)
	}
	if t.last = e.Seq; e.Seq == 1 {
		t.id = e.Text
	}
	t.mu.Lock()
	t.begun = true
	t.mu.Unlock()
	if e.Kind == journal.KindRunEnd {
		t.outcomes, t.ended = e.Outcomes, true
	}
	return j.board.show(t, e)
}

// answerInterrupts asks what a Ctrl-C means, until over is closed.
func (j *job) answerInterrupts(ctx context.Context, pressed, over <-chan struct{}, giveUp context.CancelCauseFunc) (interrupted error) {
	for {
		select {
		case <-over:
			return interrupted
		case <-pressed:
		}
		switch j.askInterrupted(ctx, pressed, over) {
		case "c":
			interrupted = cmdline.Silent(cmdline.ExitInterrupted)
			j.cancel(ctx)
		case "d":
			interrupted = cmdline.Silent(cmdline.ExitInterrupted)
			giveUp(errDetached)
		}
	}
}

// askInterrupted returns "c" to cancel, "d" to detach, anything else to go on. A
// second Ctrl-C detaches; without a terminal the first one cancels.
func (j *job) askInterrupted(ctx context.Context, pressed, over <-chan struct{}) string {
	if !j.p.mayAsk() {
		return "c"
	}
	ctx, cancel := context.WithCancel(ctx)
	again := false
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-pressed:
			again = true
		case <-over:
		case <-ctx.Done():
		}
		cancel()
	})
	defer j.board.hold()()
	answer, _ := j.p.ask(ctx, j.p.say("\nType c to cancel the run on every computer, d to detach and let it go on, Enter to keep watching: "))
	cancel()
	if watching.Wait(); again && answer == "" {
		return "d"
	}
	return answer
}

// cancel ends the run on every computer: where it goes on, by asking the
// computer; where its customer is still being asked, by withdrawing the question.
func (j *job) cancel(ctx context.Context) {
	var wg sync.WaitGroup
	for _, t := range j.targets {
		t.mu.Lock()
		t.cancels = true
		begun, c := t.begun, t.computer
		t.mu.Unlock()
		switch {
		case !begun:
			t.stop(errCancelled)
		case c != nil:
			wg.Go(func() {
				if err := c.Cancel(ctx); err != nil && !errors.Is(err, client.ErrLost) {
					j.board.say(t, j.p.say("cannot cancel: %v", err))
				}
			})
		}
	}
	wg.Wait()
}
