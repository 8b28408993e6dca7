package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"supportd/consent"
	"supportd/consent/dialog"
	"supportd/consent/page"
	"supportd/daemon"
	"supportd/daemon/desktop"
	"supportd/daemon/notice"
	"supportd/daemon/visit"
	"supportd/library/disk"
	"supportd/library/imprint"
	"supportd/library/report"
	"supportd/library/text"
)

// customerPage is the customer's page in this program: it keeps what the page shows,
// opens it in a browser, and does what the customer does there. It is safe for
// concurrent use.
type customerPage struct {
	p      *program
	where  places
	screen *screen // where it is told how to open the page; it is also told what is typed on the page
	server *page.Server
	log    *slog.Logger

	box *dialog.Box // nil where there are no windows

	opener  desktop.Opener
	wanted  chan struct{} // holds one token when the page is to be opened
	doubts  chan struct{} // holds one token when somebody else has tried to open it
	closed  chan struct{} // holds one token when a closed page asks for Stop
	serving context.Context
	stop    context.CancelFunc
	working sync.WaitGroup

	mu      sync.Mutex // held for moments only
	state   page.State
	daemon  *daemon.Daemon       // nil before the support session begins
	compare func(consent.Person) // begins to compare safety words; nil before, likewise
	begun   uint64               // runs so far
	sum     summary
	kept    string // the journal's path, once it is over
	goesOn  bool   // after a restart
	known   bool   // whose browser may come, besides our own user's
	said    chan said
}

// said is what was pressed or typed before the support session begins.
type said struct {
	phase  page.Phase
	yes    bool
	number string
}

// startPage serves the page and opens it. The owner must call [customerPage.close].
func (p *program) startPage(ctx context.Context, where places, s *screen, log *slog.Logger) (*customerPage, error) {
	g := &customerPage{
		p: p, where: where, screen: s, log: log, wanted: make(chan struct{}, 1), doubts: make(chan struct{}, 1), closed: make(chan struct{}, 1), said: make(chan said, 1),
		state: page.State{
			Language: p.lang, Phase: page.PhaseStarting, Organisation: text.Plain(p.imprint.Organisation, imprint.MaxOrganisation),
		},
		sum: summary{began: time.Now()},
	}
	var users []int
	if d, err := p.findDesktop(ctx); err == nil && d.UID >= 0 {
		users = []int{d.UID}
	}
	g.known = users != nil || !where.returns
	var err error
	if g.server, err = page.New(page.Options{Customer: g, Log: log, Users: users, Doubted: g.noteDoubt}); err != nil {
		return nil, err
	}
	if where.box {
		if g.box, err = dialog.New(dialog.Options{Language: p.lang, Organisation: p.imprint.Organisation, Desktop: p.starter, Runs: g.running, Show: g.show, Stop: g.Stop}); err != nil {
			return nil, errors.Join(err, g.server.Close())
		}
	}
	g.server.SetState(g.state)
	g.serving, g.stop = context.WithCancel(context.WithoutCancel(ctx))
	g.working.Go(func() {
		if err := g.server.Serve(g.serving); err != nil {
			log.Error("the page is not served any more", "err", err)
		}
	})
	g.working.Go(func() { g.keepOpen(g.serving) })
	g.wantOpen()
	return g, nil
}

// close ends everything of the page. What a browser shows of it stays there.
func (g *customerPage) close() {
	g.stop()
	g.working.Wait()
	g.opener.Close()
}

// noteDoubt is told by the page.
func (g *customerPage) noteDoubt() {
	select {
	case g.doubts <- struct{}{}:
	default:
	}
}

// starter starts programs on the desktop that is in front now.
func (p *program) starter(ctx context.Context) (dialog.Starter, error) {
	d, err := p.findDesktop(ctx)
	if err != nil {
		return nil, err
	}
	return d.Command, nil
}

// change changes what the page shows.
func (g *customerPage) change(do func(*page.State)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	do(&g.state)
	g.server.SetState(g.state)
}

// setDaemon brings the support session.
func (g *customerPage) setDaemon(d *daemon.Daemon) {
	g.mu.Lock()
	g.daemon = d
	g.mu.Unlock()
	g.refreshAllowed()
}

