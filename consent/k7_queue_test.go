package consent

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// The limit is per CSR, and a minute long.
func TestC6_AFloodIsTheFloodersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		for range MaxAskedPerMinute {
			s.answers <- Answer{}
			g.Ask(t.Context(), asked("alice", Script))
		}
		s.answers <- Answer{}
		if a := g.Ask(t.Context(), asked("bob", Script)); a.Why != Answered {
			t.Errorf("bob: %+v", a)
		}
		time.Sleep(time.Minute - time.Nanosecond)
		if a := g.Ask(t.Context(), asked("alice", Script)); a.Why != Flooded {
			t.Errorf("alice, within the minute: %+v", a)
		}
		time.Sleep(time.Nanosecond)
		s.answers <- Answer{}
		if a := g.Ask(t.Context(), asked("alice", Script)); a.Why != Answered {
			t.Errorf("alice, after the minute: %+v", a)
		}
	})
}

// As many as may wait do wait, and a place that gets free can be taken.
func TestC6_APlaceInTheQueueIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		leaving, leave := context.WithCancel(t.Context())
		var waiting []chan Answer
		for i := range MaxWaiting {
			ctx := t.Context()
			if i == MaxWaiting-1 {
				ctx = leaving
			}
			waiting = append(waiting, askLater(ctx, g, asked(string(rune('a'+i)), Script)))
		}
		if a := <-askLater(t.Context(), g, asked("late", Script)); a.Why != Flooded {
			t.Errorf("one more than may wait: %+v", a)
		}
		leave()
		if a := <-waiting[MaxWaiting-1]; a.Why != Withdrawn {
			t.Errorf("who left the queue: %+v", a)
		}
		again := askLater(t.Context(), g, asked("late", Script))
		g.Stop()
		if a := <-again; a.Why != Stopped {
			t.Errorf("there was no place although one got free: %+v", a)
		}
		for _, w := range waiting[:MaxWaiting-1] {
			if a := <-w; a.Why != Stopped {
				t.Errorf("%+v", a)
			}
		}
	})
}

// There is a pause only after a question that vanished, and who leaves or stops
// during the pause is not shown anything.
func TestC3_ThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		for _, a := range []Answer{{}, {Why: Unclear}, {Decision: AllowedOnce}} {
			begun := time.Now()
			s.answers <- a
			g.Ask(t.Context(), ask(Script))
			if took := time.Since(begun); took != 0 {
				t.Errorf("a question after one that was answered waits for %v", took)
			}
			<-s.shown
		}
		if a := g.Ask(t.Context(), ask(Script)); a.Why != TimedOut {
			t.Fatalf("%+v", a)
		}
		<-s.shown
		leaving, leave := context.WithCancel(t.Context())
		leaver := askLater(leaving, g, ask(Script))
		leave()
		if a := <-leaver; a.Why != Withdrawn {
			t.Errorf("%+v", a)
		}
		stopped := askLater(t.Context(), g, ask(Script))
		g.Stop()
		if a := <-stopped; a.Why != Stopped {
			t.Errorf("%+v", a)
		}
		if len(s.shown) > 0 {
			t.Error("a question was shown in the pause")
		}
	})
}

// A question that could not be written down was on no screen: the next one need not wait.
func TestC3_NoPauseAfterWhatWasNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		full := errors.New("disk full")
		g := gateWith(t, Options{Prompters: []Prompter{s}, Begun: func(Question) error { return full }})
		if a := g.Ask(t.Context(), ask(Script)); a.Why != Unwritten {
			t.Fatalf("%+v", a)
		}
		full = nil
		begun := time.Now()
		s.answers <- Answer{}
		if a := g.Ask(t.Context(), ask(Script)); a.Why != Answered || time.Since(begun) != 0 {
			t.Errorf("%+v after %v", a, time.Since(begun))
		}
	})
}

