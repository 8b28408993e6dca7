package visit

import "sync"

// limiter bounds how many work at something, and waits for their end; once it is
// closed nobody begins any more. The zero limiter is ready for use, by any number of
// goroutines.
type limiter struct {
	mu     sync.Mutex // no other lock is taken under it
	active int
	idle   chan struct{} // made by close; closed when nobody works any more
}

// begin reports whether one more may work; each begin needs an end.
func (l *limiter) begin(most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle != nil || l.active >= most {
		return false
	}
	l.active++
	return true
}

func (l *limiter) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.active--; l.active == 0 && l.idle != nil {
		close(l.idle)
	}
}

// close turns everybody away from now on; the channel is closed when the last
// has ended.
func (l *limiter) close() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle == nil {
		l.idle = make(chan struct{})
		if l.active == 0 {
			close(l.idle)
		}
	}
	return l.idle
}
