package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"supportd/consent"
	"supportd/consent/page"
	"supportd/daemon"
	"supportd/daemon/notice"
	"supportd/library/cmdline"
	"supportd/library/wire"
)

// pageLook is how often it is looked whether a page is open.
const pageLook = 100 * time.Millisecond

// A nil *customerPage is no page: the methods here that serve calls do nothing then.

// pageBeside starts the page where there is to be one, beside the terminal or alone; nil is
// none.
func (p *program) pageBeside(ctx context.Context, where places, s *screen, log *slog.Logger) (*customerPage, error) {
	if !where.page {
		return nil, nil
	}
	g, err := p.startPage(ctx, where, s, log)
	if err != nil && where.in != nil {
		log.Warn("there is no page", "err", err)
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	p.paged = true
	s.page = g
	// Started by a click: the window that came with it is of no use beside the page.
	if where.in != nil && p.ownWindow(nil) && g.comes(ctx, pagePatience) && hideWindow() {
		where.in, s.in = nil, nil
	}
	if where.in == nil {
		g.working.Go(func() { g.watchPresence(g.serving) })
	}
	return g, nil
}

// comes waits until a page is open.
func (g *customerPage) comes(ctx context.Context, patience time.Duration) bool {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(pageLook)
	defer look.Stop()
	for {
		if open, _ := g.server.Present(); open {
			return true
		}
		select {
		case <-look.C:
		case <-waiting.Done():
			return false
		}
	}
}

// before is what is told of what happens: the page's state first, then the sentences.
func (g *customerPage) before(t talk) []notice.UI {
	if g == nil {
		return []notice.UI{t}
	}
	return []notice.UI{g, t}
}

// prompters are those of the terminal.
func (s *screen) prompters() []consent.Prompter {
	if s.in == nil {
		return nil
	}
	return []consent.Prompter{s}
}

// prompters are the page and the box.
func (g *customerPage) prompters() (all []consent.Prompter) {
	if g == nil {
		return nil
	}
	all = append(all, pageQuestions{g})
	if g.box != nil {
		all = append(all, g.box)
	}
	return all
}

// begin brings the support session.
func (g *customerPage) begin(d *daemon.Daemon, number wire.Number) {
	if g == nil {
		return
	}
	g.change(func(s *page.State) { s.Phase, s.Number = page.PhaseConnecting, number.Spoken() })
	g.setDaemon(d)
	if g.where.in != nil && g.screen.in != nil {
		g.screen.say(g.screen.notice(phrase(g.p.lang, pageBeside)))
	}
}

// also sends what is typed on the terminal, and shows it on the page.
func (g *customerPage) also(send func(string) error) func(string) error {
	if g == nil {
		return send
	}
	return func(message string) error {
		err := send(message)
		if err == nil {
			g.saidBy("", message)
		}
		return err
	}
}

// over shows that the support session has ended.
func (g *customerPage) over(why []string, journal string) {
	if g == nil {
		return
	}
	if !stays(journal) {
		why, journal = append(why, phrase(g.p.lang, journalGone)), ""
	}
	g.ended(why, journal)
}

// restarts shows that the support session goes on after a restart.
func (g *customerPage) restarts() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.goesOn = true
	g.state.Phase = page.PhaseAway
	g.server.SetState(g.state)
}

// askAboutCall is [program.askAboutCall] on the page.
func (g *customerPage) askAboutCall(ctx context.Context, s *screen, number wire.Number, patience time.Duration) error {
	asking, done := context.WithTimeout(ctx, patience)
	defer done()
	g.change(func(s *page.State) { s.Number = number.Spoken() })
	what, err := g.askedOnPage(asking, page.PhaseCall)
	switch {
	case ctx.Err() != nil:
		return cmdline.Silent(cmdline.ExitInterrupted)
	case err == nil && what.yes:
		return nil
	}
	said := callNo
	if err != nil {
		said = callSilence
	}
	s.say(s.notice(phrase(g.p.lang, said)))
	g.ended(strings.Split(phrase(g.p.lang, said), "\n\n"), "")
	return cmdline.Silent(cmdline.ExitDenied)
}

// askMissing asks for the number where a join lacks it.
func (g *customerPage) askMissing(ctx context.Context, j *daemon.Join) error {
	if len(j.Relay.Addresses) == 0 {
		return g.p.fail(cmdline.ExitUsage, wholeLineHint, relayMissing)
	}
	if j.Number != "" {
		return nil
	}
	asking, done := context.WithTimeout(ctx, callPatience)
	defer done()
	what, err := g.askedOnPage(asking, page.PhaseNumber)
	switch {
	case ctx.Err() != nil:
		return cmdline.Silent(cmdline.ExitInterrupted)
	case err != nil:
		return g.p.fail(cmdline.ExitUsage, imprintNumberHint, numberMissing)
	}
	j.Number = wire.Number(what.number)
	g.p.asked = true
	return nil
}

// retype is [program.retype] on the page.
func (g *customerPage) retype(ctx context.Context, j *daemon.Join, no *refusedNumber) error {
	g.change(func(s *page.State) { s.Problem, s.Hint = no.Error(), phrase(g.p.lang, g.p.newNumberHint()) })
	defer g.change(func(s *page.State) { s.Problem, s.Hint = "", "" })
	if err := g.askMissing(ctx, j); err != nil && ctx.Err() != nil {
		return err
	}
	if j.Number == "" {
		return no.why
	}
	return nil
}

// confirmKey asks whether a fingerprint is the right one.
func (g *customerPage) confirmKey(ctx context.Context, relay, fingerprint string) (bool, error) {
	asking, done := context.WithTimeout(ctx, callPatience)
	defer done()
	g.change(func(s *page.State) { s.Relay, s.Fingerprint = relay, wire.Groups(fingerprint) })
	what, err := g.askedOnPage(asking, page.PhaseKey)
	return what.yes, err
}

// showProblem shows an error on a page of its own, which stays.
func (p *program) showProblem(ctx context.Context, where places, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	s := newScreen(nil, p.out, p.lang)
	defer s.close()
	g, starting := p.startPage(ctx, where, s, slog.New(slog.DiscardHandler))
	if starting != nil {
		return // it stands on standard error
	}
	defer func() { g.finish(ctx, err) }()
	g.comes(ctx, ticketTime)
}
