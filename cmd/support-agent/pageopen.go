package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"supportd/consent"
	"supportd/consent/dialog"
	"supportd/consent/page"
	"supportd/daemon/desktop"
)

const (
	// pagePatience is how long a browser has to show the page before the customer is
	// told how to open it by hand.
	pagePatience = 5 * time.Second
	// ticketTime is how long a way into the page is of any use.
	ticketTime = 60 * time.Second
	// absence is how long the customer may be without any screen, and how long a box
	// asks them about that.
	absence = 60 * time.Second
	// pageLooks is how often it is looked whether what was allowed for a while is over,
	// whether the screen is locked, and after a restart, whether somebody has logged in.
	pageLooks = 5 * time.Second
)

// errPageGone is a Stop as a closed window is one.
var errPageGone = fmt.Errorf("%w: the page is gone", errStopped)

// wantOpen opens the page, at once or after what is under way. While something runs it
// does not: that could read the way in, and be there first.
func (g *customerPage) wantOpen() {
	if runs, _ := g.running(); runs {
		return
	}
	select {
	case g.wanted <- struct{}{}:
	default:
	}
}

// keepOpen opens the page whenever that is wanted, until ctx is done.
func (g *customerPage) keepOpen(ctx context.Context) {
	look := time.NewTicker(pageLooks)
	defer look.Stop()
	there, locked := false, false
	for {
		select {
		case <-g.wanted:
			g.openPage(ctx)
		case <-g.doubts:
			g.doubted(ctx)
		case <-g.closed:
			g.offerStop(ctx)
		case <-look.C:
			g.endAway()
			if g.where.box {
				locked = g.noteLock(ctx, locked)
			}
			was := there
			if there = g.awaited(ctx); there && !was {
				g.wantOpen()
			}
		case <-ctx.Done():
			return
		}
	}
}

// noteLock tells whether the screen is locked now, so that no question is seen.
func (g *customerPage) noteLock(ctx context.Context, was bool) (locked bool) {
	_, err := g.p.findDesktop(ctx)
	locked = errors.Is(err, desktop.ErrLocked)
	if locked == was || g.theDaemon() == nil {
		return was
	}
	k, means := screenUnlocked, ""
	if locked {
		k = screenLocked
		means = phrase(g.p.lang, k)
	}
	g.change(func(s *page.State) { s.Locked = means })
	said := phrase(g.p.lang, k)
	g.happened(k, said)
	g.screen.say(g.screen.notice(said))
	return locked
}

// awaited reports whether after a restart a desktop is there now, and no page has been open
// on one.
func (g *customerPage) awaited(ctx context.Context) bool {
	if !g.where.returns {
		return false
	}
	select {
	case <-g.server.Opened():
		return false
	default:
	}
	_, err := g.p.findDesktop(ctx)
	return err == nil
}

// openPage opens the page in the browser, and says how to do it by hand where that does
// not work.
func (g *customerPage) openPage(ctx context.Context) {
	d, err := g.p.findDesktop(ctx)
	if err != nil && g.where.demands {
		d, err = desktop.Own(desktop.Options{Environ: g.p.env}, g.p.home()), nil
	}
	if err == nil {
		err = g.openIn(ctx, d)
	}
	if err != nil && ctx.Err() == nil {
		g.log.Info("the page was not opened", "err", err)
		g.openByHand(ctx)
	}
}

// openIn opens the page in the browser of a desktop, and returns when it is there.
func (g *customerPage) openIn(ctx context.Context, d *desktop.Desktop) error {
	g.mu.Lock()
	if !g.known && d.UID >= 0 { // the first who logs in after a restart
		g.known = true
		g.server.Admit(d.UID)
	}
	g.mu.Unlock()
	address, over := g.server.Ticket()
	remove, err := g.opener.Open(ctx, d, address)
	if err != nil {
		return err
	}
	used := make(chan struct{})
	waiting, cancel := context.WithTimeout(ctx, ticketTime)
	// A browser that is slow finds its file all the same.
	g.working.Go(func() {
		defer close(used)
		defer cancel()
		select {
		case <-over:
		case <-waiting.Done():
		}
		remove()
	})
	soon := time.NewTimer(pagePatience)
	defer soon.Stop()
	select {
	case <-used:
		return nil
	case <-ctx.Done():
		return nil
	case <-soon.C:
	}
	// It starts slowly, or cannot read the file; the bare address it can open.
	return errors.Join(errors.New("no page came"), desktop.OpenPlain(ctx, d, g.server.URL()))
}

