package page_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	"supportd/consent/page"
)

// A program of the same user reads the way in before the browser does, and is let in:
// when the browser comes, that program is out, and the customer is told.
func TestY14_ATicketThatWasReadLetsNobodyStay(t *testing.T) {
	doubted := make(chan struct{}, 1)
	s := serve(t, page.Options{Doubted: func() { doubted <- struct{}{} }})
	s.SetState(page.State{Phase: page.PhaseJoined, MayAllow: []consent.Kind{consent.SysInfo}})
	address, over := s.Ticket()
	_, ticket, _ := strings.Cut(address, "#")
	_, o := s.post(t, "", "enter", map[string]string{"ticket": ticket})
	thief, _ := o["secret"].(string)
	if thief == "" {
		t.Fatal(o)
	}
	<-over // the file with it goes now
	f := s.stream(t, thief)
	f.until(t, "state")
	if _, o := s.post(t, "", "enter", map[string]string{"ticket": ticket}); o["why"] != "ticket" || o["secret"] != nil {
		t.Errorf("the second one: %v", o)
	}
	<-doubted
	f.ended(t)
	for _, what := range []string{"answer", "allow", "say", "stream", "takeback", "confirm", "number"} {
		if status, _ := s.post(t, thief, what, map[string]any{}); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", what, status)
		}
	}
	if did := s.customer.all(); len(did) > 0 {
		t.Errorf("it did %q", did)
	}
}

// What begins to run may have read a ticket that lies in a file, or a code on a screen:
// neither counts afterwards, and new ones do.
func TestY14_WaysInDoNotOutliveTheStartOfARun(t *testing.T) {
	s := serve(t, page.Options{})
	address, over := s.Ticket()
	_, ticket, _ := strings.Cut(address, "#")
	code := s.Code()
	s.SetState(page.State{Phase: page.PhaseJoined, Run: &page.Run{Scripts: []string{"x.sh"}, Since: time.Now()}})
	<-over
	s.SetState(page.State{Phase: page.PhaseJoined})
	for field, value := range map[string]string{"ticket": ticket, "code": code} {
		if _, o := s.post(t, "", "enter", map[string]string{field: value}); o["secret"] != nil {
			t.Errorf("the %s of before: %v", field, o)
		}
	}
	if _, o := s.post(t, "", "enter", map[string]string{"code": s.Code()}); o["secret"] == nil {
		t.Errorf("a new code: %v", o)
	}
	s.enter(t)
}