// Nothing begins where there is no screen.
func TestNothingBeginsWithoutAScreen(t *testing.T) {
	g := gateWith(t, Options{Begun: func(Question) error { t.Error("it begins"); return nil }})
	if a := g.Ask(t.Context(), ask(Script)); a.Why != Nobody {
		t.Errorf("%+v", a)
	}
	if len(g.waiting) > 0 {
		t.Errorf("nobody waits any more, and %v is kept", g.waiting)
	}
}

// What is refused as a flood is written down ten times in a minute, and no more.
func TestC6_AFloodDoesNotFillTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		recorded := map[Why]int{}
		g := gateWith(t, Options{Prompters: []Prompter{s}, Record: func(_ Question, a Answer) error { recorded[a.Why]++; return nil }})
		for range 40 {
			s.answers <- Answer{}
			g.Ask(t.Context(), ask(Script))
		}
		if recorded[Answered] != 10 || recorded[Flooded] != 10 {
			t.Errorf("%v", recorded)
		}
	})
}

// The first answer wins: what another screen says then changes nothing.
func TestC5_TheFirstAnswerWins(t *testing.T) {
	for _, first := range []Answer{{}, {Decision: AllowedOnce}, {Decision: Blocked}, {Why: Unclear}} {
		p := late{make(chan Question, 2)}
		g := gateWith(t, Options{Prompters: []Prompter{p, says{"page", first}, p}})
		a := g.Ask(t.Context(), ask(Script))
		want := first.Why
		if want == "" {
			want = Answered
		}
		if a.Decision != first.Decision || a.Why != want || a.Via != "page" {
			t.Errorf("after %+v: %+v", first, a)
		}
	}
}

// An answer that was not understood is a No; a yes is an answer, whatever else is
// said of it.
func TestAYesIsAnAnswer(t *testing.T) {
	g := gateWith(t, Options{Prompters: []Prompter{says{"page", Answer{Decision: AllowedOnce, Why: Unclear}}}})
	if a := g.Ask(t.Context(), ask(Script)); a.Decision != AllowedOnce || a.Why != Answered {
		t.Errorf("%+v", a)
	}
}

// The customer sees how long they have.
func TestAQuestionSaysWhenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}})
		s.answers <- Answer{}
		g.Ask(t.Context(), ask(Script))
		if q := <-s.shown; q.Expires != time.Now().Add(60*time.Second) {
			t.Errorf("it ends %v from now", time.Until(q.Expires))
		}
	})
}

// A screen that breaks off was there: the customer had their time. Where nobody is
// at any screen, that is said.
func TestWhyThereIsNoAnswer(t *testing.T) {
	for _, c := range []struct {
		prompters []Prompter
		why       Why
	}{
		{[]Prompter{failing{ErrNobody}}, Nobody},
		{[]Prompter{failing{ErrNobody}, failing{errors.New("closed")}}, TimedOut},
		{[]Prompter{failing{errors.New("closed")}, failing{ErrNobody}}, TimedOut},
		{[]Prompter{failing{}}, TimedOut},
	} {
		if a := gateWith(t, Options{Prompters: c.prompters}).Ask(t.Context(), ask(Script)); a.Why != c.why {
			t.Errorf("want %s: %+v", c.why, a)
		}
	}
}

// After Stop nothing appears any more, not even for a moment.
func TestC14_NothingIsShownAfterStop(t *testing.T) {
	s := newScreen()
	g := gateWith(t, Options{Prompters: []Prompter{s}, AtStart: []Kind{CSRJoin}})
	g.Stop()
	for i := range 50 {
		for _, k := range Kinds() {
			if a := g.Ask(t.Context(), asked(string(rune('a'+i)), k)); a.Decision.Allowed() || a.Why != Stopped {
				t.Fatalf("%+v", a)
			}
		}
	}
	if len(s.shown) > 0 {
		t.Errorf("%d questions were shown", len(s.shown))
	}
}
