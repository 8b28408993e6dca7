package store

import (
	"context"
	"sync"
)

// A lane is what sort of writing somebody waits for.
type lane int

const (
	people    lane = iota // what CSRs and the operator do
	computers             // computers that join, come back and go
	journals              // what computers bring
	lanes
)

// turns gives the one writer to those who wait for it, fairly: the lanes take
// turns, in a lane the parties, and a party's own wait in the order in which they
// came. So a party that has much to write delays every other one by one piece of
// work, not by all of it. The zero value is ready.
type turns struct {
	mu      sync.Mutex // no other lock is taken under it
	busy    bool
	next    lane // that is asked first
	waiting [lanes][]*party
}

// party is one of those who have somebody waiting, with its waiters in order.
type party struct {
	name  string // a session's or an account's
	queue []chan struct{}
}

// take waits for the writer. Its error is that of ctx; without one, give has to be
// called.
func (t *turns) take(ctx context.Context, in lane, name string) error {
	t.mu.Lock()
	if !t.busy {
		t.busy = true
		t.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	t.joinLocked(in, name, mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	waited := t.leaveLocked(in, name, mine)
	t.mu.Unlock()
	if !waited { // it was given meanwhile
		t.give()
	}
	return context.Cause(ctx)
}

// give passes the writer on to whoever is next.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range lanes {
		in := (t.next + i) % lanes
		if len(t.waiting[in]) == 0 {
			continue
		}
		t.next = (in + 1) % lanes
		p := t.waiting[in][0]
		t.waiting[in] = t.waiting[in][1:]
		close(p.queue[0])
		if p.queue = p.queue[1:]; len(p.queue) > 0 {
			t.waiting[in] = append(t.waiting[in], p)
		}
		return
	}
	t.busy = false
}

func (t *turns) joinLocked(in lane, name string, mine chan struct{}) {
	for _, p := range t.waiting[in] {
		if p.name == name {
			p.queue = append(p.queue, mine)
			return
		}
	}
	t.waiting[in] = append(t.waiting[in], &party{name, []chan struct{}{mine}})
}

// leaveLocked reports whether mine was still waiting.
func (t *turns) leaveLocked(in lane, name string, mine chan struct{}) bool {
	for i, p := range t.waiting[in] {
		if p.name != name {
			continue
		}
		for j, c := range p.queue {
			if c != mine {
				continue
			}
			if p.queue = append(p.queue[:j:j], p.queue[j+1:]...); len(p.queue) == 0 {
				t.waiting[in] = append(t.waiting[in][:i:i], t.waiting[in][i+1:]...)
			}
			return true
		}
	}
	return false
}
