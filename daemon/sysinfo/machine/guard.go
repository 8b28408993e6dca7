package machine

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Guard runs functions that may hang in a system call, which no context ends: a dead
// network share, a broken driver. A call that its caller gives up on keeps its key until
// it returns, and the next call with that key waits for it and in the end gives up too.
// So however often a document is asked for, at most one goroutine hangs for each key.
// There are few keys: the categories, what is asked of Windows, and the volumes, of which
// package hardware asks no more when many give no answer.
//
// The zero guard is ready for use, by any number of goroutines.
type Guard struct {
	mu   sync.Mutex
	busy map[string]chan struct{} // closed when the call returns
}

// Do runs f and waits for it, but no longer than ctx lasts. A panic of f becomes
// an error.
func (g *Guard) Do(ctx context.Context, key string, f func() error) error {
	done, err := g.enter(ctx, key)
	if err != nil {
		return err
	}
	var result error
	go func() {
		defer g.leave(key, done)
		defer func() {
			if p := recover(); p != nil {
				result = fmt.Errorf("this collector broke: %v", p)
			}
		}()
		result = f()
	}()
	select {
	case <-done:
		return result
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ask is [Guard.Do] for a function with an answer, and waits for it no longer than
// limit.
func Ask[T any](ctx context.Context, g *Guard, key string, limit time.Duration, f func() (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var answer, none T
	err := g.Do(ctx, key, func() (err error) {
		answer, err = f()
		return err
	})
	if err != nil { // f may still be writing
		return none, err
	}
	return answer, nil
}

func (g *Guard) enter(ctx context.Context, key string) (chan struct{}, error) {
	for {
		g.mu.Lock()
		before, taken := g.busy[key]
		if !taken {
			if g.busy == nil {
				g.busy = map[string]chan struct{}{}
			}
			done := make(chan struct{})
			g.busy[key] = done
			g.mu.Unlock()
			return done, nil
		}
		g.mu.Unlock()
		select {
		case <-before:
		case <-ctx.Done():
			return nil, fmt.Errorf("an earlier reading still hangs: %w", ctx.Err())
		}
	}
}

func (g *Guard) leave(key string, done chan struct{}) {
	g.mu.Lock()
	delete(g.busy, key)
	g.mu.Unlock()
	close(done)
}

// Stuck is the number of calls that have not returned.
func (g *Guard) Stuck() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.busy)
}
