package consent

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"supportd/library/text"
)

// Other people come to the screen while an answer is on its way or is being written
// down: what the ones before said binds nobody, whether a yes for the session, a block,
// or what had been allowed already.
func TestK1P32_AnAnswerBindsOnlyThosePeopleWhoGaveIt(t *testing.T) {
	for name, when := range map[string]struct{ answering, writing bool }{
		"while they answer": {answering: true}, "while it is written": {writing: true}, "nobody else comes": {},
	} {
		for _, decision := range []Decision{AllowedForSession, AllowedOnce, Blocked} {
			t.Run(name+" "+string(decision), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newScreen()
					var g *Gate
					g = gateWith(t, Options{Prompters: []Prompter{s}, Record: func(Question, Answer) error {
						if when.writing {
							g.Forget()
						}
						return nil
					}})
					got := make(chan Answer)
					go func() { got <- g.Ask(t.Context(), ask(SysInfo)) }()
					<-s.shown
					if when.answering {
						g.Forget()
					}
					s.answers <- Answer{Decision: decision}
					a := <-got
					others := when.answering || when.writing
					if others == a.Decision.Allowed() && decision != Blocked {
						t.Errorf("%+v", a)
					}
					_, known := g.known(ask(SysInfo))
					if want := !others && decision != AllowedOnce; known != want {
						t.Errorf("known: %v", known)
					}
					if want := !others && decision == AllowedForSession; (len(g.Granted(ask(SysInfo).Who)) == 1) != want {
						t.Errorf("granted: %+v", g.Granted(ask(SysInfo).Who))
					}
				})
			})
		}
	}
}

// What was allowed for the session is looked up, and then others come: it is not
// done any more.
func TestK1P32_WhatWasAllowedBeforeIsNotDoneForOthers(t *testing.T) {
	for _, o := range []Options{{AtStart: []Kind{SysInfo}}, {}} {
		var g *Gate
		o.Record = func(Question, Answer) error { g.Forget(); return nil }
		g = gateWith(t, o)
		if o.AtStart == nil {
			g.grants = []grant{{Grant{Kind: SysInfo, Question: ask(SysInfo)}, Answer{Decision: AllowedForSession}}}
		}
		if a := g.Ask(t.Context(), ask(SysInfo)); a.Decision.Allowed() || a.Why != Withdrawn {
			t.Errorf("%+v", a)
		}
	}
}

// A yes for the session covers no longer time and no other way to go on than those that
// were shown.
func TestK1_ARunIsCoveredAsItWasShown(t *testing.T) {
	shown := ask(Script)
	shown.Programs = []Program{{File: File{Name: "x.sh", SHA256: "1"}}, {File: File{Name: "y.sh", SHA256: "2"}}}
	with := func(limit time.Duration, keepGoing bool) Question {
		q := shown
		q.Limit, q.KeepGoing = limit, keepGoing
		return q
	}
	for _, c := range []struct {
		past, now Question
		want      bool
	}{
		{shown, shown, true}, {shown, with(time.Hour, false), false}, {shown, with(0, true), false},
		{with(time.Hour, true), shown, true}, {with(time.Hour, false), with(time.Hour, false), true},
		{with(time.Hour, false), with(time.Hour+1, false), false}, {with(0, true), with(0, true), true},
	} {
		if got := c.past.covers(c.now); got != c.want {
			t.Errorf("%v %v covers %v %v: %v", c.past.Limit, c.past.KeepGoing, c.now.Limit, c.now.KeepGoing, got)
		}
	}
	for l, want := range map[text.Language]string{text.English: "May take: 1 hour for each", text.Korean: "걸릴 수 있는 시간: 프로그램마다 1시간"} {
		if lines := with(time.Hour, true).Details(l); !slices.Contains(lines, want) || len(lines) != len(shown.Details(l))+2 {
			t.Errorf("%q", lines)
		}
	}
}

// Only who is really asked about is told to wait for the customer: an answer that stands
// already may still wait for the journal.
func TestWhoWaitsForTheCustomer(t *testing.T) {
	s := newScreen()
	var g *Gate
	var recorded []bool
	g = gateWith(t, Options{Prompters: []Prompter{s}, AtStart: []Kind{CSRJoin}, Record: func(q Question, _ Answer) error {
		recorded = append(recorded, g.Waits(q.Who.Account))
		return nil
	}})
	g.Ask(t.Context(), ask(CSRJoin))
	got := make(chan Answer)
	go func() { got <- g.Ask(t.Context(), ask(SysInfo)) }()
	<-s.shown
	if !g.Waits("alice") || g.Waits("bob") {
		t.Error("not exactly alice waits")
	}
	s.answers <- Answer{Decision: AllowedOnce}
	<-got
	if g.Waits("alice") || len(recorded) != 2 || recorded[0] || recorded[1] {
		t.Errorf("waits although nobody is asked: %v", recorded)
	}
}
