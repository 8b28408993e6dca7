package main

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"strings"
	"time"

	"supportd/consent"
	"supportd/daemon"
	local "supportd/daemon/journal"
	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// talk says on the customer's screens what happens: on the terminal, and on whatever
// listens beside it.
type talk struct{ *screen }

// tell says a sentence.
func (t talk) tell(k key, sentence string) {
	t.say(t.notice(sentence))
	if t.page != nil {
		t.page.happened(k, sentence)
	}
}

// Notify implements [notice.UI].
func (t talk) Notify(n notice.Notice) {
	t.mu.Lock()
	t.undone.note(n, t.lang)
	t.comparing.note(n)
	t.mu.Unlock()
	say := func(k key, args ...any) {
		said := phrase(t.lang, k, args...)
		if k == joined || k == resumed || k == restarted {
			said += " " + phrase(t.lang, stopByKeys)
		}
		t.say(t.notice(said))
		if t.page != nil {
			t.page.happened(k, phrase(t.lang, onPage(k), args...))
		}
	}
	switch n := n.(type) {
	case notice.Joined:
		t.back(n.Owner)
		k := joined
		switch {
		case n.Restarted:
			k = restarted
		case n.Resumed:
			k = resumed
		}
		say(k, n.Owner)
		if t.chatting() != nil && !n.Resumed {
			say(chatHint)
		}
	case notice.Retrying:
		if n.Lost {
			say(interrupted)
		}
		if t.worthSaying(n) {
			t.tell(-1, trouble{n.Problem, n.Relay, n.Who, n.Key, n.Tried}.text(t.lang, true))
		}
		if t.doubtful(n) {
			say(addressDoubt)
		}
		say(tryingAgain, text.Span(max(n.After, time.Second), t.lang))
	case notice.Waiting:
		say(numberWaits, text.Span(n.For, t.lang))
	case notice.ClockWrong:
		k := clockAhead
		if n.By < 0 {
			k = clockBehind
		}
		say(k, text.Span(n.By.Abs(), t.lang))
	case notice.CertificateTime:
		at := func(when time.Time) string { return when.Local().Format("2006-01-02 15:04") }
		say(certificateTime, at(n.From), at(n.Until), at(n.Now))
	case notice.Entered:
		t.meet(n.Who)
		say(csrEntered, n.Who)
	case notice.Words:
		switch {
		case t.in == nil && t.page == nil: // who cannot pick them reads them
			say(csrWords, n.Who, n.Pair.In(t.lang))
		case !n.Compared && !n.Certified:
			say(csrWordsAsk, n.Who)
		}
	case notice.Compared:
		if n.Same {
			say(wordsSame, n.Who, n.Pair.In(t.lang))
		}
	case notice.Digits:
		say(csrDigits, n.Who, n.Digits)
	case notice.Left:
		say(csrLeft, n.Who)
	case notice.Viewed:
		kept := ""
		if names := n.Withheld.Names(t.lang); names != "" {
			kept = " " + phrase(t.lang, notShown, text.Plain(names, 400))
		}
		said := phrase(t.lang, csrViewedAll, n.Who)
		if len(n.Categories) > 0 {
			said = phrase(t.lang, csrViewed, n.Who, text.Plain(consent.NameCategories(n.Categories, t.lang), 400))
		}
		t.tell(-1, said+kept)
	case notice.Said:
		t.say(t.message(n.Who.String(), n.Text))
		if t.page != nil {
			t.page.saidBy(n.Who.String(), n.Text)
		}
	case notice.RunStarted:
		say(runStarted, n.Who, text.Plain(strings.Join(n.Scripts, ", "), 200))
	case notice.Printed:
		t.printed(n.Step, n.Text)
		if t.page != nil {
			t.page.printed(n.Step, n.Text)
		}
	case notice.RunEnded:
		t.endOutput()
		switch {
		case n.Cancelled > 0 && n.Failed == 0:
			say(runCancelled, n.Who, n.Cancelled, n.Skipped)
		case n.Skipped > 0:
			say(runBrokenOff, n.Who, n.Failed, n.Skipped)
		case n.Failed > 0:
			say(runFailed, n.Who, n.Failed)
		default:
			say(runEnded, n.Who)
		}
		for _, o := range n.Left {
			say(runLeft, text.Plain(o.Name, 100), o.Left(t.lang))
		}
	case notice.FilesStay:
		say(runFilesStay, text.Plain(n.Why, 300))
	case notice.Restarting:
		if n.After > 0 {
			say(restartingSoon, n.Who, text.Span(n.After, t.lang))
		} else {
			say(restarting, n.Who)
		}
		if runtime.GOOS == "darwin" { // each program is asked, and Terminal asks because of us
			say(restartingAsks)
		}
	case notice.LoggedOn:
		say(loggedOn, n.Who, text.Plain(n.User, 60))
	case notice.LoggedOff:
		say(loggedOff, n.Who, text.Plain(n.User, 60))
		if n.Survivors > 0 {
			say(stillRuns, text.Plain(n.User, 60))
		}
		if n.Stays != "" {
			say(filesStay, text.Plain(n.User, 60), text.Plain(n.Stays, 200))
		}
	case notice.NotLoggedOn:
		say(notLoggedOn, text.Plain(n.User, 60))
	case notice.NotRestarting:
		say(notRestarting)
	case notice.NoWayBack:
		if n.Emptied == "" {
			say(noWayBack, n.Who)
		} else {
			say(noWayBackEmptied, n.Who, text.Plain(n.Emptied, 200))
		}
		say(noWayBackHint)
	case notice.HandingOver:
		k := handingOver
		if _, runs := t.left(); runs {
			k = handingOverLeft
		}
		say(k)
	case notice.Decided:
		t.decided(n)
	}
}

