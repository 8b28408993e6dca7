package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"strconv"

	"github.com/urfave/cli/v2"

	"supportd/daemon"
	"supportd/daemon/desktop"
	"supportd/library/cmdline"
	"supportd/library/text"
)

// The values of --ui.
const (
	uiAuto     = "auto"
	uiPage     = "page"
	uiTerminal = "terminal"
	uiNone     = "none"
)

// places are where the customer can be asked. The zero places are nowhere.
type places struct {
	in      *os.File // the terminal, or nil
	page    bool     // in their browser
	box     bool     // before their windows
	demands bool     // the page is served whether or not there is a browser: --ui page
	returns bool     // the support session goes on: perhaps nobody has logged in yet
	reason  key      // why nobody can be asked before their windows, or nothing
	err     error    // --ui says nothing that is known
}

// some reports whether there is any.
func (w places) some() bool { return w.in != nil || w.page }

// lookForPlaces finds out where the customer can be asked, at the begin of a support
// session or when it goes on.
func (p *program) lookForPlaces(c *cli.Context, returns bool) (w places) {
	w.reason, w.returns = nothing, returns
	ui := uiOf(c)
	switch ui {
	case uiAuto, uiPage, uiTerminal, uiNone:
	default:
		w.err = p.fail(cmdline.ExitUsage, uiHint, uiUnknown, strconv.Quote(text.Plain(ui, 20)))
	}
	if ui != uiPage && ui != uiNone && isTerminal(p.in, p.out) {
		w.in = p.in
	}
	if ui != uiAuto && ui != uiPage {
		return w
	}
	d, err := p.findDesktop(c.Context)
	switch {
	case err == nil:
		w.page, w.box = d.CanBrowse(), true
	case errors.Is(err, desktop.ErrLocked):
		w.reason = lockedReason
	case errors.Is(err, desktop.ErrOther):
		w.reason = otherReason
	}
	if ui == uiPage {
		w.page, w.demands = true, true
		w.box = w.box || w.returns // whoever logs in after a restart has one too
	}
	return w
}

func uiOf(c *cli.Context) string { return cmp.Or(c.String("ui"), uiAuto) }

// findDesktop finds who sits before the windows now. In a login over the network that is
// nobody: those who typed here sit elsewhere.
func (p *program) findDesktop(ctx context.Context) (*desktop.Desktop, error) {
	if p.getenv("SSH_CONNECTION") != "" {
		return nil, desktop.ErrNone
	}
	return desktop.Find(ctx, desktop.Options{Environ: p.env})
}

// mayGoOn reports, as an error, that the customer can be asked nowhere and has allowed
// nothing beforehand.
func (p *program) mayGoOn(ui string, w places, j *daemon.Join) error {
	beforehand := j != nil && len(j.Allow) > 0
	switch {
	case w.err != nil:
		return w.err
	case !w.some() && (p.imprint.RequireWords || j != nil && j.RequireWords): // nobody could compare them
	case w.some(), beforehand && ui != uiTerminal, ui == uiNone && j == nil:
		return nil
	}
	return p.noScreen(w.reason)
}

// noScreen says that there is nowhere to ask, and why, where that is known.
func (p *program) noScreen(reason key) error {
	if reason == nothing {
		reason = noScreen
	}
	return p.fail(cmdline.ExitUsage, noScreenHint, reason)
}
