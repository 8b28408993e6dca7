//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"supportd/hack/internal/customers"
	"supportd/library/sshd"
)

// idleLimit is how many kB of a relay's memory an idle tunnel may take, of 5000 and more;
// idleFixed is what a relay takes more than an empty one however many they are, in kB.
const idleLimit, idleFixed = 48, 10_000

// idleWatch is how long an idle relay is watched, which asks each tunnel once in that time
// whether it is there, and idleBusy how many percent of a processor it may use.
const idleWatch, idleBusy = sshd.KeepaliveInterval, 25

// idleTunnels compares what an idle tunnel takes of a relay's memory, and how many customers
// join in a second. Each number of tunnels has a relay of its own. It is read when it is
// empty, and again when the tunnels stand and the garbage of their logins is gone: the
// support sessions count as the tunnels' too. The customers are simulated, with real SSH
// logins; OpenSSH's are the same clients, and a rival's are its own programs. So these say
// nothing about how many join in a second: to start them takes longer.
func (b *bench) idleTunnels(ctx context.Context) (rows []row, err error) {
	b.say("idle tunnels: %v, and %d of OpenSSH's", b.tunnels, b.peers)
	peer, err := b.peerTunnels(ctx)
	if err != nil {
		return nil, err
	}
	others, err := b.rivalsIdle(ctx)
	if err != nil {
		return nil, err
	}
	var rate, busy float64
	for i, n := range b.tunnels {
		o, err := b.ownTunnels(ctx, n, i == len(b.tunnels)-1)
		if err != nil {
			return nil, err
		}
		memory := o.memory
		rate, busy = o.rate, o.busy
		name := fmt.Sprintf("relay memory per idle tunnel, of %d", n)
		rows = append(rows, within(name, "kB", memory/1e3, idleLimit+idleFixed/float64(n)).beside(peer.memory/1e3).among(others))
	}
	return append(rows,
		within(fmt.Sprintf("relay CPU with %d idle tunnels, of a processor", b.tunnels[len(b.tunnels)-1]), "%", 100*busy, idleBusy),
		compare("joins", "1/s", rate, peer.rate, true, 1)), nil
}

// occupied is what tunnels take.
type occupied struct {
	memory float64 // bytes of each
	busy   float64 // of a processor, in all, while they idle, where that is watched
	rate   float64 // how many have come in a second
}

// peerTunnels measures them with an sshd of its own.
func (b *bench) peerTunnels(ctx context.Context) (occupied, error) {
	middle, err := startServer(ctx, b.dir)
	if err != nil {
		return occupied{}, err
	}
	defer middle.stop()
	pid := middle.cmd.Process.Pid
	empty, err := settledMemory(ctx, pid)
	if err != nil {
		return occupied{}, err
	}
	return occupy(ctx, pid, empty, false, customers.Spec{Addr: middle.addr, Tunnels: b.peers, Key: filepath.Join(b.dir, "id_ed25519"), Workers: 32})
}

// ownTunnels measures n of them with a relay of their own, which is watched then or not.
func (b *bench) ownTunnels(ctx context.Context, n int, watched bool) (_ occupied, err error) {
	o, err := b.newRelay(ctx)
	if err != nil {
		return occupied{}, err
	}
	defer func() { err = errors.Join(err, o.stop()) }()
	empty, err := settledMemory(ctx, o.side.relay)
	if err != nil {
		return occupied{}, err
	}
	numbers, err := o.sessions(n)
	if err != nil {
		return occupied{}, err
	}
	return occupy(ctx, o.side.relay, empty, watched, customers.Spec{Addr: o.relay.Addr, Numbers: numbers, Workers: 32})
}

// occupy runs a load against a relay's process that took so many bytes when it was empty. The
// garbage of starting does not count. Where it is watched, it is while they idle.
func occupy(ctx context.Context, pid int, empty int64, watched bool, spec customers.Spec) (o occupied, err error) {
	l, err := customers.Start(ctx, spec)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, l.Stop()) }()
	full, err := settledMemory(ctx, pid)
	if err != nil {
		return o, err
	}
	o.memory, o.rate = float64(full-empty)/float64(l.Tunnels), float64(l.Tunnels)/l.Seconds
	if !watched {
		return o, nil
	}
	before, err := cpuOf(pid)
	if err != nil {
		return o, err
	}
	select {
	case <-time.After(idleWatch):
	case <-ctx.Done():
		return o, context.Cause(ctx)
	}
	after, err := cpuOf(pid)
	o.busy = (after - before).Seconds() / idleWatch.Seconds()
	return o, err
}
