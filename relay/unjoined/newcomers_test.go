package unjoined

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"supportd/library/inbound"
)

// Who holds all places of an address and takes a new key whenever one of theirs is
// ended does not get it again before a neighbour who waits.
func TestW4_TheNextPlaceIsForWhoWaitsLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		places, from := NewPlaces(), source(1)
		var n Newcomers
		var held []*inbound.Place
		keys := 0
		neighbour := func() *inbound.Place {
			keys++
			return n.Enter(places, from, fmt.Sprint("neighbour ", keys), func() {})
		}
		for range MaxPerSource {
			held = append(held, neighbour())
		}
		customer := func(name string) bool { return n.Enter(places, from, name, func() {}) != nil }
		if customer("bob") || neighbour() != nil {
			t.Fatal("there are more places than there may be")
		}
		<-time.After(comesBack)
		if customer("bob") || customer("eve") {
			t.Fatal("there are more places than there may be")
		}
		for i := range 100 { // a storm of new keys changes nothing for who comes back
			held[i%len(held)].Renew()
			if neighbour() != nil {
				t.Fatal("a neighbour has got one more place")
			}
		}
		held[0].Leave()
		if neighbour() != nil || customer("eve") {
			t.Error("the place was not for who waits")
		}
		if !customer("bob") {
			t.Error("it is not for bob either")
		}
		// A turn is lost in time, and what is free is for everybody.
		held[1].Leave()
		<-time.After(newcomerLife)
		if !customer("late") {
			t.Error("a place stays free for somebody who has gone")
		}
		for range 2 * maxNewcomers {
			neighbour()
		}
		if got := len(n.sources[from]); got > maxNewcomers || n.all != got {
			t.Errorf("%d are remembered, %d in all", got, n.all)
		}
		<-time.After(newcomerLife)
		n.Enter(places, source(2), "x", func() {})
		n.forgetLocked(from, time.Now())
		if len(n.sources) != 0 || n.all != 0 {
			t.Errorf("%d sources and %d in all are left", len(n.sources), n.all)
		}
	})
}
