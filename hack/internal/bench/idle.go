//go:build linux

package main

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"sync"
	"time"

	"supportd/hack/internal/customers"
)

const (
	// idleFirst is how many tunnels a relay has before what more of them cost is measured.
	idleFirst = 100
	// idleRounds is how often that is measured at most, with as many tunnels more, and the
	// medians count: a limit that does not hold in the first round is looked at again.
	idleRounds = 3
	// settled is how long a relay's memory does not become less by settledPart of it, which is
	// when it has seen that it is idle, and has tidied up; unsettled is for how long at most
	// that is waited for.
	settled, settledPart, unsettled = 6 * time.Second, 0.005, 30 * time.Second
)

// idleRelay is a relay for idle tunnels by one way.
type idleRelay struct {
	*webRelay
	spec customers.Spec
	each []float64 // bytes that a tunnel costs, of each round
}

// waysIdle compares the memory of a relay for each idle tunnel, when the garbage of the
// logins has gone. Each way has a relay of its own, and all are measured at the same time.
func (b *bench) waysIdle(ctx context.Context) (rows []row, err error) {
	b.say("idle tunnels by each way: %d", b.idle)
	var relays []*idleRelay
	defer func() {
		for _, r := range relays {
			err = errors.Join(err, r.stop())
		}
	}()
	for _, way := range []string{"direct", "plain", "tls"} {
		r, err := b.newIdleRelay(ctx, way)
		if err != nil {
			return nil, err
		}
		relays = append(relays, r)
	}
	for range idleRounds {
		if err := idleRound(ctx, relays, b.idle); err != nil {
			return nil, err
		}
		direct, plain, tls := median(relays[0].each), median(relays[1].each), median(relays[2].each)
		rows = []row{
			told("relay memory per idle direct tunnel", "KiB", direct/1024),
			within("  more by WebSocket, TLS done before", "KiB", (plain-direct)/1024, mostWeb/1024),
			within("  more by WebSocket in the relay's TLS", "KiB", (tls-direct)/1024, mostWeb/1024),
		}
		if missed(rows) == nil {
			break
		}
		b.say("again: %.1f KiB more, and %.1f in the relay's TLS", (plain-direct)/1024, (tls-direct)/1024)
	}
	return rows, nil
}

// newIdleRelay starts one, with the first tunnels.
func (b *bench) newIdleRelay(ctx context.Context, way string) (*idleRelay, error) {
	w, err := b.newWebRelay(ctx, filepath.Join(b.dir, "idle-"+way), way == "tls")
	if err != nil {
		return nil, err
	}
	r := &idleRelay{webRelay: w, spec: customers.Spec{Addr: w.relay.Addr, Workers: 16}}
	if way != "direct" {
		r.spec.Web, r.spec.Roots = w.url, w.roots
	}
	if err := errors.Join(r.prepare(idleFirst), r.join(ctx)); err != nil {
		return nil, errors.Join(err, w.stop())
	}
	return r, nil
}

// idleRound measures what each of n tunnels more costs.
func idleRound(ctx context.Context, relays []*idleRelay, n int) error {
	for _, r := range relays {
		if err := r.prepare(n); err != nil {
			return err
		}
	}
	before, err := settle(ctx, relays)
	if err != nil {
		return err
	}
	for _, r := range relays {
		if err := r.join(ctx); err != nil {
			return err
		}
	}
	after, err := settle(ctx, relays)
	if err != nil {
		return err
	}
	for i, r := range relays {
		r.each = append(r.each, float64(after[i]-before[i])/float64(n))
	}
	return nil
}

// prepare starts a support session for each of n customers.
func (r *idleRelay) prepare(n int) (err error) {
	r.spec.Numbers = make([]string, n)
	for i := range r.spec.Numbers {
		if r.spec.Numbers[i], err = r.session(); err != nil {
			return err
		}
	}
	return nil
}

// join lets them come.
func (r *idleRelay) join(ctx context.Context) error {
	l, err := customers.Start(ctx, r.spec)
	if err != nil {
		return err
	}
	r.onClose(l.Stop)
	return nil
}

// settle is each relay's memory in bytes when its garbage has gone.
func settle(ctx context.Context, relays []*idleRelay) ([]int64, error) {
	memory, failed := make([]int64, len(relays)), make([]error, len(relays))
	var reading sync.WaitGroup
	for i, r := range relays {
		reading.Go(func() { memory[i], failed[i] = r.settle(ctx) })
	}
	reading.Wait()
	return memory, errors.Join(failed...)
}

// settle is the relay's memory in bytes when its garbage has gone. A relay tidies up when it
// has nothing to do and has used enough since the last time, so it is made to use more.
func (r *idleRelay) settle(ctx context.Context) (int64, error) {
	const lists = 30 // of more than 1000 sessions, a MB each
	for range lists {
		if _, err := r.command("session list --json"); err != nil {
			return 0, err
		}
	}
	return settledMemory(ctx, r.side.relay)
}

// settledMemory is the least memory in bytes that a process and its family have until it
// does not become less any more.
func settledMemory(ctx context.Context, root int) (int64, error) {
	least := int64(math.MaxInt64)
	began := time.Now()
	for since := began; time.Since(since) < settled && time.Since(began) < unsettled; {
		now, err := memoryOf(root)
		if err != nil {
			return 0, err
		}
		if float64(now) < float64(least)*(1-settledPart) {
			since = time.Now()
		}
		least = min(least, now)
		select {
		case <-time.After(time.Second / 2):
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
	}
	return least, nil
}
