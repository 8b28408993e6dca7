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
	queue []*waiter
}

// waiter is somebody who waits for the writer.
type waiter struct {
	turn   chan struct{} // closed when the writer is theirs
	work   *work         // what somebody else may do for them; nil is nothing
	shared bool          // somebody else does it
}

// take waits for the writer. Its error is that of ctx; without one, give has to be
// called.
func (t *turns) take(ctx context.Context, in lane, name string) error {
	_, err := t.takeOrShare(ctx, in, name, nil)
	return err
}

// takeOrShare is take for somebody whose work another one may do, who has the writer:
// see share. Then shared is true, the error is that of the work, and the writer is not
// theirs.
func (t *turns) takeOrShare(ctx context.Context, in lane, name string, w *work) (shared bool, err error) {
	t.mu.Lock()
	if !t.busy {
		t.busy = true
		t.mu.Unlock()
		return false, nil
	}
	mine := &waiter{turn: make(chan struct{}), work: w}
	t.joinLocked(in, name, mine)
	t.mu.Unlock()
	var done <-chan error
	if w != nil {
		done = w.done
	}
	select {
	case <-mine.turn:
		return false, nil
	case err := <-done:
		return true, err
	case <-ctx.Done():
	}
	t.mu.Lock()
	waited := t.leaveLocked(in, name, mine)
	t.mu.Unlock()
	switch {
	case mine.shared: // it is being done: an error means that it was not
		return true, <-done
	case !waited: // it was given meanwhile
		t.give()
	}
	return false, context.Cause(ctx)
}

// share is for whoever has the writer: they do what is returned together with their own
// work, and say for each how it went. The parties of the lane take turns, as in give; in
// all it weighs no more than most.
func (t *turns) share(in lane, most int64) (all []*work) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.waiting[in]) > 0 {
		p := t.waiting[in][0]
		first := p.queue[0]
		if first.work == nil || first.work.weight > most {
			break
		}
		most -= first.work.weight
		first.shared = true
		all = append(all, first.work)
		t.nextLocked(in)
	}
	return all
}

// nextLocked takes the waiter whose turn it is in a lane out of it.
func (t *turns) nextLocked(in lane) *waiter {
	p := t.waiting[in][0]
	first := p.queue[0]
	t.waiting[in] = t.waiting[in][1:]
	if p.queue = p.queue[1:]; len(p.queue) > 0 {
		t.waiting[in] = append(t.waiting[in], p)
	}
	return first
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
		close(t.nextLocked(in).turn)
		return
	}
	t.busy = false
}

func (t *turns) joinLocked(in lane, name string, mine *waiter) {
	for _, p := range t.waiting[in] {
		if p.name == name {
			p.queue = append(p.queue, mine)
			return
		}
	}
	t.waiting[in] = append(t.waiting[in], &party{name, []*waiter{mine}})
}

// leaveLocked reports whether mine was still waiting.
func (t *turns) leaveLocked(in lane, name string, mine *waiter) bool {
	for i, p := range t.waiting[in] {
		if p.name != name {
			continue
		}
		for j, w := range p.queue {
			if w != mine {
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
