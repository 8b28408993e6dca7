package consent

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// reader is a screen on which the question can be read after a while, if it is not answered
// before.
type reader struct {
	*screen
	after time.Duration
}

func (r reader) Ask(ctx context.Context, q Question) (Answer, error) {
	defer time.AfterFunc(r.after, q.Shown).Stop()
	return r.screen.Ask(ctx, q)
}

// That a question begins is written down before it is shown, with its end; that it stands
// is known as long as it does; and whoever asks hears when it can be read.
func TestK6V1_TheBeginningIsWrittenFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		var begun []Question
		g := gateWith(t, Options{Prompters: []Prompter{reader{s, time.Second}}, AtStart: []Kind{SysInfo}, Begun: func(q Question) error {
			if len(s.shown) > 0 {
				t.Error("it is shown already")
			}
			begun = append(begun, q)
			return nil
		}})
		if g.Ask(t.Context(), ask(SysInfo)); len(begun) > 0 {
			t.Error("what is allowed already begins no question")
		}
		done := make(chan Answer)
		var shown atomic.Int32
		go func() { done <- g.Ask(t.Context(), ask(Script).TellShown(func() { shown.Add(1) })) }()
		synctest.Wait()
		q, stands := g.Standing()
		if len(begun) != 1 || begun[0].Kind != Script || !begun[0].Expires.Equal(time.Now().Add(AnswerTimeout)) || !stands || q.ID != begun[0].ID || shown.Load() != 0 {
			t.Errorf("%+v, %v, %d", begun, stands, shown.Load())
		}
		time.Sleep(2 * time.Second)
		s.answers <- Answer{Decision: AllowedOnce}
		if a := <-done; !a.Decision.Allowed() || shown.Load() != 1 {
			t.Errorf("%+v, %d", a, shown.Load())
		}
		if _, stands := g.Standing(); stands {
			t.Error("it stands when it is answered")
		}
	})
}

// A question that cannot be written down is not shown, and a No.
func TestK6V1_WhatCannotBeWrittenIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}, Begun: func(Question) error { return errors.New("disk full") }})
		s.answers <- Answer{Decision: AllowedForSession}
		if a := g.Ask(t.Context(), ask(Script)); a.Decision != Denied || a.Why != Unwritten || len(s.shown) > 0 {
			t.Errorf("%+v", a)
		}
		if _, stands := g.Standing(); stands {
			t.Error("it stands")
		}
	})
}