// decided says on each screen what was answered on another one.
func (t talk) decided(n notice.Decided) {
	said := n.Question.Said(n.Answer, t.lang)
	if n.Answer.Why == consent.Answered && n.Answer.Via != t.Name() {
		t.say(t.notice(said))
	}
	if t.page != nil {
		t.page.happened(-1, n.Question.Told(t.lang)+" → "+said)
	}
}

// doubtful reports, once, that the address may be mistyped: it has not been reached a
// second time, and never before.
func (t talk) doubtful(n notice.Retrying) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch n.Problem {
	case notice.ProblemName, notice.ProblemRefused, notice.ProblemUnreachable, notice.ProblemTimeout, notice.ProblemBlocked:
	default:
		return false
	}
	if n.Lost || t.away {
		return false
	}
	t.tries++
	return t.tries == 2
}

// back is said once the connection stands.
func (t talk) back(owner consent.Person) {
	t.mu.Lock()
	t.away, t.trouble, t.tries = false, -1, 0
	t.mu.Unlock()
	t.meet(owner)
}

// meet remembers how a CSR is called.
func (s *screen) meet(who consent.Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.people) < mostPeople {
		s.people[who.Account] = who
	}
}

// neverJoined reports whether the relay has let this computer in neither now nor
// before a restart.
func (s *screen) neverJoined() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.away && len(s.people) == 0
}

// named is the CSR with an account, as they were called before.
func (s *screen) named(account string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if who, ok := s.people[account]; ok {
		return who.String()
	}
	return text.Plain(account, 60)
}

