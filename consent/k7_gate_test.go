package consent

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// late is a prompter that says yes only when nobody waits for it any more.
type late struct{ asked chan Question }

func (late) Name() string { return "late" }

func (l late) Ask(ctx context.Context, q Question) (Answer, error) {
	l.asked <- q
	<-ctx.Done()
	return Answer{Question: q.ID, Decision: AllowedForSession}, nil
}

// says is a prompter that gives one answer at once.
type says struct {
	name   string
	answer Answer
}

func (s says) Name() string { return s.name }

func (s says) Ask(_ context.Context, q Question) (Answer, error) {
	s.answer.Question = q.ID
	return s.answer, nil
}

// askLater asks in a goroutine of its own.
func askLater(ctx context.Context, g *Gate, q Question) chan Answer {
	got := make(chan Answer, 1)
	go func() { got <- g.Ask(ctx, q) }()
	synctest.Wait()
	return got
}

func asked(account string, kind Kind) Question {
	return Question{Kind: kind, Who: Person{Account: account, Fingerprint: "SHA256:" + account}}
}

// A question that waited behind the one whose answer settles it is never shown.
func TestK7T1_WhatIsSettledWhileItWaitsIsNotAsked(t *testing.T) {
	for _, c := range []struct {
		first, second Answer
	}{
		{Answer{Decision: Blocked}, Answer{Why: BlockedBy}},
		{Answer{Decision: AllowedForSession}, Answer{Decision: AllowedForSession, Why: Granted}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newScreen()
			g := gateWith(t, Options{Prompters: []Prompter{s}})
			first := askLater(t.Context(), g, ask(SysInfo))
			second := askLater(t.Context(), g, ask(SysInfo))
			<-s.shown
			s.answers <- c.first
			if a := <-first; a.Decision != c.first.Decision {
				t.Fatalf("%+v", a)
			}
			if a := <-second; a.Decision != c.second.Decision || a.Why != c.second.Why {
				t.Errorf("after %s: %+v", c.first.Decision, a)
			}
			if len(s.shown) > 0 {
				t.Errorf("after %s the second was shown", c.first.Decision)
			}
		})
	}
}

// Another person sits there: nothing that was said before them counts.
func TestK7T2_ForgetTakesBackGrantsBlocksAndWhatWasAllowedAtTheStart(t *testing.T) {
	s := newScreen()
	g := gateWith(t, Options{Prompters: []Prompter{s}, AtStart: []Kind{CSRJoin}})
	s.answers <- Answer{Decision: AllowedForSession}
	s.answers <- Answer{Decision: Blocked}
	g.Ask(t.Context(), asked("alice", SysInfo))
	g.Ask(t.Context(), asked("bob", SysInfo))
	if !g.Blocks(Person{Account: "bob"}) || g.Blocks(Person{Account: "alice"}) {
		t.Error("not exactly bob is blocked")
	}
	g.Forget()
	if g.Blocks(Person{Account: "bob"}) {
		t.Error("bob is still blocked")
	}
	<-s.shown
	<-s.shown
	for _, q := range []Question{asked("alice", SysInfo), asked("bob", SysInfo), asked("carol", CSRJoin)} {
		s.answers <- Answer{}
		if a := g.Ask(t.Context(), q); a.Why != Answered || len(s.shown) != 1 {
			t.Fatalf("%s of %s is not asked again: %+v", q.Kind, q.Who.Account, a)
		}
		<-s.shown
	}
}

// A yes that comes when the CSR has gone, the customer has pressed Stop or the time
// is over is none, now and later.
func TestK7T2_ALateYesHasNoEffect(t *testing.T) {
	for why, end := range map[Why]func(*Gate, context.CancelFunc){
		Withdrawn: func(_ *Gate, leave context.CancelFunc) { leave() },
		Stopped:   func(g *Gate, _ context.CancelFunc) { g.Stop() },
		TimedOut:  func(*Gate, context.CancelFunc) { <-time.After(AnswerTimeout) },
	} {
		synctest.Test(t, func(t *testing.T) {
			p := late{make(chan Question, 9)}
			var recorded []Answer
			g := gateWith(t, Options{Prompters: []Prompter{p}, Record: func(_ Question, a Answer) error { recorded = append(recorded, a); return nil }})
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			got := askLater(ctx, g, ask(SysInfo))
			<-p.asked
			begun := time.Now()
			end(g, leave)
			if took := time.Since(begun); why != TimedOut && took != 0 {
				t.Errorf("%s took %v", why, took)
			}
			if a := <-got; a.Decision != Denied || a.Why != why {
				t.Errorf("want %s: %+v", why, a)
			}
			if len(recorded) != 1 || recorded[0].Decision != Denied || recorded[0].Why != why {
				t.Errorf("want %s in the journal: %+v", why, recorded)
			}
			if len(g.grants) > 0 {
				t.Errorf("%s: the late yes is remembered", why)
			}
			g.Stop() // ends the prompter
		})
	}
}

// Whoever is gone is told nothing, not even what they may see without a question.
func TestK7T2_NothingIsAllowedToWhoHasGone(t *testing.T) {
	s := newScreen()
	g := gateWith(t, Options{Prompters: []Prompter{s}, AtStart: []Kind{CSRJoin}})
	s.answers <- Answer{Decision: AllowedForSession}
	g.Ask(t.Context(), ask(SysInfo))
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, k := range []Kind{SysInfo, CSRJoin, Script} {
		if a := g.Ask(gone, ask(k)); a.Decision.Allowed() || a.Why != Withdrawn {
			t.Errorf("%s: %+v", k, a)
		}
	}
}

