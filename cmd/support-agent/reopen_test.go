package main

import (
	"testing"

	"supportd/consent/page"
)

// While a script runs, a page that was closed is not opened again, since the script could
// be there first: Stop is offered instead.
func TestY14_AClosedPageLeadsToStopWhileSomethingRuns(t *testing.T) {
	g := &customerPage{wanted: make(chan struct{}, 1), closed: make(chan struct{}, 1)}
	for _, c := range []struct {
		run           *page.Run
		opened, stops int
	}{{nil, 1, 0}, {&page.Run{}, 0, 1}} {
		g.state.Run = c.run
		for range 2 {
			g.Reopen()
		}
		if len(g.wanted) != c.opened || len(g.closed) != c.stops {
			t.Errorf("running %v: %d pages are to be opened, %d times Stop is to be offered", c.run != nil, len(g.wanted), len(g.closed))
		}
		for len(g.wanted) > 0 {
			<-g.wanted
		}
		for len(g.closed) > 0 {
			<-g.closed
		}
	}
}
