package reach

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"supportd/library/inbound"
)

// maxSeldom bounds the sources that are remembered; the networks of proxies may be
// large, and proxies are few.
const maxSeldom = 1000

// Seldom decides when something that may happen often is told of in a log: once for
// each source in a while. Every must be set. All methods are safe for concurrent use.
type Seldom struct {
	Every time.Duration

	mu   sync.Mutex // no other lock is taken under it
	told map[netip.Prefix]*seldom
}

type seldom struct {
	at    time.Time
	count int
}

// Tell reports whether to tell of it now, and how often it has happened since it was
// told of last, this time too.
func (s *Seldom) Tell(from net.Addr) (count int, now bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	source := inbound.Source(from)
	if s.told == nil || s.told[source] == nil && len(s.told) >= maxSeldom {
		s.told = map[netip.Prefix]*seldom{}
	}
	last := s.told[source]
	if last == nil {
		last = &seldom{}
		s.told[source] = last
	}
	last.count++
	if !last.at.IsZero() && time.Since(last.at) < s.Every {
		return 0, false
	}
	count = last.count
	last.at, last.count = time.Now(), 0
	return count, true
}