// openByHand says how a person opens the page. Where nobody demanded the page the code is
// shown to a person only: what a program writes without a terminal may be kept. What a
// service writes is.
func (g *customerPage) openByHand(ctx context.Context) {
	if runs, _ := g.running(); runs {
		return
	}
	code := g.server.Code()
	said := phrase(g.p.lang, pageByHand, g.server.URL(), code[:3]+" "+code[3:])
	if g.where.demands && !g.p.written(g.p.out) || isTerminal(g.p.in, g.p.out) {
		g.screen.say(g.screen.notice(said))
		return
	}
	if g.box == nil {
		return
	}
	showing, cancel := context.WithTimeout(ctx, ticketTime)
	defer cancel()
	g.working.Go(func() { // it goes away by itself once the page is there
		if g.comes(showing, ticketTime) {
			cancel()
		}
	})
	if _, err := g.box.Tell(showing, dialog.Choice{Text: said, Last: phrase(g.p.lang, pageClose)}); err != nil {
		g.log.Info("nobody was told how to open the page", "err", err)
	}
}

// doubted tells that somebody else has read the way into the page.
func (g *customerPage) doubted(ctx context.Context) {
	said := phrase(g.p.lang, pageTaken)
	g.happened(interrupted, said)
	g.screen.say(g.screen.notice(said))
	if g.where.in != nil || g.box == nil {
		return
	}
	g.askToGoOn(ctx, said)
}

// offerStop asks in a box whether to stop everything: a page that was closed is not opened
// while something runs.
func (g *customerPage) offerStop(ctx context.Context) {
	if g.box == nil {
		return
	}
	asking, cancel := context.WithTimeout(ctx, absence)
	defer cancel()
	choice := dialog.Choice{Text: phrase(g.p.lang, runsStillStop), First: phrase(g.p.lang, pageStop), Last: phrase(g.p.lang, pageClose)}
	switch stop, err := g.box.Tell(asking, choice); {
	case err != nil:
		g.log.Info("Stop could not be offered", "err", err)
	case stop:
		g.Stop()
	}
}

// askToGoOn asks in a box whether the page is to be opened again; anything else is Stop.
func (g *customerPage) askToGoOn(ctx context.Context, said string) {
	asking, cancel := context.WithTimeout(ctx, absence)
	defer cancel()
	again := false
	if g.box != nil {
		var err error
		again, err = g.box.Tell(asking, dialog.Choice{Text: said, First: phrase(g.p.lang, pageAgain), Last: phrase(g.p.lang, pageStop)})
		if err != nil {
			g.log.Info("nobody has answered about the page", "err", err)
		}
	}
	open, _ := g.server.Present()
	switch {
	case ctx.Err() != nil, open: // it came back meanwhile
	case again:
		g.wantOpen()
	default:
		g.p.stop(errPageGone)
	}
}

// watchPresence stops everything when the page, the customer's only screen, is gone for a
// while and nobody has asked for it again.
func (g *customerPage) watchPresence(ctx context.Context) {
	if g.where.demands { // it may be opened when the first question comes
		select {
		case <-g.server.Opened():
		case <-ctx.Done():
			return
		}
	}
	for g.server.Gone(ctx, absence) == nil {
		g.askToGoOn(ctx, phrase(g.p.lang, pageClosed))
	}
}

// pageQuestions is the page as a [consent.Prompter]: it comes to the front with a question, and
// nobody is asked behind a locked screen.
type pageQuestions struct{ *customerPage }

// Name implements [consent.Prompter].
func (a pageQuestions) Name() string { return a.server.Name() }

// Ask implements [consent.Prompter].
func (a pageQuestions) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	open, _ := a.server.Present()
	if a.where.box {
		_, err := a.p.findDesktop(ctx)
		alone := a.where.returns && !open && !isTerminal(a.p.in, a.p.out) // nobody has logged in since the restart
		if errors.Is(err, desktop.ErrLocked) || errors.Is(err, desktop.ErrOther) || err != nil && alone {
			return consent.Answer{}, err
		}
	}
	if !open {
		a.wantOpen()
	}
	return a.server.Ask(ctx, q)
}

// Show brings the page to the front, for a box that points to it.
func (g *customerPage) show(context.Context) error {
	g.wantOpen()
	return nil
}

// askedOnPage waits for what is pressed or typed in a phase.
func (g *customerPage) askedOnPage(ctx context.Context, phase page.Phase) (said, error) {
	select { // what was pressed for something else
	case <-g.said:
	default:
	}
	g.change(func(s *page.State) { s.Phase = phase })
	for {
		select {
		case what := <-g.said:
			if what.phase == phase {
				return what, nil
			}
		case <-ctx.Done():
			return said{}, context.Cause(ctx)
		}
	}
}
