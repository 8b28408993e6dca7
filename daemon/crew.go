package daemon

import (
	"sync"
	"time"
)

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

// lingering is how long a CSR counts as present after their last connection:
// each command of theirs may be a connection of its own, and the customer shall
// not read of each.
const lingering = 10 * time.Second

// presence tells when somebody comes and when they have gone. The zero presence
// is ready for use, by any number of goroutines.
type presence struct {
	mu     sync.Mutex
	people map[string]*attendance
	over   bool
}

type attendance struct {
	count   int
	leaving *time.Timer // runs while count is 0
}

// enter reports whether somebody was not there before.
func (p *presence) enter(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people == nil {
		p.people = map[string]*attendance{}
	}
	a := p.people[name]
	if a == nil {
		p.people[name] = &attendance{count: 1}
		return true
	}
	a.count++
	if a.leaving != nil {
		a.leaving.Stop()
		a.leaving = nil
	}
	return false
}

// leave undoes one enter; gone is called when they have not come back for a while.
func (p *presence) leave(name string, gone func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.people[name]
	if a.count--; a.count > 0 || p.over {
		return
	}
	a.leaving = time.AfterFunc(lingering, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if a.count > 0 || p.over {
			return
		}
		delete(p.people, name)
		gone()
	})
}

// end tells nothing more.
func (p *presence) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	for _, a := range p.people {
		if a.leaving != nil {
			a.leaving.Stop()
		}
	}
}
