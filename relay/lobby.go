package relay

import (
	"net/netip"
	"sync"
)

const (
	// maxUnjoined bounds the connections of computers that have not joined yet:
	// anybody can make a key. A real one joins with its next message.
	maxUnjoined = 1000
	// maxUnjoinedPerSource bounds those of a /32 or /64; an office behind one
	// address may come back all at once.
	maxUnjoinedPerSource = 32
)

// lobby counts connections that have proven a key which means nothing yet.
type lobby struct {
	mu      sync.Mutex
	all     int
	sources map[netip.Prefix]int
}

// enter takes a place, if there is one.
func (l *lobby) enter(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all >= maxUnjoined || l.sources[from] >= maxUnjoinedPerSource {
		return false
	}
	if l.sources == nil {
		l.sources = map[netip.Prefix]int{}
	}
	l.all++
	l.sources[from]++
	return true
}

// leave gives it back.
func (l *lobby) leave(from netip.Prefix) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.sources[from]--; l.sources[from] == 0 {
		delete(l.sources, from)
	}
}