func (g *customerPage) theDaemon() *daemon.Daemon {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.daemon
}

// running reports whether something of a CSR's runs, and how many runs have begun.
func (g *customerPage) running() (now bool, begun uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state.Run != nil, g.begun
}

// Notify implements [notice.UI]: it keeps what the page shows. What happened is told by
// [talk], in the same words as on the terminal.
func (g *customerPage) Notify(n notice.Notice) {
	g.mu.Lock()
	g.noteLocked(n)
	g.server.SetState(g.state)
	g.mu.Unlock()
	switch n.(type) {
	case notice.Decided, notice.AllowedChanged, notice.Joined:
		g.refreshAllowed()
	}
}

func (g *customerPage) noteLocked(n notice.Notice) {
	s := &g.state
	switch n := n.(type) {
	case notice.Joined:
		s.Owner, s.Problem, s.Hint, s.Connection = n.Owner, "", "", wayIn(n.Way, g.p.lang)
		s.Phase, s.MayAllow = page.PhaseJoined, consent.WhileAway()
		if n.Restarted {
			s.Phase = page.PhaseRestarted
		}
	case notice.Retrying:
		s.Connection = phrase(g.p.lang, tryingAgain, text.Span(max(n.After, time.Second), g.p.lang))
		if n.Lost || s.Phase == page.PhaseJoined {
			s.Phase = page.PhaseAway
		}
	case notice.Entered:
		s.People = append(slices.Clone(s.People), n.Who)
		g.sum.met(n.Who)
	case notice.Left:
		s.Words = slices.DeleteFunc(slices.Clone(s.Words), func(w page.Words) bool { return w.Who.Account == n.Who.Account })
		s.People = slices.DeleteFunc(slices.Clone(s.People), func(who consent.Person) bool { return who.Account == n.Who.Account })
	case notice.Words:
		noteWords(s, n.Who, n.Compared, !n.Certified)
	case notice.Compared:
		noteWords(s, n.Who, n.Same, !n.Same)
	case notice.Viewed:
		g.sum.looks++
	case notice.RunStarted:
		g.begun++
		g.sum.programs += len(n.Scripts)
		s.Run = &page.Run{Who: n.Who, Scripts: n.Scripts, Since: time.Now()}
	case notice.RunEnded:
		s.Run = nil
		g.sum.programs -= n.Skipped
	case notice.LoggedOn:
		s.ActingAs = n.User
	case notice.LoggedOff:
		s.ActingAs = ""
	case notice.HandingOver:
		s.Phase, s.People, s.Run, s.ActingAs = page.PhaseEnding, nil, nil, ""
		s.Allowed, s.Away, s.MayAllow, s.Words = nil, nil, nil, nil
	}
}

// endAway shows that what was allowed for a while is over.
func (g *customerPage) endAway() {
	g.mu.Lock()
	over := g.state.Away != nil && !time.Now().Before(g.state.Away.Until)
	g.mu.Unlock()
	if over {
		g.refreshAllowed()
	}
}

// refreshAllowed shows what counts as allowed now.
func (g *customerPage) refreshAllowed() {
	d := g.theDaemon()
	if d == nil {
		return
	}
	all := d.Allowed()
	g.change(func(s *page.State) {
		s.Allowed, s.Away = nil, nil
		for _, one := range all {
			switch {
			case one.Until.IsZero():
				s.Allowed = append(s.Allowed, page.Grant{ID: strconv.FormatUint(one.ID, 10), Says: granted(one, g.p.lang)})
			case s.Away == nil:
				s.Away = &page.Away{Kinds: []consent.Kind{one.Kind}, Until: one.Until}
			default:
				s.Away.Kinds = append(s.Away.Kinds, one.Kind)
			}
		}
	})
}

// happened implements [listener].
func (g *customerPage) happened(k key, sentence string) {
	bad := k == runFailed || k == runBrokenOff || k == runLeft || k == runFilesStay || k == interrupted || k == stillRuns || k == filesStay
	g.server.Event(page.Event{At: time.Now(), Text: sentence, Bad: bad})
}

// saidBy implements [listener].
func (g *customerPage) saidBy(who, message string) {
	g.server.Chat(page.Chat{At: time.Now(), Who: who, Text: message})
}

