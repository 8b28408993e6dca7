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

// Somebody else has come to the screen while the yes was on its way: the journal has no yes.
func TestK7T2_AYesOfWhoHasGoneIsNotWritten(t *testing.T) {
	s := newScreen()
	var recorded []Answer
	g := gateWith(t, Options{Record: func(_ Question, a Answer) error { recorded = append(recorded, a); return nil }})
	g.opts.Prompters = []Prompter{forgetting{s, g}}
	s.answers <- Answer{Decision: AllowedForSession}
	if a := g.Ask(t.Context(), ask(SysInfo)); a.Decision.Allowed() || a.Why != Withdrawn {
		t.Errorf("%+v", a)
	}
	if len(recorded) != 1 || recorded[0].Decision.Allowed() || recorded[0].Why != Withdrawn || len(g.Allowed()) > 0 {
		t.Errorf("%+v, %v", recorded, g.Allowed())
	}
}

// forgetting is a screen at which somebody else sits down as soon as there is an answer.
type forgetting struct {
	*screen
	gate *Gate
}

func (f forgetting) Ask(ctx context.Context, q Question) (Answer, error) {
	defer f.gate.Forget()
	return f.screen.Ask(ctx, q)
}

// A decision is the same when it is read again, and a word that is none is No.
func TestDecisionsAsWords(t *testing.T) {
	for want, word := range map[Decision]string{Denied: "denied", AllowedOnce: "allowed-once", AllowedForSession: "allowed-for-session", Blocked: "blocked"} {
		var got Decision
		if said, err := want.MarshalText(); string(said) != word || err != nil {
			t.Errorf("%q, %v", said, err)
		}
		if err := got.UnmarshalText([]byte(word)); got != want || err != nil {
			t.Errorf("%q: %v, %v", word, got, err)
		}
	}
	got := AllowedOnce
	if err := got.UnmarshalText([]byte("allowed")); got != Denied || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// What two looks keep back is kept back once, in order.
func TestUnion(t *testing.T) {
	a, b := Withheld{Categories: []string{"os"}, Fields: []string{"serials", "addresses"}}, Withheld{Categories: []string{"log", "os"}, Fields: []string{"serials"}}
	if u := a.Union(b); !slices.Equal(u.Categories, []string{"log", "os"}) || !slices.Equal(u.Fields, []string{"addresses", "serials"}) {
		t.Errorf("%+v", u)
	}
	if a.Fields[0] != "serials" {
		t.Error("what came in is changed")
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

// The limits that SECURITY.md names.
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
