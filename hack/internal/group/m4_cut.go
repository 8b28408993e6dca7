//go:build linux

package group

import (
	"context"
	"fmt"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/hack/testkit/pgtest"
	"supportd/relay/store"
)

// cut is what a relay is cut off from, and in which direction.
type cut struct {
	database bool // else another relay
	in, out  bool
}

func (c cut) String() string {
	from := "another relay"
	if c.database {
		from = "the database"
	}
	switch {
	case !c.out:
		return "a relay hears nothing of " + from
	case !c.in:
		return "nothing of a relay reaches " + from
	}
	return "a relay is cut off from " + from
}

// most is after what time a CSR who was revoked is out everywhere.
func (c cut) most() time.Duration {
	if c.database {
		return mostOut + store.Lease
	}
	return mostOut
}

// cutOff cuts relays off, each of which has a network of its own.
func (c *campaign) cutOff(ctx context.Context) (err error) {
	net, err := newNetwork(ctx)
	if err != nil {
		return err
	}
	defer func() { err = net.end(err) }()
	opts := durable()
	opts.Host = database
	server, err := pgtest.StartWith(opts)
	if err != nil {
		return err
	}
	s, err := c.siteOn(ctx, c.Relays, server, server.URL(), net.settle)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, 40, time.Second); err != nil {
		return err
	}
	for _, from := range []cut{{false, true, true}, {false, false, true}, {false, true, false}, {true, false, true}, {true, true, false}, {true, true, true}} {
		if err := s.revokeBehind(ctx, net, from); err != nil {
			return err
		}
	}
	return s.compare(ctx)
}

// revokeBehind revokes a CSR who is on computers of all relays by all relays, while one of
// them is cut off.
func (s *site) revokeBehind(ctx context.Context, net *network, from cut) error {
	first, other := s.nodes[0], s.nodes[1]
	for i, n := range s.nodes {
		for j := range s.loads {
			visit, err := stay(ctx, n.csr.SSH(ctx, s.loads[j].Numbers[i]+".support", "stay"))
			if err != nil {
				return err
			}
			defer visit.kill()
		}
	}
	before, err := s.reset()
	if err != nil {
		return err
	}
	s.lost = 0
	to := other.host
	if from.database {
		to = database
	}
	if err := net.cut(ctx, first, to, from.in, from.out); err != nil {
		return err
	}
	if err := pause(ctx, time.Second); err != nil {
		return err
	}
	if _, err := other.Admin(ctx, "csr", "disable", s.nodes[0].csr.Account); err != nil {
		return err
	}
	revoked := time.Now()
	var now customers.Report
	out, ok := until(ctx, time.Minute, func() bool {
		now, _, err = s.ask(customers.Ask{})
		return err == nil && now.Visits == 0
	})
	s.row(from.String(), fmt.Sprintf("a CSR who is revoked is out of all computers ≤ %.0f s", from.most().Seconds()), ok && out <= from.most(), "%.1f s, %d of %d left", out.Seconds(), now.Visits, before.Visits)
	// A relay that does not hear of it lets people in until its lease is over.
	_, ok = until(ctx, from.most(), func() bool {
		_, err = rig.Run(first.login(ctx, "relay", "whoami"))
		return err != nil
	})
	barred := time.Since(revoked)
	s.row("", fmt.Sprintf("and not let in there any more ≤ %.0f s", from.most().Seconds()), ok && barred <= from.most(), "%.1f s: %s", barred.Seconds(), said(err, "elay"))
	if err := net.heal(ctx, first); err != nil {
		return err
	}
	if _, err := other.Admin(ctx, "csr", "enable", s.nodes[0].csr.Account); err != nil {
		return err
	}
	took, ok := until(ctx, time.Minute, func() bool {
		err = s.reachesAll(ctx)
		return err == nil
	})
	s.row("", "when it is over, CSRs reach each relay's computers by each other one again ≤ 30 s", ok && took <= 30*time.Second, "%.1f s, %s", took.Seconds(), errText(err))
	if _, err := s.reset(); err != nil {
		return err
	}
	s.row("", "no tunnel ends", s.lost == 0, "%d", s.lost)
	return nil
}

// reachesAll has a CSR at each relay reach a computer of each other one.
func (s *site) reachesAll(ctx context.Context) error {
	for i, n := range s.nodes {
		for j, l := range s.loads {
			if i == j {
				continue
			}
			if _, err := rig.Run(n.login(ctx, l.Numbers[0]+".support", "zeros", "3")); err != nil {
				return fmt.Errorf("from %s to a computer of %s: %w", n.name, s.nodes[j].name, err)
			}
		}
	}
	return nil
}