// printed implements [listener].
func (g *customerPage) printed(step int, written string) { g.server.Output(step, written) }

// The methods of [page.Customer].

// Stop ends everything.
func (g *customerPage) Stop() { g.p.stop(errTyped) }

// Confirm takes the answer of a phase that asks.
func (g *customerPage) Confirm(phase page.Phase, yes bool) {
	switch {
	case phase != page.PhaseRestarted:
		g.tell(said{phase: phase, yes: yes})
	case yes:
		g.change(func(s *page.State) {
			if s.Phase == page.PhaseRestarted {
				s.Phase = page.PhaseJoined
			}
		})
	default:
		g.Stop()
	}
}

// tell gives what was said to whoever waits for it.
func (g *customerPage) tell(what said) {
	select {
	case g.said <- what:
	default: // nobody has taken the one before
	}
}

// Number takes what was typed.
func (g *customerPage) Number(typed string) (problem string) {
	n, m := numberOf(typed)
	if m != nil {
		return phrase(g.p.lang, m.key, m.args...)
	}
	g.tell(said{phase: page.PhaseNumber, yes: true, number: string(n)})
	return ""
}

// Say sends a message, and shows it on the other screens.
func (g *customerPage) Say(message string) (problem string) {
	d := g.theDaemon()
	if d == nil {
		return phrase(g.p.lang, chatTooEarly)
	}
	k := chatUnsent
	switch err := d.Say(message); {
	case err == nil:
		g.saidBy("", message)
		g.screen.say(g.screen.message(phrase(g.p.lang, chatYou), message))
		return ""
	case errors.Is(err, visit.ErrFlood):
		k = chatTooMany
	case errors.Is(err, visit.ErrNotJoined):
		k = chatTooEarly
	}
	return phrase(g.p.lang, k)
}

// TakeBack takes back what was allowed.
func (g *customerPage) TakeBack(id string) (problem string) {
	n, err := strconv.ParseUint(id, 10, 64)
	if d := g.theDaemon(); err == nil && d != nil {
		g.takeBack(d, n)
	}
	return "" // what is not there is not allowed
}

func (g *customerPage) takeBack(d *daemon.Daemon, ids ...uint64) {
	for _, one := range d.Allowed() {
		if !slices.Contains(ids, one.ID) {
			continue
		}
		if done, err := d.TakeBack(one.ID); err != nil {
			g.log.Error("what was taken back is not written down", "err", err)
		} else if done {
			g.happened(takenBack, phrase(g.p.lang, takenBack, takenBackWhat(one, g.p.lang)))
		}
	}
}

// Allow allows kinds while the customer is away.
func (g *customerPage) Allow(kinds []consent.Kind, until time.Time) (problem string) {
	d := g.theDaemon()
	if d == nil {
		return phrase(g.p.lang, notNow)
	}
	if len(kinds) == 0 {
		for _, one := range d.Allowed() {
			if !one.Until.IsZero() {
				g.takeBack(d, one.ID)
			}
		}
		return ""
	}
	switch err := d.AllowFor(kinds, time.Until(until)); {
	case errors.Is(err, visit.ErrWhileRunning):
		return phrase(g.p.lang, notWhileRunning)
	case err != nil:
		return phrase(g.p.lang, notNow)
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = phrase(g.p.lang, allowedKey(k))
	}
	g.happened(awayAllowed, phrase(g.p.lang, awayAllowed, until.Local().Format("15:04"), strings.Join(names, ", ")))
	return ""
}

// Reopen opens the page once more. While something runs that could read how, a box offers
// Stop instead.
func (g *customerPage) Reopen() {
	if runs, _ := g.running(); !runs {
		g.wantOpen()
		return
	}
	select {
	case g.closed <- struct{}{}:
	default:
	}
}

// Report writes the customer's copy.
func (g *customerPage) Report(_ context.Context, w io.Writer) error {
	g.mu.Lock()
	path := g.kept
	g.mu.Unlock()
	if path == "" {
		return errors.New("there is no report")
	}
	f, err := disk.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	src, err := report.Open(f)
	if err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	return src.Render(w, report.AsHTML, report.Style{Language: g.p.lang, Zone: time.Local, BOM: true})
}
