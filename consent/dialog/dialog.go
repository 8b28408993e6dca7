// Package dialog puts one native message box in front of the customer when a support
// rep asks for something: it draws attention to the question, and takes the short
// answers. The customer's program hands a [Box] to its consent gate, beside its page
// and its terminal.
//
// The box promises that only a person's own click or key on "Allow once" is a yes: the
// button that Enter presses is the other one; closing, Esc, the end of time, a box that
// is killed and one that could not be shown are not; and a yes does not count before
// the box has stood for [Settle], or where a script has run meanwhile, since a program
// of the same user can press buttons. Stop is a button too; it counts as late as a yes, and
// also while a script runs. Foreign text is shown as it is: no box of any system reads
// markup, line ends or options in it.
package dialog

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"supportd/consent"
	"supportd/library/text"
)

const (
	// Settle is how long a box must have been seen before a yes in it counts: who was
	// typing when it came up has not read it.
	Settle = 500 * time.Millisecond
	// mostEarly bounds how often a box comes up again that was answered too early.
	mostEarly = 3
	// watching is how often is looked whether a script has begun to run.
	watching = 100 * time.Millisecond
)

// Starter makes a program on the customer's desktop, as its user: its environment says
// which desktop that is. It ends with ctx.
type Starter func(ctx context.Context, program string, args ...string) *exec.Cmd

// Options make a [Box]. Desktop and Runs are required.
type Options struct {
	// Language is the customer's.
	Language text.Language
	// Organisation stands in the box's title, made harmless; it may be empty.
	Organisation string
	// Desktop finds the desktop in front, anew for each question. Where there is none,
	// or its screen is locked, the error is a [consent.ErrNobody] that says so.
	Desktop func(ctx context.Context) (Starter, error)
	// Runs reports whether a script of a CSR runs now, and how many have begun so far,
	// which only grows and is counted before a script's first process. It is called
	// often and must not block.
	Runs func() (now bool, begun uint64)
	// Show brings the customer's page or terminal to the front, where they read what
	// does not fit into a box and answer it. Nil is no such button.
	Show func(ctx context.Context) error
	// Stop ends the support session. It must return at once. Nil is no such button.
	Stop func()
}

// Box is a [consent.Prompter]. It shows nothing but while it is asked.
type Box struct {
	opts Options
	show func(context.Context, Starter, note) (click, error) // the system's
}

// New makes a box.
func New(opts Options) (*Box, error) {
	switch {
	case opts.Desktop == nil:
		return nil, errors.New("dialog: Desktop is required")
	case opts.Runs == nil:
		return nil, errors.New("dialog: Runs is required")
	}
	return &Box{opts: opts, show: show}, nil
}

// Name implements [consent.Prompter].
func (b *Box) Name() string { return "box" }

// click is how a person answered a box.
type click struct {
	yes   bool          // the first button, never the one that Enter presses
	stop  bool          // the button that ends everything, which Enter does not press either
	stood time.Duration // how long the box had been seen by then
}

// errRun ends a box when a script begins to run, or has ended: what it offers and says
// does not hold any more.
var errRun = errors.New("a script has begun to run, or has ended")

// Ask implements [consent.Prompter]. A box that was killed is no answer; the other
// screens go on asking.
func (b *Box) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	no := consent.Answer{Question: q.ID, Decision: consent.Denied}
	for early := 0; ; {
		start, err := b.opts.Desktop(ctx)
		if err != nil {
			return consent.Answer{}, err
		}
		running, begun := b.opts.Runs()
		n := noteOf(q, b.opts.Language, b.opts.Organisation, running, b.opts.Show != nil)
		if b.opts.Stop == nil {
			n.stop = ""
		}
		n.shown = q.Shown
		c, err := b.showWhile(ctx, start, n, running, begun)
		switch {
		case ctx.Err() != nil:
			return consent.Answer{}, context.Cause(ctx)
		case errors.Is(err, errRun):
			continue
		case err != nil:
			return consent.Answer{}, fmt.Errorf("message box: %w", err)
		case !c.yes && !c.stop:
			return no, nil
		}
		if c.stood < Settle {
			if early++; early == mostEarly {
				return no, nil
			}
			continue
		}
		if c.stop {
			b.opts.Stop()
			<-ctx.Done() // the question ends with the support session
			return consent.Answer{}, context.Cause(ctx)
		}
		if running, now := b.opts.Runs(); running || now != begun {
			continue
		}
		if !n.allows {
			return consent.Answer{}, b.elsewhere(ctx)
		}
		return consent.Answer{Question: q.ID, Decision: consent.AllowedOnce}, nil
	}
}

// showWhile shows a box, and takes it away when a script begins to run or ends.
func (b *Box) showWhile(ctx context.Context, start Starter, n note, running bool, begun uint64) (click, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(watching); ; {
			select {
			case <-tick.C:
				if still, now := b.opts.Runs(); still != running || now != begun {
					cancel(errRun)
				}
			case <-ctx.Done():
				tick.Stop()
				return
			}
		}
	}()
	c, err := b.show(ctx, start, n)
	over := context.Cause(ctx)
	cancel(nil)
	<-done
	if over != nil && (err != nil || c.yes) { // a No and a Stop count whatever runs
		return click{}, over
	}
	return c, err
}

// elsewhere brings the other screen to the front, and leaves the answer to it.
func (b *Box) elsewhere(ctx context.Context) error {
	if err := b.opts.Show(ctx); err != nil {
		return fmt.Errorf("message box: %w", err)
	}
	<-ctx.Done()
	return context.Cause(ctx)
}
