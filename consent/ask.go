package consent

import (
	"context"
	"errors"
	"time"
)

// Here the customer is asked: [Gate.Ask] is how every question comes, and [Gate.show] puts
// it on the screen.

// Ask returns the customer's answer to q. It blocks until there is one, at most
// as long as the questions before it and [AnswerTimeout] take. When ctx ends
// first the question is withdrawn, and a late yes has no effect. The answer is in the
// journal before Ask returns, but for refusals without a question beyond
// [MaxAskedPerMinute]: a blocked CSR must not fill the customer's disk.
func (g *Gate) Ask(ctx context.Context, q Question) Answer {
	g.mu.Lock()
	g.last++
	q.ID = g.last
	people := g.people
	g.mu.Unlock()

	a, done := g.decide(ctx, q)
	defer done() // the next question comes when this answer is remembered
	a.Question = q.ID
	if a.Decision.Allowed() && q.Kind == SysInfo {
		a.Withheld = a.Withheld.Union(g.opts.Withheld)
	}
	if ctx.Err() != nil || g.stop.Err() != nil || !g.arePeople(people) {
		a = Answer{Question: q.ID, Why: g.whyEnded()}
	}
	if (a.Why == BlockedBy || a.Why == Flooded) && g.tooOften(g.unasked, q.Who.Account) {
		return a
	}
	if err := g.opts.Record(q, a); err != nil && a.Decision.Allowed() {
		return Answer{Question: q.ID, Why: Unwritten}
	}
	if !g.remember(q, a, people) && a.Decision.Allowed() {
		return Answer{Question: q.ID, Why: Withdrawn} // it was written down, and nothing is done
	}
	return a
}

// decide finds an answer. done gives back what it holds, e.g. the screen.
func (g *Gate) decide(ctx context.Context, q Question) (a Answer, done func()) {
	if a, ok := g.known(q); ok {
		return a, func() {}
	}
	if !g.enterQueue(q.Who.Account) {
		return Answer{Why: Flooded}, func() {}
	}
	select {
	case <-g.turn:
	case <-ctx.Done():
		g.leaveQueue(q.Who.Account)
		return Answer{Why: Withdrawn}, func() {}
	case <-g.stop.Done():
		g.leaveQueue(q.Who.Account)
		return Answer{Why: Stopped}, func() {}
	}
	a = g.decideOnScreen(ctx, q)
	g.leaveQueue(q.Who.Account)
	return a, func() { g.turn <- struct{}{} }
}

// decideOnScreen is decide for whoever has the turn.
func (g *Gate) decideOnScreen(ctx context.Context, q Question) Answer {
	// What was answered while this question waited may have settled it.
	if a, ok := g.known(q); ok {
		return a
	}
	if g.tooOften(g.asked, q.Who.Account) {
		return Answer{Why: Flooded}
	}
	if !g.rest(ctx) {
		return Answer{Why: g.whyEnded()}
	}
	a := g.show(ctx, q)
	if a.Why != Answered && a.Why != Unclear && a.Why != Unwritten {
		g.calm = time.Now().Add(Pause)
	}
	return a
}

// show puts q on every prompter and returns the first answer that is bound to
// it. It waits for all prompters to return, so that two questions never share a screen.
func (g *Gate) show(ctx context.Context, q Question) Answer {
	if len(g.opts.Prompters) == 0 {
		return Answer{Why: Nobody}
	}
	q.Expires = time.Now().Add(AnswerTimeout)
	if g.opts.Begun != nil && g.opts.Begun(q) != nil {
		return Answer{Why: Unwritten}
	}
	g.setShown(&q)
	defer g.setShown(nil)
	asking, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(g.stop, func() { cancel(nil) })()
	asking, release := context.WithDeadline(asking, q.Expires)
	defer release()

	type result struct {
		answer Answer
		err    error
	}
	results := make(chan result, len(g.opts.Prompters))
	for _, p := range g.opts.Prompters {
		go func() {
			r := result{err: errPrompter}
			defer func() {
				if recover() != nil {
					r = result{err: errPrompter}
				}
				results <- r
			}()
			r.answer, r.err = p.Ask(asking, q)
			r.answer.Via = p.Name()
		}()
	}
	final := Answer{Why: Nobody}
	for range g.opts.Prompters {
		r := <-results
		switch {
		case final.Why == Answered, final.Why == Unclear:
		case r.err == nil && r.answer.Question == q.ID && asking.Err() == nil:
			final = r.answer
			if final.Why != Unclear || final.Decision.Allowed() {
				final.Why = Answered
			}
			if q.Kind.EveryTime() && final.Decision == AllowedForSession {
				final.Decision = AllowedOnce
			}
			if q.Kind == Words && final.Decision.Allowed() && (final.Picked < 1 || final.Picked > len(q.Choices)) {
				final = Answer{Why: Answered, Via: final.Via} // a yes to none of them is none
			}
			cancel(ErrElsewhere)
		case errors.Is(r.err, ErrLocked):
			if final.Why == Nobody {
				final = Answer{Why: Locked}
			}
		case !errors.Is(r.err, ErrNobody):
			final = Answer{Why: TimedOut}
		}
	}
	return final
}

func (g *Gate) setShown(q *Question) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shown = q
}

// errPrompter stands for a prompter that panicked: no answer.
var errPrompter = errors.New("the prompter broke off")

// rest waits until a customer who was just answering a question that vanished
// has noticed that it did. It reports false when there is nothing to ask any more.
func (g *Gate) rest(ctx context.Context) bool {
	timer := time.NewTimer(time.Until(g.calm))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-g.stop.Done():
	}
	return false
}

func (g *Gate) whyEnded() Why {
	if g.stop.Err() != nil {
		return Stopped
	}
	return Withdrawn
}
