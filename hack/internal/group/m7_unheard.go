//go:build linux

package group

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"supportd/hack/internal/rig"
)

const (
	// changesMade is how many changes are made while nobody hears of any.
	changesMade = 30
	// mostSeen is after what time each acts at every other relay.
	mostSeen = time.Second
)

// unheard ends the connections on which relays hear of changes again and again.
func (c *campaign) unheard(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	number, err := s.nodes[0].session()
	if err != nil {
		return err
	}
	ended, stop, err := s.deafen(ctx)
	if err != nil {
		return err
	}
	slowest, err := s.spread(ctx, number)
	if err == nil {
		var more time.Duration
		if more, err = s.dismissals(ctx); err == nil {
			s.row("", fmt.Sprintf("an account that is disabled is out at another relay ≤ %.0f s", mostSeen.Seconds()), more <= mostSeen, "the slowest %.2f s", more.Seconds())
		}
	}
	stop()
	if err != nil {
		return err
	}
	s.row("the relays' LISTEN connections ended every 50 ms", fmt.Sprintf("what is changed at one relay is known at each other ≤ %.0f s", mostSeen.Seconds()), slowest <= mostSeen && *ended > changesMade,
		"the slowest of %d after %.2f s; %d connections ended", changesMade, slowest.Seconds(), *ended)
	return nil
}

// deafen ends every connection that listens, until stop is called.
func (s *site) deafen(ctx context.Context) (ended *int, stop func(), err error) {
	conn, err := pgconn.Connect(ctx, s.server.URL())
	if err != nil {
		return nil, nil, err
	}
	ended = new(int)
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		for pause(ctx, 50*time.Millisecond) == nil {
			rows, err := ask(context.WithoutCancel(ctx), conn, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`)
			if err != nil {
				s.say("ending connections: %v", err)
			}
			*ended += len(rows)
		}
		_ = conn.Close(context.WithoutCancel(ctx))
	})
	return ended, func() { cancel(); work.Wait() }, nil
}

// spread makes changes at one relay, and measures when every other one shows them.
func (s *site) spread(ctx context.Context, number string) (slowest time.Duration, err error) {
	for i := range changesMade {
		from := s.nodes[i%len(s.nodes)]
		note := fmt.Sprintf("note %d", i)
		if _, err := from.command("session note " + number + " '" + note + "'"); err != nil {
			return 0, err
		}
		for _, n := range s.nodes {
			var out string
			took, ok := until(ctx, rig.Patience, func() bool {
				out, err = n.command("session show " + number + " --json")
				return err == nil && strings.Contains(out, note)
			})
			if !ok {
				return 0, fmt.Errorf("%s does not know of a change: %s, %w", n.name, out, err)
			}
			slowest = max(slowest, took)
		}
	}
	return slowest, nil
}

// dismissals disables an account at one relay while it is logged in at another one, and
// enables it again.
func (s *site) dismissals(ctx context.Context) (slowest time.Duration, err error) {
	first, other := s.nodes[0], s.nodes[len(s.nodes)-1]
	carol, err := rig.NewCSR(ctx, other.Relay, "carol", "Carol Lee", filepath.Join(s.dir, "carol"))
	if err != nil {
		return 0, err
	}
	for range 10 {
		watching, err := dialAs(other, carol)
		if err != nil {
			return 0, err
		}
		if _, err := first.Admin(ctx, "csr", "disable", "carol"); err != nil {
			return 0, err
		}
		began := time.Now() // when it is in the database
		late := time.AfterFunc(rig.Patience, func() { _ = watching.Close() })
		_ = watching.Wait()
		late.Stop()
		slowest = max(slowest, time.Since(began))
		if _, err := first.Admin(ctx, "csr", "enable", "carol"); err != nil {
			return 0, err
		}
		if _, ok := until(ctx, rig.Patience, func() bool {
			_, err := rig.Run(carol.SSH(ctx, "relay", "whoami"))
			return err == nil
		}); !ok {
			return 0, fmt.Errorf("carol does not get in again")
		}
	}
	return slowest, nil
}
