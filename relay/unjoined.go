package relay

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// maxUnjoined bounds the connections of computers that have not joined yet:
	// anybody can make a key. A real one joins with its next message.
	maxUnjoined = 1000
	// maxUnjoinedPerSource bounds those of a /32 or /64; an office behind one
	// address may come back all at once.
	maxUnjoinedPerSource = 32
	// joinPatience is how old such a connection must be before it may be ended for
	// another one of its source: a real one joins in well under a second.
	joinPatience = 3 * time.Second
	// joinGrace is how long a computer may take from its login to its join: one
	// message over a slow line.
	joinGrace = 10 * time.Second
)

// unjoined holds the connections of computers that have proven a key and have not
// joined a session yet.
// The zero value is ready.
type unjoined struct {
	mu      sync.Mutex // no other lock is taken under it
	all     int
	sources map[netip.Prefix][]*place // oldest first
}

// place is one connection's, until it joins or ends.
type place struct {
	from  netip.Prefix
	since time.Time
	end   func() // ends the connection
	waits bool   // in the line of a slowed source, by the relay's leave
}

// enter takes a place; nil where there is none. When those of a source are taken, it
// loses the oldest of those that could have joined long ago, so that nobody keeps their
// neighbours out by holding all of them. When all places are taken, the source that
// holds most of them loses its oldest one: somebody with many addresses must not keep
// everybody else out.
func (l *unjoined) enter(from netip.Prefix, end func()) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sources[from]) >= maxUnjoinedPerSource && !l.replaceLocked(from) {
		return nil
	}
	if l.all >= maxUnjoined && !l.makeRoomLocked(from) {
		return nil
	}
	if l.sources == nil {
		l.sources = map[netip.Prefix][]*place{}
	}
	p := &place{from: from, since: time.Now(), end: end}
	l.sources[from] = append(l.sources[from], p)
	l.all++
	return p
}

// replaceLocked ends the oldest connection of a source that may be ended for another.
func (l *unjoined) replaceLocked(from netip.Prefix) bool {
	for _, p := range l.sources[from] {
		if !p.waits && time.Since(p.since) >= joinPatience {
			l.leaveLocked(p)
			p.end()
			return true
		}
	}
	return false
}

// keep notes whether a connection waits in the line of a slowed source.
func (l *unjoined) keep(p *place, waits bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.waits = waits
}

// makeRoomLocked ends one connection of the source that holds most places,
// unless that is the one which asks.
func (l *unjoined) makeRoomLocked(from netip.Prefix) bool {
	busiest := from
	for source, places := range l.sources {
		if len(places) > len(l.sources[busiest]) {
			busiest = source
		}
	}
	if busiest == from {
		return false
	}
	oldest := l.sources[busiest][0]
	l.leaveLocked(oldest)
	oldest.end()
	return true
}

// leave gives a place back, any number of times.
func (l *unjoined) leave(p *place) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaveLocked(p)
}

func (l *unjoined) leaveLocked(p *place) {
	i := slices.Index(l.sources[p.from], p)
	if i < 0 {
		return
	}
	l.all--
	if l.sources[p.from] = slices.Delete(l.sources[p.from], i, i+1); len(l.sources[p.from]) == 0 {
		delete(l.sources, p.from)
	}
}
