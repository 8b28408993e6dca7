package script

import (
	"context"
	"sync"
	"time"
)

const (
	// changesAtOnce is how many changes of a staging area, each of which becomes an
	// event of the journal, a CSR may make without a pause: everything that fits,
	// twice.
	changesAtOnce = 2 * MaxStagedFiles
	// changePause is the time of each further one. At that pace nobody fills a
	// journal in the time of a support session.
	changePause = 200 * time.Millisecond
)

// pace slows down a client that changes a staging area without a pause. It is safe for
// concurrent use; its zero value is ready.
type pace struct {
	mu   sync.Mutex
	free time.Time // when the whole burst is free again
}

// wait waits until the next change may be made. It returns the cause of ctx if that ends
// before.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	if p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(changePause)
	turn := p.free.Sub(now) - changesAtOnce*changePause
	p.mu.Unlock()
	if turn <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(turn)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
