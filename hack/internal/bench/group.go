//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/hack/testkit/pgtest"
)

const (
	// hopThroughput is how much of the throughput is left where a CSR is at another relay
	// than the computer, and hopFirstByte how much later the first byte may come, in ms.
	hopThroughput, hopFirstByte = 0.7, 5
	// groupJoins is how many computers join each time, and groupJoinRate how many of those
	// with SQLite join with PostgreSQL in the same time.
	groupJoins, groupJoinRate = 600, 0.8
)

// group measures what a hop between two relays of a group costs, and what PostgreSQL does.
func (b *bench) group(ctx context.Context) (rows []row, err error) {
	b.say("two relays on PostgreSQL: %d rounds", b.rounds)
	server, err := pgtest.StartWith(pgtest.Options{Settings: pgtest.Durable()})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	dir, err := b.place("group")
	if err != nil {
		return nil, err
	}
	near, err := b.newNode(ctx, dir, "near", server.URL())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, near.stop()) }()
	away, err := b.newNode(ctx, dir, "away", server.URL())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, away.stop()) }()
	// Its computer is connected to the first relay; CSRs are at both.
	number, err := near.tunnel(ctx, customers.Spec{Inner: true, Key: filepath.Join(b.dir, "id_ed25519")})
	if err != nil {
		return nil, err
	}
	known, err := near.command("known-hosts")
	if err != nil {
		return nil, err
	}
	for _, o := range []*ours{near, away} {
		if err := o.awaitActive(ctx, number); err != nil {
			return nil, err
		}
		hosts := fmt.Sprintf("Host relay\n    HostName %s\n    Port %s\n    User alice\n    HostKeyAlias %s\nHost bulk\n    HostName %s.support\n    User alice\n    ProxyJump relay\n",
			o.relay.Host(), o.relay.Port(), aliasOf(near.relay.Addr), number)
		if o.config, err = writeConfig(b.dir, o.name, hosts, known); err != nil {
			return nil, err
		}
	}
	all, err := b.stream(ctx, "bulk", near.side, away.side)
	if err != nil {
		return nil, err
	}
	took := map[*side][]float64{}
	err = inTurns(b.probes, []*side{near.side, away.side}, func(s *side) error {
		ms, err := firstByteOf(s.ssh(ctx, "bulk", "zeros 1"))
		took[s] = append(took[s], ms)
		return err
	})
	if err != nil {
		return nil, err
	}
	joins, err := b.joinsOnBoth(ctx, near)
	if err != nil {
		return nil, err
	}
	direct, hop := all[near.side], all[away.side]
	return []row{
		ratioOf("through another relay of a group, to CSR, MB/s by direct", median(hop.down), median(direct.down), hopThroughput),
		ratioOf("  from CSR", median(hop.up), median(direct.up), hopThroughput),
		within("  first byte: later by", "ms", median(took[away.side])-median(took[near.side]), hopFirstByte),
		ratioOf("joins with PostgreSQL, 1/s by SQLite", joins[0], joins[1], groupJoinRate),
	}, nil
}

// newNode starts a relay of a group. The second has the keys of the first.
func (b *bench) newNode(ctx context.Context, dir, name, database string) (_ *ours, err error) {
	o := &ours{side: &side{name: name, bulk: map[string]commands{"bulk": {"zeros %d", "swallow"}}}}
	data := filepath.Join(dir, name)
	first, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if len(first) > 0 {
		if err := os.Mkdir(data, 0o700); err != nil {
			return nil, err
		}
		for _, key := range []string{"host_key", "ca_key"} {
			text, err := os.ReadFile(filepath.Join(dir, first[0].Name(), key))
			if err == nil {
				err = os.WriteFile(filepath.Join(data, key), text, 0o600)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	if o.relay, err = rig.StartRelay(ctx, b.programs, data, "", nil, "--database", database, "--node", name, "--peer-listen", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	o.onClose(o.relay.Stop)
	o.side.relay = o.relay.Process().Pid
	if len(first) == 0 {
		if _, err := o.relay.Admin(ctx, "csr", "add", "alice", "--key", filepath.Join(b.dir, "id_ed25519.pub")); err != nil {
			return nil, errors.Join(err, o.stop())
		}
	}
	if err := o.logIn(b.dir); err != nil {
		return nil, errors.Join(err, o.stop())
	}
	o.onClose(o.api.Close)
	return o, nil
}

// joinsOnBoth are how many computers join in a second, with PostgreSQL and with SQLite, in
// turns. All stay until the end: what their going would give to one relay, the other one would
// be slower for.
func (b *bench) joinsOnBoth(ctx context.Context, group *ours) (rates [2]float64, err error) {
	alone, err := b.newRelay(ctx)
	if err != nil {
		return rates, err
	}
	var loads []*customers.Load
	defer func() {
		for _, l := range loads {
			err = errors.Join(err, l.Stop())
		}
		err = errors.Join(err, alone.stop())
	}()
	measured := [2][]float64{}
	for range max(b.rounds, 3) {
		for i, o := range []*ours{group, alone} {
			numbers, err := o.sessions(groupJoins)
			if err != nil {
				return rates, err
			}
			l, err := customers.Start(ctx, customers.Spec{Addr: o.relay.Addr, Numbers: numbers, Workers: 32})
			if err != nil {
				return rates, err
			}
			loads = append(loads, l)
			measured[i] = append(measured[i], float64(l.Tunnels)/l.Seconds)
		}
	}
	return [2]float64{median(measured[0]), median(measured[1])}, nil
}
