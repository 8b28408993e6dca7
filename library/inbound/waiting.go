package inbound

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Limits bound the connections that wait at the same time.
type Limits struct {
	All       int // together
	PerSource int // of one source, as Source tells it
	// Patience is how old a connection must be before one of a source that holds as
	// many may take its place, or the next one of its own source that holds all that
	// it may. Whoever is that slow is not at work.
	Patience time.Duration
	// Keep is how many of a source make no room for other sources before Patience, so
	// that thousands who come at once do not end each other's connections.
	Keep int
}

// Waiting holds the places of connections that have not shown yet who they are.
// All methods are safe for concurrent use.
type Waiting struct {
	limits Limits

	mu      sync.Mutex // guards what follows; no other lock is taken under it
	all     int
	sources map[netip.Prefix][]*Place // oldest first
}

// Place is one connection's, until it leaves or has to make room.
type Place struct {
	of    *Waiting
	from  netip.Prefix
	since time.Time
	end   func()
}

// NewWaiting makes an empty one.
func NewWaiting(limits Limits) *Waiting {
	return &Waiting{limits: limits, sources: map[netip.Prefix][]*Place{}}
}

// Enter takes a place; nil where there is none. When all are taken, a connection has
// to make room: the oldest one of the source that holds most, if that is more than
// the newcomer's source holds and than [Limits.Keep], or else one that was there for longer than
// [Limits.Patience]. Its place is gone then, and its end is called, which must not
// block.
func (w *Waiting) Enter(from netip.Prefix, end func()) *Place {
	p, ended := w.enter(from, end)
	if ended != nil {
		ended.end()
	}
	return p
}

func (w *Waiting) enter(from netip.Prefix, end func()) (p, ended *Place) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch own := w.sources[from]; {
	case len(own) >= w.limits.PerSource:
		if ended = own[0]; time.Since(ended.since) < w.limits.Patience {
			return nil, nil
		}
	case w.all >= w.limits.All:
		ended = w.oldestOfTheBusiestLocked()
		if len(w.sources[ended.from]) <= max(len(own), w.limits.Keep) && time.Since(ended.since) < w.limits.Patience {
			return nil, nil
		}
	}
	if ended != nil {
		w.leaveLocked(ended)
	}
	p = &Place{of: w, from: from, since: time.Now(), end: end}
	w.sources[from] = append(w.sources[from], p)
	w.all++
	return p, ended
}

// oldestOfTheBusiestLocked is the oldest connection of the source that holds most;
// of several such sources, the oldest of all.
func (w *Waiting) oldestOfTheBusiestLocked() *Place {
	var found *Place
	most := 0
	for _, places := range w.sources {
		if len(places) > most || len(places) == most && places[0].since.Before(found.since) {
			found, most = places[0], len(places)
		}
	}
	return found
}

// Renew says that the connection is at work, as if it had come now.
func (p *Place) Renew() {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	own := p.of.sources[p.from]
	if i := slices.Index(own, p); i >= 0 {
		p.since = time.Now()
		p.of.sources[p.from] = append(slices.Delete(own, i, i+1), p)
	}
}

// Leave gives the place back, any number of times. It reports whether it was still held.
func (p *Place) Leave() bool {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	return p.of.leaveLocked(p)
}

func (w *Waiting) leaveLocked(p *Place) bool {
	i := slices.Index(w.sources[p.from], p)
	if i < 0 {
		return false
	}
	w.all--
	if w.sources[p.from] = slices.Delete(w.sources[p.from], i, i+1); len(w.sources[p.from]) == 0 {
		delete(w.sources, p.from)
	}
	return true
}

// Free is how many more of a source could enter one after the other, where no other
// source is in the way.
func (w *Waiting) Free(from netip.Prefix) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	own := w.sources[from]
	free := w.limits.PerSource - len(own)
	for _, p := range own {
		if time.Since(p.since) >= w.limits.Patience {
			free++
		}
	}
	return free
}

// Taken is how many places are taken, in all and by how many sources.
func (w *Waiting) Taken() (all, sources int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.all, len(w.sources)
}
