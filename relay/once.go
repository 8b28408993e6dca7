package relay

import (
	"net/netip"
	"sync"
	"time"
)

// once lets one line of each source into the log each minute, whoever sends how much.
// The zero value is ready. It is safe for concurrent use.
type once struct {
	mu   sync.Mutex // no other lock is taken under it
	last map[netip.Prefix]time.Time
}

// first reports whether a source has had no line for a minute, and counts this one.
// Where too many sources are known all are forgotten: a line too many harms nobody.
func (o *once) first(from netip.Prefix, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at, known := o.last[from]; known && now.Sub(at).Abs() < time.Minute {
		return false
	}
	if o.last == nil || len(o.last) >= maxSources {
		o.last = map[netip.Prefix]time.Time{}
	}
	o.last[from] = now
	return true
}
