package consent

import (
	"testing"
	"testing/synctest"
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
			g.grants = []grant{{ask(SysInfo), Answer{Decision: AllowedForSession}}}
		}
		if a := g.Ask(t.Context(), ask(SysInfo)); a.Decision.Allowed() || a.Why != Withdrawn {
			t.Errorf("%+v", a)
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
