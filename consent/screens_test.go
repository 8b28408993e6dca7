package consent

import (
	"context"
	"errors"
	"testing"
)

// surface is a prompter of tests; ask is its Ask.
type surface struct {
	name string
	ask  func(context.Context, Question) (Answer, error)
}

// Name implements [Prompter].
func (s surface) Name() string { return s.name }

// Ask implements [Prompter].
func (s surface) Ask(ctx context.Context, q Question) (Answer, error) { return s.ask(ctx, q) }

func locked(context.Context, Question) (Answer, error) { return Answer{}, ErrLocked }

// Y13: behind a locked screen nobody is asked, and the answer says so at once; another
// screen is asked all the same.
func TestY13_ALockedScreenIsSaid(t *testing.T) {
	record := func(Question, Answer) error { return nil }
	g := gateWith(t, Options{Record: record, Prompters: []Prompter{surface{"page", locked}, surface{"box", locked}}})
	if a := g.Ask(t.Context(), ask(SysInfo)); a.Decision.Allowed() || a.Why != Locked {
		t.Errorf("%+v", a)
	}
	yes := func(_ context.Context, q Question) (Answer, error) {
		return Answer{Question: q.ID, Decision: AllowedOnce}, nil
	}
	g = gateWith(t, Options{Record: record, Prompters: []Prompter{surface{"page", locked}, surface{"terminal", yes}}})
	if a := g.Ask(t.Context(), ask(SysInfo)); a.Decision != AllowedOnce || a.Via != "terminal" {
		t.Errorf("%+v", a)
	}
}

// Y7: when one screen has the answer, the others learn that it was given elsewhere.
func TestY7_TheOtherScreensLearnWhy(t *testing.T) {
	why := make(chan error, 1)
	waits := func(ctx context.Context, _ Question) (Answer, error) {
		<-ctx.Done()
		why <- context.Cause(ctx)
		return Answer{}, ctx.Err()
	}
	no := func(_ context.Context, q Question) (Answer, error) { return Answer{Question: q.ID}, nil }
	g := gateWith(t, Options{Record: func(Question, Answer) error { return nil }, Prompters: []Prompter{surface{"terminal", waits}, surface{"page", no}}})
	if a := g.Ask(t.Context(), ask(SysInfo)); a.Via != "page" || a.Why != Answered {
		t.Errorf("%+v", a)
	}
	if err := <-why; !errors.Is(err, ErrElsewhere) {
		t.Error(err)
	}
}
