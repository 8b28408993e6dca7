package page

import (
	"context"
	"errors"
	"slices"
	"time"

	"supportd/consent"
)

// steady is how long a button has to be visible and unmoved before it counts, and how
// long ago the question must have been sent: nobody reads one faster, and what was
// pressed for something else comes sooner.
const steady = 500 * time.Millisecond

// asked is the question that stands.
type asked struct {
	q     consent.Question
	view  *questionView
	given chan given
	over  chan struct{} // closed when it does not stand any more
	shown bool          // a tab has it
}

// given is an answer from a tab; taken tells the tab that it counts.
type given struct {
	answer consent.Answer
	taken  chan<- struct{}
}

// closed is a question that does not stand any more: Said says how it went, where that
// is known here.
type closed struct {
	ID   uint64 `json:"id"`
	Said string `json:"said"`
}

// Name implements [consent.Prompter].
func (s *Server) Name() string { return "page" }

// Ask implements [consent.Prompter]. It shows the question on every page that is open
// or comes to be open, until one of them answers or ctx is done. Where no page has shown
// it, the error is [consent.ErrNobody].
func (s *Server) Ask(ctx context.Context, q consent.Question) (consent.Answer, error) {
	h := &s.hub
	h.mu.Lock()
	if h.asked != nil {
		h.mu.Unlock()
		return consent.Answer{}, errors.New("page: another question stands")
	}
	l := h.state.Language
	if deadline, ok := ctx.Deadline(); ok && q.Expires.IsZero() {
		q.Expires = deadline
	}
	a := &asked{q: q, view: viewOf(q, l), given: make(chan given), over: make(chan struct{})}
	h.asked, h.closed = a, nil
	h.turns++
	h.wakeLocked()
	h.mu.Unlock()

	answer, err, said := consent.Answer{}, error(nil), ""
	select {
	case g := <-a.given:
		close(g.taken)
		answer, said = g.answer, q.Said(g.answer, l)
	case <-ctx.Done():
		err = context.Cause(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			said = consent.Answer{Why: consent.TimedOut}.Said(l)
		}
	case <-s.ending.Done():
		err = consent.ErrNobody
	}

	h.mu.Lock()
	defer h.mu.Unlock()
	close(a.over)
	if err != nil && !a.shown {
		err = consent.ErrNobody
	}
	h.asked, h.closed = nil, &closed{q.ID, said}
	h.turns++
	h.wakeLocked()
	return answer, err
}

// Why an answer, or anything else that was pressed, does not count: the page has a text
// for each.
const (
	whyClosed  = "closed"  // the question does not stand any more
	whyEarly   = "early"   // nobody can have read it
	whyRun     = "run"     // a script runs, and may have pressed the button
	whyHurried = "hurried" // the tab was opened while one ran
	whyNothing = "nothing" // all that is asked for would be withheld
)

// reply is what a tab says to a question. Steady is how long the button was visible and
// unmoved, in milliseconds.
type reply struct {
	ID       uint64           `json:"id"`
	Decision string           `json:"decision"`
	Withheld consent.Withheld `json:"withheld"`
	Picked   int              `json:"picked"` // see [consent.Answer]
	Steady   int64            `json:"steady"`
}

// answer takes a reply: it returns why it does not count, or "" when it is the answer.
// sound is false for one that the page cannot have sent.
func (s *Server) answer(ctx context.Context, t *tab, r reply) (why string, sound bool) {
	decision, ok := decisionOf(r.Decision)
	if !ok {
		return "", false
	}
	s.hub.mu.Lock()
	a := s.hub.asked
	if a == nil || a.q.ID != r.ID || t.question != r.ID {
		s.hub.mu.Unlock()
		return whyClosed, true
	}
	why, sound = s.hub.mayAnswerLocked(t, a.q, decision, r)
	s.hub.mu.Unlock()
	if why != "" || !sound {
		return why, sound
	}
	taken := make(chan struct{})
	answer := consent.Answer{Question: r.ID, Decision: decision, Why: consent.Answered, Picked: r.Picked}
	if decision.Allowed() {
		answer.Withheld = r.Withheld
	}
	select {
	case a.given <- given{answer, taken}:
		<-taken // at once
		return "", true
	case <-a.over:
	case <-ctx.Done():
	}
	return whyClosed, true
}

// mayAnswerLocked is why a tab may not answer so.
func (h *hub) mayAnswerLocked(t *tab, q consent.Question, d consent.Decision, r reply) (why string, sound bool) {
	least, most := 0, 0 // of what may be picked
	switch {
	case q.Kind == consent.Words && d.Allowed():
		least, most = 1, len(q.Choices)
	case q.Kind == consent.Words:
		least = consent.NoneOfThese
	}
	switch {
	case r.Picked < least || r.Picked > most:
		return "", false
	case r.Steady < steady.Milliseconds(), time.Since(t.asked) < steady:
		return whyEarly, true
	case t.out:
		return whyClosed, true
	case !d.Allowed():
		return "", true
	case t.hurried:
		return whyHurried, true
	case h.state.Run != nil:
		return whyRun, true
	case d == consent.AllowedForSession && q.Kind.EveryTime():
		return "", false
	}
	return withholdable(q, r.Withheld)
}

// withholdable reports whether a question has what is withheld, and something is left.
func withholdable(q consent.Question, w consent.Withheld) (why string, sound bool) {
	if len(w.Categories)+len(w.Fields) == 0 {
		return "", true
	}
	topics := q.Categories
	if len(topics) == 0 {
		topics = consent.Categories()
	}
	unknown := func(list, known []string) bool {
		return slices.ContainsFunc(list, func(id string) bool { return !slices.Contains(known, id) })
	}
	if q.Kind != consent.SysInfo || unknown(w.Categories, topics) || unknown(w.Fields, consent.Fields()) {
		return "", false
	}
	if !unknown(topics, w.Categories) {
		return whyNothing, true
	}
	return "", true
}

// decisionOf reads a decision; what is none is not taken for a No either.
func decisionOf(word string) (consent.Decision, bool) {
	for _, d := range []consent.Decision{consent.Denied, consent.AllowedOnce, consent.AllowedForSession, consent.Blocked} {
		if word == d.String() {
			return d, true
		}
	}
	return consent.Denied, false
}
