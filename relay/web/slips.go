package web

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// maxSlips is how many wrong numbers a source, a /32 or /64, may ask for within
	// slipWindow before the answer is 429.
	maxSlips   = 5
	slipWindow = 10 * time.Minute
	// maxSlipSources bounds the memory; beyond it sources are forgotten.
	maxSlipSources = 10_000
)

// slips counts numbers that cannot be one: the page asks the store nothing, so it
// cannot know of others whether they are right, and nobody learns anything by asking
// here. The relay's limiter for joins is another one, which no page can fill: somebody
// who mistypes here loses no try there. A number that can be one is always answered,
// so nobody is kept out by a neighbour behind the same address.
type slips struct {
	mu   sync.Mutex // no other lock is taken under it
	seen map[netip.Prefix][]time.Time
}

// count counts one more, and returns how long the source has to wait; 0 is not at all.
func (s *slips) count(from netip.Prefix, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[netip.Prefix][]time.Time{}
	}
	times := s.seen[from]
	for len(times) > 0 && !times[0].After(now.Add(-slipWindow)) {
		times = times[1:]
	}
	if len(times) >= maxSlips {
		s.seen[from] = times
		return times[0].Add(slipWindow).Sub(now)
	}
	if _, known := s.seen[from]; !known && len(s.seen) >= maxSlipSources {
		s.forget(now)
	}
	s.seen[from] = append(times, now)
	return 0
}

// forget makes room for one: it forgets those whose window is over, and else any.
func (s *slips) forget(now time.Time) {
	for from, times := range s.seen {
		if !times[len(times)-1].After(now.Add(-slipWindow)) {
			delete(s.seen, from)
		}
	}
	for from := range s.seen {
		if len(s.seen) < maxSlipSources {
			return
		}
		delete(s.seen, from)
	}
}
