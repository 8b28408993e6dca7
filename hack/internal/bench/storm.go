//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/library/sshd"
	"supportd/relay"
)

const (
	// stormLimit is how many seconds 10,000 computers may take to come back to a relay that
	// was killed, and stormServed what percentage of logins it has to serve meanwhile.
	stormLimit, stormServed = 35, 99
	// stormPause lies between two logins of a CSR.
	stormPause = 300 * time.Millisecond
)

// storm kills a relay with kill -9, starts it again at the same address, and measures how
// long it takes until all computers are back, while a CSR logs in with stock ssh again and
// again, and strangers try what they can: the relay's limits hold for them as ever.
func (b *bench) storm(ctx context.Context) (rows []row, err error) {
	for _, n := range b.storms {
		b.say("kill -9 of a relay with %d tunnels", n)
		back, err := b.stormOf(ctx, n)
		if err != nil {
			return nil, err
		}
		// The computers' own handshakes are done on these processors, too.
		rows = append(rows,
			within(fmt.Sprintf("all %d computers back after kill -9", n), "s", back.seconds, stormLimit),
			atLeast("  logins of a CSR that were served meanwhile", "%", back.served, stormServed),
			between(fmt.Sprintf("  of %d silent strangers, connected at once", strangersSilent), "", float64(back.open), 1, sshd.MaxUnauthenticated),
			exactly(fmt.Sprintf("  of %d wrong keys, looked at", strangersKeys), "", float64(back.keys), sshd.MaxAuthTries),
			exactly("  wrong numbers until their address is slowed", "", float64(back.guesses), relay.MaxMisses))
	}
	return rows, nil
}

// stormed is how a storm went.
type stormed struct {
	seconds, served float64
	*strangers
}

func (b *bench) stormOf(ctx context.Context, n int) (s stormed, err error) {
	o, err := b.newRelay(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, o.stop()) }()
	dir, err := b.place("csr")
	if err != nil {
		return s, err
	}
	csr, err := rig.NewCSR(ctx, o.relay, "bob", "Bob", filepath.Join(dir, "bob"))
	if err != nil {
		return s, err
	}
	numbers, err := o.sessions(n)
	if err != nil {
		return s, err
	}
	l, err := customers.Start(ctx, customers.Spec{Addr: o.relay.Addr, Numbers: numbers, Workers: 32, Back: true})
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	data, addr := o.relay.Data, o.relay.Addr
	o.relay.Kill()
	again, err := rig.StartRelay(ctx, b.programs, data, addr, nil)
	if err != nil {
		return s, err
	}
	o.relay = again
	o.close = []func() error{again.Stop} // the one before has ended, and alice's connection with it
	logins, stop := rig.LogInAgain(ctx, stormPause, func(ctx context.Context) *exec.Cmd { return csr.SSH(ctx, "-o", "ConnectTimeout=10", "relay", "whoami") })
	others, leave := watchStrangers(ctx, addr)
	back, err := l.Next()
	stop()
	leave()
	if logins.Problem != nil {
		b.say("  of %d logins %d were served; the last other one: %v", logins.All, logins.Served, logins.Problem)
	}
	if err = errors.Join(err, others.err); err == nil && others.rounds == 0 {
		err = errors.New("the strangers were not done before all computers were back")
	}
	return stormed{back.Seconds, logins.Percent(), others}, err
}

const (
	// journalComputers send journalled events for journalSeconds, and wait for each to be
	// acknowledged; journalLeast is how many the relay has to take in a second.
	journalComputers, journalSeconds, journalLeast = 50, 5, 8000
)

// journal measures how fast a relay takes events that are acknowledged singly, each on
// disk: what scripts write, which most events are, and messages, each of which also changes
// what every list of sessions shows.
func (b *bench) journal(ctx context.Context) (rows []row, err error) {
	b.say("journals of %d computers, acknowledged singly", journalComputers)
	output, err := b.singly(ctx, false)
	if err != nil {
		return nil, err
	}
	messages, err := b.singly(ctx, true)
	if err != nil {
		return nil, err
	}
	return []row{
		atLeast(fmt.Sprintf("events of %d computers, acknowledged singly", journalComputers), "1/s", output, journalLeast),
		told("  the same, where each is a message", "1/s", messages),
	}, nil
}

func (b *bench) singly(ctx context.Context, messages bool) (perSecond float64, err error) {
	o, err := b.newRelay(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, o.stop()) }()
	numbers, err := o.sessions(journalComputers)
	if err != nil {
		return 0, err
	}
	l, err := customers.Start(ctx, customers.Spec{Addr: o.relay.Addr, Numbers: numbers, Workers: 8, Singly: journalSeconds, Messages: messages})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	r, err := l.Next()
	return float64(r.Events) / r.Seconds, err
}
