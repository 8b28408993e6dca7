package daemon

import "sync"

// crew counts what works at something, so that its end can be waited for; once
// it is closed nobody joins any more. The zero crew is ready for use, by any
// number of goroutines.
type crew struct {
	mu     sync.Mutex
	active int
	idle   chan struct{} // made by close; closed when nobody works any more
}

// begin reports whether one more may work; each begin needs an end.
func (c *crew) begin(most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle != nil || c.active >= most {
		return false
	}
	c.active++
	return true
}

func (c *crew) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.active--; c.active == 0 && c.idle != nil {
		close(c.idle)
	}
}

// close turns everybody away from now on; the channel is closed when the last
// has ended.
func (c *crew) close() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle == nil {
		c.idle = make(chan struct{})
		if c.active == 0 {
			close(c.idle)
		}
	}
	return c.idle
}
