package relay

import (
	"hash/fnv"
	"net/netip"
	"sync"
	"time"
)

const (
	// MaxMisses is how many numbers a source, a /32 or /64, may try in vain
	// within missWindow: enough for bad lines and typing errors, far too few to
	// find one of 90 million numbers.
	MaxMisses  = 5
	missWindow = 10 * time.Minute
	// MissAlarm within a minute from everywhere says that somebody is searching
	// with many addresses, and goes to the log.
	MissAlarm = 20
	// maxSources bounds the memory; beyond it old sources are forgotten.
	maxSources = 10_000
)

// limiter counts join attempts with numbers that nobody waits for. Joins that
// succeed are not counted, so that an office behind one address can join.
type limiter struct {
	mu      sync.Mutex // no other lock is taken under it
	sources map[netip.Prefix][]time.Time
	recent  []time.Time // of all sources, within the last minute
	alarmed time.Time

	// turns are locks by source. Lock order: one of them before mu and Relay.mu.
	turns [64]sync.Mutex
}

// turn is the lock that a source holds while a number of its is looked up: without
// it many attempts at once would each count as the first.
func (l *limiter) turn(from netip.Prefix) *sync.Mutex {
	h := fnv.New32a()
	h.Write(from.Addr().AsSlice())
	return &l.turns[h.Sum32()%uint32(len(l.turns))]
}

// limited reports whether the source has to wait.
func (l *limiter) limited(from netip.Prefix, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(after(l.sources[from], now.Add(-missWindow))) >= MaxMisses
}

// add counts a miss, and reports whether it is time to raise the alarm.
func (l *limiter) add(from netip.Prefix, now time.Time) (alarm bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sources == nil {
		l.sources = map[netip.Prefix][]time.Time{}
	}
	if len(l.sources) >= maxSources {
		l.forgetLocked(now)
	}
	l.sources[from] = append(after(l.sources[from], now.Add(-missWindow)), now)
	l.recent = append(after(l.recent, now.Add(-time.Minute)), now)
	if len(l.recent) < MissAlarm || now.Sub(l.alarmed) < time.Minute {
		return false
	}
	l.alarmed = now
	return true
}

// forgetLocked makes room. It forgets the sources whose misses are over, and then
// any others, until there is room for one.
func (l *limiter) forgetLocked(now time.Time) {
	for from, times := range l.sources {
		if len(after(times, now.Add(-missWindow))) == 0 {
			delete(l.sources, from)
		}
	}
	for from := range l.sources {
		if len(l.sources) < maxSources {
			return
		}
		delete(l.sources, from)
	}
}

// after drops the times, in order, that are not after since.
func after(times []time.Time, since time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(since) {
		times = times[1:]
	}
	return times
}
