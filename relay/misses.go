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

// misses counts join attempts with numbers that nobody waits for. Joins that
// succeed are not counted, so that an office behind one address can join.
type misses struct {
	mu      sync.Mutex
	sources map[netip.Prefix][]time.Time
	recent  []time.Time // of all sources, within the last minute
	alarmed time.Time

	turns [64]sync.Mutex // by source
}

// turn is held by a source from the question whether it is limited until it is
// known whether it missed: otherwise many attempts at once would all be the first.
func (m *misses) turn(from netip.Prefix) *sync.Mutex {
	h := fnv.New32a()
	h.Write(from.Addr().AsSlice())
	return &m.turns[h.Sum32()%uint32(len(m.turns))]
}

// limited reports whether the source has to wait.
func (m *misses) limited(from netip.Prefix, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(after(m.sources[from], now.Add(-missWindow))) >= MaxMisses
}

// add counts a miss, and reports whether it is time to raise the alarm.
func (m *misses) add(from netip.Prefix, now time.Time) (alarm bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sources == nil {
		m.sources = map[netip.Prefix][]time.Time{}
	}
	if len(m.sources) >= maxSources {
		m.forgetLocked(now)
	}
	m.sources[from] = append(after(m.sources[from], now.Add(-missWindow)), now)
	m.recent = append(after(m.recent, now.Add(-time.Minute)), now)
	if len(m.recent) < MissAlarm || now.Sub(m.alarmed) < time.Minute {
		return false
	}
	m.alarmed = now
	return true
}

// forgetLocked makes room: what is over first, then anyone.
func (m *misses) forgetLocked(now time.Time) {
	for from, times := range m.sources {
		if len(after(times, now.Add(-missWindow))) == 0 {
			delete(m.sources, from)
		}
	}
	for from := range m.sources {
		if len(m.sources) < maxSources {
			return
		}
		delete(m.sources, from)
	}
}

// after drops the times, in order, that are not after since.
func after(times []time.Time, since time.Time) []time.Time {
	for len(times) > 0 && !times[0].After(since) {
		times = times[1:]
	}
	return times
}
