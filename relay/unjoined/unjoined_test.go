package unjoined

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"supportd/library/inbound"
)

func source(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)
}

func TestN3_AStrangerWithManyAddressesKeepsNobodyOut(t *testing.T) {
	l := NewPlaces()
	ended, held := 0, 0
	enter := func(from netip.Prefix) *inbound.Place { return l.Enter(from, func() { ended++ }) }
	var strangers []*inbound.Place
	for i := 0; held < Max; i++ {
		for range MaxPerSource {
			if held < Max {
				strangers = append(strangers, enter(source(i)))
				held++
			}
		}
		if i == 0 && enter(source(0)) != nil {
			t.Error("one source has more places than it may")
		}
	}
	customer := enter(source(9999))
	if all, _ := l.Taken(); customer == nil || ended != 1 || all != Max {
		t.Fatalf("customer %v, %d ended, %d places", customer, ended, all)
	}
	for _, p := range append(strangers, customer, customer) {
		p.Leave()
	}
	if all, sources := l.Taken(); all != 0 || sources != 0 {
		t.Errorf("left: %d places, %d sources", all, sources)
	}
}

// Where everybody holds one place, nobody is put out for a newcomer.
func TestUnjoinedPlacesAreFullWithOneEach(t *testing.T) {
	l := NewPlaces()
	for i := range Max {
		if l.Enter(source(i), func() { t.Error("put out") }) == nil {
			t.Fatalf("no place for %d", i)
		}
	}
	if l.Enter(source(0), nil) != nil {
		t.Error("more places than there are")
	}
}

// Who holds all the places of an address keeps no neighbour out, unless they could not
// have joined yet or wait by the relay's leave.
func TestW4_ANeighbourHoldsNoPlacesForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewPlaces()
		var ended []int
		var held []*inbound.Place
		for i := range MaxPerSource {
			held = append(held, l.Enter(source(0), func() { ended = append(ended, i) }))
		}
		<-time.After(Patience - 1)
		if l.Enter(source(0), nil) != nil {
			t.Error("a place was taken from somebody who has just come")
		}
		held[0].Renew()
		<-time.After(1)
		if l.Enter(source(0), nil) == nil || !slices.Equal(ended, []int{1}) {
			t.Errorf("ended %v", ended)
		}
		held[1].Renew() // too late
		for range MaxPerSource - 2 {
			if l.Enter(source(0), nil) == nil {
				t.Fatal("no place")
			}
		}
		if all, _ := l.Taken(); slices.Contains(ended, 0) || all != MaxPerSource || l.Enter(source(0), nil) != nil {
			t.Errorf("ended %v, %d places", ended, all)
		}
	})
}
