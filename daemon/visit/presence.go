package visit

import (
	"sync"
	"time"
)

// lingering is how long a CSR counts as present after their last connection:
// each command of theirs may be a connection of its own, with time to read and to
// think in between, and the customer shall not read of each.
const lingering = 5 * time.Minute

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