// What is kept back from one look is kept back from every look that its answer
// allows, together with what was kept back at the start and from other looks.
func TestK7T2_WithheldThingsAddUp(t *testing.T) {
	s := newScreen()
	g := gateWith(t, Options{Prompters: []Prompter{s}, Withheld: Withheld{Fields: []string{"serials"}}, AtStart: []Kind{Script}})
	look := ask(SysInfo)
	look.Categories = []string{"os"}
	s.answers <- Answer{Decision: AllowedForSession, Withheld: Withheld{Fields: []string{"addresses"}}}
	g.Ask(t.Context(), look)
	s.answers <- Answer{Decision: AllowedForSession, Withheld: Withheld{Categories: []string{"log"}}}
	g.Ask(t.Context(), ask(SysInfo)) // everything: covers the look too
	a := g.Ask(t.Context(), look)
	if a.Why != Granted || !slices.Equal(a.Withheld.Fields, []string{"addresses", "serials"}) || !slices.Equal(a.Withheld.Categories, []string{"log"}) {
		t.Errorf("%+v", a)
	}
	if a := g.Ask(t.Context(), ask(Script)); len(a.Withheld.Fields) > 0 {
		t.Errorf("a script is allowed without fields: %+v", a)
	}
	s.answers <- Answer{}
	other := ask(SysInfo)
	other.Who.Fingerprint = "SHA256:b"
	if a := g.Ask(t.Context(), other); len(a.Withheld.Fields) > 0 {
		t.Errorf("a No keeps fields back: %+v", a)
	}
}

// The journal has the same question and answer as who asked, with one number for
// both, and a grant does not grow with its use.
func TestTheJournalHasWhatWasAnswered(t *testing.T) {
	type pair struct {
		q Question
		a Answer
	}
	var recorded []pair
	s := newScreen()
	g := gateWith(t, Options{Prompters: []Prompter{s}, Record: func(q Question, a Answer) error { recorded = append(recorded, pair{q, a}); return nil }})
	s.answers <- Answer{Decision: AllowedForSession}
	for i := range 3 {
		a := g.Ask(t.Context(), ask(SysInfo))
		want := recorded[i]
		if a.Question != uint64(i+1) || want.q.ID != a.Question || want.a.Question != a.Question || want.a.Decision != a.Decision || want.a.Why != a.Why || want.q.Kind != SysInfo {
			t.Errorf("asked %+v, the journal has %+v", a, want)
		}
	}
	if len(g.grants) != 1 {
		t.Errorf("one yes became %d", len(g.grants))
	}
}

// What is granted is answered at once, also while another question stands there.
func TestWhatIsGrantedDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen()
		g := gateWith(t, Options{Prompters: []Prompter{s}, AtStart: []Kind{SysInfo}})
		open := askLater(t.Context(), g, ask(Script))
		granted := askLater(t.Context(), g, ask(SysInfo))
		if len(granted) != 1 || len(open) != 0 {
			t.Errorf("%d and %d answers", len(granted), len(open))
		}
		begun := time.Now()
		g.Stop()
		if a := <-open; a.Why != Stopped || time.Since(begun) != 0 {
			t.Errorf("%+v after %v", a, time.Since(begun))
		}
	})
}

// Nothing is remembered of a yes during which the customer pressed Stop.
func TestC14_StopWhileAYesIsRecorded(t *testing.T) {
	s := newScreen()
	var g *Gate
	g = gateWith(t, Options{Prompters: []Prompter{s}, Record: func(Question, Answer) error { g.Stop(); return nil }})
	s.answers <- Answer{Decision: AllowedForSession}
	g.Ask(t.Context(), ask(SysInfo))
	if len(g.grants) != 0 {
		t.Error("it is remembered")
	}
}

// The limits that the README names.
func TestLimitsAreThoseOfTheReadme(t *testing.T) {
	if AnswerTimeout != time.Minute || MaxWaiting != 8 || MaxAskedPerMinute != 10 || Pause != 2*time.Second {
		t.Error("a limit is another one")
	}
}

// A script has the same sum whatever its files are called and in whatever order they
// come, and another one with other bytes.
func TestTheSumOfAScript(t *testing.T) {
	sum := func(executable string, with ...string) string {
		p := Program{File: File{Name: executable + ".sh", SHA256: executable}}
		for _, w := range with {
			p.With = append(p.With, File{Name: w, SHA256: w})
		}
		return p.Sum()
	}
	if sum("a", "b", "c") != sum("a", "c", "b") || len(sum("a")) != 64 {
		t.Error("the order counts")
	}
	for _, other := range []string{sum("b", "a", "c"), sum("a", "b"), sum("a", "b", "d"), sum("a")} {
		if other == sum("a", "b", "c") {
			t.Error("another script has the same sum")
		}
	}
}

// A No that cannot be recorded stays the No that it was, with its reason.
func TestANoThatCannotBeRecordedKeepsItsReason(t *testing.T) {
	g := gateWith(t, Options{Record: func(Question, Answer) error { return errors.New("disk full") }})
	if a := g.Ask(t.Context(), ask(Script)); a.Why != Nobody {
		t.Errorf("%+v", a)
	}
}

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
