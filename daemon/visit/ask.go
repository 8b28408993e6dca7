package visit

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/transcript"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/panics"
	"supportd/library/text"
)

// waitingAfter is how long a CSR waits for an answer without being told so.
const waitingAfter = 700 * time.Millisecond

// askCustomer asks the gate and turns a No into an error that says why.
func (v *visit) askCustomer(ctx context.Context, q consent.Question) (consent.Answer, error) {
	q.Who, q.Compared = v.who, v.server.comparedWith(v.who)
	shown, answered := make(chan struct{}), make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		defer panics.Keep(v.server.Log, "telling a CSR how a question goes", func() {})
		v.tellWaiting(shown, answered)
	})
	a := v.server.gate.Ask(ctx, q.TellShown(sync.OnceFunc(func() { close(shown) })))
	close(answered)
	telling.Wait()
	v.server.UI.Notify(notice.Decided{Question: q, Answer: a})
	if !a.Decision.Allowed() {
		return a, v.denied(a)
	}
	if a.Why == consent.Answered && q.Kind != consent.Words { // what was allowed before needs no words
		v.tell("%s", transcript.Answer(v.speaker, a))
	}
	return a, v.stillHere()
}

// tellWaiting tells a CSR that the customer's screen shows their question, or that it
// does not yet, until it is answered. Who gets an answer at once need not read that there
// is a question; and where nobody is asked, only a slow disk is waited for.
func (v *visit) tellWaiting(shown, answered <-chan struct{}) {
	timer := time.NewTimer(waitingAfter)
	defer timer.Stop()
	atMost := text.Later("waiting for the customer's answer, at most %.0f s …", consent.AnswerTimeout.Seconds())
	told := false
	select {
	case <-shown:
	case <-answered:
	case <-timer.C:
		if v.server.gate.Waits(v.who.Account) {
			v.tell("%s", atMost)
		}
		told = true
		select {
		case <-shown:
		case <-answered:
		}
	}
	select {
	case <-shown:
		if told {
			v.tell("the customer's screen shows it")
		} else {
			v.tell("the customer's screen shows it; %s", atMost)
		}
	default:
	}
}

// tell tells the CSR what goes on, on standard error.
func (v *visit) tell(format string, args ...any) {
	_, _ = fmt.Fprintln(v.channel.Stderr(), v.speaker.Say(format, args...))
}

// askWhileNothingRuns is askCustomer for what a script must not answer: scripts run as the
// customer, and could type or click for them. what names it for other CSRs.
func (v *visit) askWhileNothingRuns(ctx context.Context, q consent.Question, what string) error {
	giveBack, err := v.server.runs.claim(v.who, what)
	if err != nil {
		return err
	}
	defer giveBack()
	_, err = v.askCustomer(ctx, q)
	return err
}

// denied says in product words why the gate said no.
func (v *visit) denied(a consent.Answer) error {
	deny := func(hint, format string, args ...any) error {
		return cmdline.Fail(cmdline.ExitDenied, hint, format, args...)
	}
	if v.server.Session.Over().Err() != nil {
		return v.server.overError()
	}
	switch a.Why {
	case consent.Answered:
		if a.Decision == consent.Blocked {
			return deny("", "the customer said no, and wants no more questions or messages from you")
		}
		return deny("explain on the phone what it is for, then ask again", "the customer said no")
	case consent.Unclear:
		return deny("tell them to type one of the words that stand there, then ask again", "the customer typed something else than an answer, which counts as no")
	case consent.TimedOut:
		return deny("make sure that they look at the screen, then ask again", "the customer did not answer within %.0f s", consent.AnswerTimeout.Seconds())
	case consent.Withdrawn:
		return deny("", "the question was withdrawn before the customer answered")
	case consent.Nobody:
		return deny("", "no one is at the screen of %s, so nobody could be asked", text.Plain(v.server.Session.Computer.Host, 60))
	case consent.Locked:
		return deny("ask them to unlock it, then ask again", "the customer's screen is locked, so nobody could be asked")
	case consent.Flooded:
		return deny("wait a minute", "too many questions at once: the customer was not asked")
	case consent.BlockedBy:
		return deny("", "the customer wants no more questions from you")
	case consent.Unwritten:
		return cmdline.Fail(cmdline.ExitFailed, "the customer's disk may be full", "the journal could not be written, so nothing was done")
	}
	return deny("", "the customer has not allowed it")
}

// recordQuestion and recordAnswer are the gate's journal.
func (s *Server) recordQuestion(q consent.Question) error {
	return s.Journal.Append(q.Who.Account, journal.ConsentAsk{Question: q.ID, Asked: q.Kind, Who: q.Who, Expires: q.Expires.UTC()})
}

func (s *Server) recordAnswer(q consent.Question, a consent.Answer) error {
	return s.Journal.Append(q.Who.Account, journal.ConsentAnswer{Question: q, Answer: a})
}

// granted is something that the customer has allowed until the support session
// ends.
type granted struct {
	Kind consent.Kind `json:"kind"`
	What []string     `json:"what"`         // scripts or categories; empty is all of them
	As   string       `json:"as,omitempty"` // the user who was logged on for it
}

func grantOf(q consent.Question) granted {
	g := granted{Kind: q.Kind, What: append([]string{}, q.Categories...), As: q.As}
	for _, p := range q.Programs {
		g.What = append(g.What, p.Name)
	}
	return g
}

// In is how "status" shows it.
func (g granted) In(s *text.Speaker) string {
	said := string(g.Kind)
	if len(g.What) > 0 {
		said = s.Say("%s of %s", said, text.Plain(strings.Join(g.What, ", "), 200))
	}
	if g.As != "" {
		said = s.Say("%s as %s", said, text.Plain(g.As, 60))
	}
	return said
}
