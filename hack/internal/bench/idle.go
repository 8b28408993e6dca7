//go:build linux

package main

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"supportd/library/sshd"
)

const (
	// idleFirst is how many tunnels a relay has before what more of them cost is measured.
	idleFirst = 100
	// idleRounds is how often as many tunnels come, one time after the other.
	idleRounds = 3
	// settling is how long a relay needs to see that it is idle, to tidy up after the logins,
	// and then to ask each tunnel once whether it lives; settled is how long it is then
	// looked at.
	settling, settled = sshd.KeepaliveInterval + 3*time.Second, 3 * time.Second
)

// idleRelay is a relay for idle tunnels by one way.
type idleRelay struct {
	*webRelay
	spec    loadSpec
	numbers []string // of sessions that nobody has joined yet
}

// waysIdle compares the memory of a relay for each idle tunnel, when the garbage of the
// logins has gone. Each way has a relay of its own. All are measured at the same time, and
// of some rounds the medians count.
func (b *bench) waysIdle(ctx context.Context) (rows []row, err error) {
	n := b.idle / idleRounds
	b.say("idle tunnels by each way: %d times %d", idleRounds, n)
	var relays []*idleRelay
	defer func() {
		for _, r := range relays {
			err = errors.Join(err, r.stop())
		}
	}()
	for _, way := range []string{"direct", "plain", "tls"} {
		r, err := b.newIdleRelay(ctx, way, idleFirst+idleRounds*n)
		if err != nil {
			return nil, err
		}
		relays = append(relays, r)
	}
	before, err := joined(ctx, relays, idleFirst)
	if err != nil {
		return nil, err
	}
	each := make([][]float64, len(relays))
	for range idleRounds {
		after, err := joined(ctx, relays, n)
		if err != nil {
			return nil, err
		}
		for i := range relays {
			each[i] = append(each[i], (after[i]-before[i])/float64(n))
		}
		before = after
	}
	direct, plain, tls := median(each[0]), median(each[1]), median(each[2])
	return []row{
		told("relay memory per idle direct tunnel", "KiB", direct/1024),
		within("  more by WebSocket, TLS done before", "KiB", (plain-direct)/1024, mostWeb/1024),
		within("  more by WebSocket in the relay's TLS", "KiB", (tls-direct)/1024, mostWeb/1024),
	}, nil
}

// newIdleRelay starts one that has sessions for n tunnels.
func (b *bench) newIdleRelay(ctx context.Context, way string, n int) (*idleRelay, error) {
	w, err := b.newWebRelay(ctx, filepath.Join(b.dir, "idle-"+way), way == "tls")
	if err != nil {
		return nil, err
	}
	r := &idleRelay{webRelay: w, spec: loadSpec{Addr: w.relay.Addr, Workers: 16}}
	if way != "direct" {
		r.spec.Web, r.spec.Roots = w.url, w.roots
	}
	for range n {
		number, err := w.session()
		if err != nil {
			return nil, errors.Join(err, w.stop())
		}
		r.numbers = append(r.numbers, number)
	}
	return r, nil
}

// joined lets n more customers come to each relay, and returns the relays' memory in bytes
// once they are calm again.
func joined(ctx context.Context, relays []*idleRelay, n int) ([]float64, error) {
	for _, r := range relays {
		r.spec.Numbers, r.numbers = r.numbers[:n], r.numbers[n:]
		l, err := startLoad(ctx, r.spec)
		if err != nil {
			return nil, err
		}
		r.onClose(l.stop)
	}
	memory, failed := make([]float64, len(relays)), make([]error, len(relays))
	var reading sync.WaitGroup
	for i, r := range relays {
		reading.Go(func() { memory[i], failed[i] = r.calm(ctx) })
	}
	reading.Wait()
	return memory, errors.Join(failed...)
}

// calm is the relay's memory in bytes while nothing happens, the median of some looks. A
// relay tidies up when it has nothing to do and has used enough since the last time, so it
// is made to use more.
func (r *idleRelay) calm(ctx context.Context) (float64, error) {
	const lists = 30 // of more than 1000 sessions, a MB each
	for range lists {
		if _, err := r.command("session list --json"); err != nil {
			return 0, err
		}
	}
	select {
	case <-time.After(settling):
	case <-ctx.Done():
	}
	var looks []float64
	for end := time.Now().Add(settled); ; {
		now, err := memoryOf(r.side.relay)
		if err != nil {
			return 0, err
		}
		looks = append(looks, float64(now))
		if ctx.Err() != nil || time.Now().After(end) {
			return median(looks), context.Cause(ctx)
		}
		select {
		case <-time.After(time.Second / 2):
		case <-ctx.Done():
		}
	}
}
