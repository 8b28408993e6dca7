package relay

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func source(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)
}

func TestN3_AStrangerWithManyAddressesKeepsNobodyOut(t *testing.T) {
	var l unjoined
	ended := 0
	enter := func(from netip.Prefix) *place { return l.enter(from, func() { ended++ }) }
	var strangers []*place
	for i := 0; l.all < maxUnjoined; i++ {
		for range maxUnjoinedPerSource {
			if l.all < maxUnjoined {
				strangers = append(strangers, enter(source(i)))
			}
		}
		if i == 0 && enter(source(0)) != nil {
			t.Error("one source has more places than it may")
		}
	}
	customer := enter(source(9999))
	if customer == nil || ended != 1 || l.all != maxUnjoined {
		t.Fatalf("customer %v, %d ended, %d places", customer, ended, l.all)
	}
	for _, p := range append(strangers, customer, customer) {
		l.leave(p)
	}
	if l.all != 0 || len(l.sources) != 0 {
		t.Errorf("left: %d places, %d sources", l.all, len(l.sources))
	}
}

// Where everybody holds one place, nobody is put out for a newcomer.
func TestUnjoinedPlacesAreFullWithOneEach(t *testing.T) {
	var l unjoined
	for i := range maxUnjoined {
		if l.enter(source(i), func() { t.Error("put out") }) == nil {
			t.Fatalf("no place for %d", i)
		}
	}
	if l.enter(source(0), nil) != nil {
		t.Error("more places than there are")
	}
}

// Who holds all the places of an address keeps no neighbour out, unless they could not
// have joined yet or wait by the relay's leave.
func TestW4_ANeighbourHoldsNoPlacesForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l unjoined
		var ended []int
		var held []*place
		for i := range maxUnjoinedPerSource {
			held = append(held, l.enter(source(0), func() { ended = append(ended, i) }))
			l.keep(held[i], i == 0)
		}
		<-time.After(joinPatience - 1)
		if l.enter(source(0), nil) != nil {
			t.Error("a place was taken from somebody who has just come")
		}
		<-time.After(1)
		if l.enter(source(0), nil) == nil || !slices.Equal(ended, []int{1}) || l.all != maxUnjoinedPerSource {
			t.Errorf("ended %v, %d places", ended, l.all)
		}
		l.keep(held[0], false)
		if l.enter(source(0), nil) == nil || !slices.Equal(ended, []int{1, 0}) {
			t.Errorf("ended %v", ended)
		}
	})
}
