package unjoined

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"supportd/library/inbound"
)

const (
	// newcomerLife is how long a computer that found no place keeps its turn without
	// coming back: support-agent comes back within half a minute.
	newcomerLife = 45 * time.Second
	// comesBack is after what pause at least somebody counts as one who comes back.
	comesBack = 300 * time.Millisecond
	// maxNewcomers bounds those of one source, and maxNewcomersInAll those of all.
	maxNewcomers, maxNewcomersInAll = 500, 10_000
)

// Newcomers are computers for which their source had no place among the unjoined. A
// free place goes to the one that came first and has tried again. So whoever holds all
// places and connects again at once when one is ended does not overtake a neighbour who
// waits. Computers are told apart by their keys. The zero value is ready.
type Newcomers struct {
	mu      sync.Mutex // taken before that of inbound.Waiting
	sources map[netip.Prefix][]newcomer
	all     int
}

type newcomer struct {
	who         string
	first, last time.Time // when it came
	back        bool      // it has come more than once
}

// Enter gives somebody a place unless it is the turn of others, who came before them; nil
// is none, and then they have a turn.
func (n *Newcomers) Enter(places *inbound.Waiting, from netip.Prefix, who string, end func()) *inbound.Place {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := time.Now()
	n.forgetLocked(from, now)
	own := slices.IndexFunc(n.sources[from], func(c newcomer) bool { return c.who == who })
	before := 0
	for i, c := range n.sources[from] {
		// One that was here once may never come again, as the keys of somebody who takes a
		// new one each time.
		if c.back && (own < 0 || i < own || !n.sources[from][own].back) {
			before++
		}
	}
	if before < places.Free(from) {
		if p := places.Enter(from, end); p != nil {
			if own >= 0 {
				n.removeLocked(from, own)
			}
			return p
		}
	}
	n.noteLocked(from, who, own, now)
	return nil
}

// noteLocked remembers that somebody has come in vain.
func (n *Newcomers) noteLocked(from netip.Prefix, who string, own int, now time.Time) {
	list := n.sources[from]
	if own >= 0 {
		c := &list[own]
		c.back, c.last = c.back || now.Sub(c.first) >= comesBack, now
		return
	}
	if len(list) >= maxNewcomers { // whoever came only once makes room
		once := slices.IndexFunc(list, func(c newcomer) bool { return !c.back })
		if once < 0 {
			return
		}
		n.removeLocked(from, once)
	}
	if n.all >= maxNewcomersInAll {
		for other := range n.sources {
			n.forgetLocked(other, now)
		}
		if n.all >= maxNewcomersInAll {
			return
		}
	}
	if n.sources == nil {
		n.sources = map[netip.Prefix][]newcomer{}
	}
	n.sources[from] = append(n.sources[from], newcomer{who: who, first: now, last: now})
	n.all++
}

// forgetLocked forgets those of a source that do not come any more.
func (n *Newcomers) forgetLocked(from netip.Prefix, now time.Time) {
	list := n.sources[from]
	left := slices.DeleteFunc(list, func(c newcomer) bool { return now.Sub(c.last) >= newcomerLife })
	n.all -= len(list) - len(left)
	n.keepLocked(from, left)
}

func (n *Newcomers) removeLocked(from netip.Prefix, i int) {
	n.all--
	n.keepLocked(from, slices.Delete(n.sources[from], i, i+1))
}

func (n *Newcomers) keepLocked(from netip.Prefix, list []newcomer) {
	if len(list) == 0 {
		delete(n.sources, from)
		return
	}
	n.sources[from] = list
}
