package inbound

import (
	"net/netip"
	"sync"
	"time"
)

// LogLimiter decides when something that a source may cause often is told of in a log:
// once in a while for each source. Every and Most must be set. All methods are safe for
// concurrent use.
type LogLimiter struct {
	Every time.Duration
	// Most bounds the sources that are remembered. Beyond it all are forgotten: a line
	// too many harms nobody.
	Most int

	mu   sync.Mutex // no other lock is taken under it
	told map[netip.Prefix]*told
}

type told struct {
	at    time.Time
	count int // since then
}

// Tell reports whether to tell of it now, and how often it has happened since it was
// told of last, this time too.
func (l *LogLimiter) Tell(from netip.Prefix) (count int, now bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.told[from]
	if last == nil {
		if l.told == nil || len(l.told) >= l.Most {
			l.told = map[netip.Prefix]*told{}
		}
		last = &told{}
		l.told[from] = last
	}
	last.count++
	if !last.at.IsZero() && time.Since(last.at) < l.Every {
		return 0, false
	}
	count = last.count
	last.at, last.count = time.Now(), 0
	return count, true
}
