package reach

import (
	"sync/atomic"
	"time"
)

// timer calls a function when a deadline has passed.
type timer struct{ t atomic.Pointer[time.Timer] }

// set replaces the deadline; the zero time is none.
func (t *timer) set(at time.Time, passed func()) {
	var next *time.Timer
	if !at.IsZero() {
		next = time.AfterFunc(time.Until(at), passed)
	}
	if old := t.t.Swap(next); old != nil {
		old.Stop()
	}
}