// over says why the support session is over, sees to the customer's copy of the
// report, and turns the end into an exit code.
func (p *program) over(ctx context.Context, s *screen, g *customerPage, d *daemon.Daemon, copyTo, stateDir string, err error) error {
	var ended *state.Ended
	var differ *state.WordsDiffer
	var shown error
	var why []string
	say := func(k key, args ...any) {
		sentence := phrase(p.lang, k, args...)
		why = append(why, sentence)
		s.say(s.notice(sentence))
	}
	left, runs := s.left()
	unless := func(k, left key) key {
		if runs {
			return left
		}
		return k
	}
	switch {
	case errors.As(err, &ended):
		if ended.By != "" && ended.By != journal.ByRelay {
			say(unless(endedByCSR, endedByCSRLeft), s.named(ended.By))
		} else {
			say(unless(endedByOther, endedByOtherLeft))
		}
		if reason := text.Plain(whyEnded(ended, p.lang), 200); reason != "" {
			say(endedReason, reason)
		}
	case errors.As(err, &differ):
		say(wordsDiffer)
		say(wordsDifferHint)
		shown = cmdline.Silent(cmdline.ExitAuth)
	case errors.Is(err, state.ErrRestarting):
		g.restarts()
		return nil // what had to be said was said before
	case errors.Is(err, errStopped):
		said := unless(endedByCustomer, endedByCustomerLeft)
		if s.neverJoined() {
			said = endedBefore
		}
		say(said)
		shown = cmdline.Silent(cmdline.ExitInterrupted)
	default:
		shown = p.explain(err)
	}
	if len(left) > 0 {
		s.say(s.notice(phrase(p.lang, notUndone) + "\n- " + strings.Join(left, "\n- ")))
	}
	if d.Kept() {
		switch {
		case d.Unwanted() && shown == nil:
			shown = p.fail(cmdline.ExitNoSession, relayForgotHint, relayForgot)
		case d.Unwanted():
			say(relayForgot)
		case !d.HandedOver():
			say(notHandedOver)
		}
		g.over(why, d.JournalPath())
		if copyTo == "" && stays(d.JournalPath()) && (ended == nil || ctx.Err() == nil) { // a Stop while the rest was handed over is a wish to leave
			copyTo = p.askForCopy(ctx, s)
		}
		shown = cmp.Or(shown, p.offer(s, d.JournalPath(), copyTo, stateDir))
	}
	return shown
}

// whyEnded is the reason for which a support session was ended. A CSR's is in their own
// words; the relay and this program give theirs in English.
func whyEnded(ended *state.Ended, l text.Language) string {
	because := journal.BecauseOf(ended.Reason)
	if ended.By == "" || ended.By == journal.ByRelay || because.CauseCode == journal.CauseWords {
		if said := because.Say(l); said != "" {
			return said
		}
	}
	return ended.Reason
}

// explain says what a customer can do about an error, in their language.
func (p *program) explain(err error) error {
	var refused *link.Refusal
	var failed *link.RelayError
	switch {
	case errors.As(err, &refused):
		return p.refused(refused.Code)
	case errors.As(err, &failed):
		return p.unreached(failed)
	case errors.Is(err, state.ErrWindow):
		return p.fail(cmdline.ExitNoSession, numberHint, awayTooLong)
	case errors.Is(err, state.ErrBusy):
		return p.fail(cmdline.ExitFailed, stateBusyHint, stateBusy)
	case errors.Is(err, state.ErrUnsafe):
		return p.fail(cmdline.ExitFailed, stateUnsafeHint, stateUnsafe, text.Plain(err.Error(), 300))
	case errors.Is(err, state.ErrNothing):
		return p.fail(cmdline.ExitNoSession, nothingSavedHint, nothingSaved)
	case errors.Is(err, local.ErrWrite), diskFailed(err):
		return p.fail(cmdline.ExitFailed, diskUnwritableHint, diskUnwritable)
	}
	return err
}

// refused says why the relay does not take the number.
func (p *program) refused(code wire.Code) error {
	switch code {
	case wire.CodeExpired:
		return p.fail(cmdline.ExitNoSession, p.newNumberHint(), numberExpired)
	case wire.CodeUsed:
		return p.fail(cmdline.ExitNoSession, p.newNumberHint(), numberUsed)
	case wire.CodeEnded:
		return p.fail(cmdline.ExitNoSession, p.newNumberHint(), numberEnded)
	case wire.CodeLimited:
		return p.fail(cmdline.ExitFailed, numberLimitedHint, numberLimited)
	case wire.CodeVersion:
		return p.fail(cmdline.ExitFailed, programTooOldHint, programTooOld)
	}
	return p.fail(cmdline.ExitNoSession, p.newNumberHint(), numberUnknown)
}

// newNumberHint says how to come by another number.
func (p *program) newNumberHint() key {
	if p.byName {
		return namedHint
	}
	return numberHint
}
