//go:build linux

package group

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/library/sshd"
)

const (
	// stopTime is how long a relay is stopped (SIGSTOP): many leases.
	stopTime = time.Minute
	// silentTime is as long as all computers need to notice that, and to come to another one.
	silentTime = 2 * sshd.KeepaliveInterval * sshd.KeepaliveMisses
	// mostOut is after what time a CSR who was revoked is out everywhere.
	mostOut = 5 * time.Second
)

// stopped stops relays with SIGSTOP and lets them go on.
func (c *campaign) stopped(ctx context.Context) error {
	return c.each(ctx, (*campaign).stopsWriter, (*campaign).stopsHolder, (*campaign).stopsPassing)
}

func (n *node) signal(sig syscall.Signal) error { return n.Process().Signal(sig) }

// stopsHolder stops a relay that holds tunnels.
func (c *campaign) stopsHolder(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, min(c.Tunnels, few), time.Second); err != nil {
		return err
	}
	before, err := s.reset()
	if err != nil {
		return err
	}
	victim, other := s.nodes[0], s.nodes[1]
	if err := victim.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	stopped := time.Now()
	gone, ok := until(ctx, stopTime, func() bool {
		out, err := other.command("session show " + s.loads[0].Numbers[0] + " --json")
		return err == nil && strings.Contains(out, `"away"`)
	})
	s.row(fmt.Sprintf("SIGSTOP for %.0f s of a relay that holds %d tunnels", silentTime.Seconds(), before.At[victim.Addr]),
		"another relay gives its sessions up within three leases", ok && gone <= 30*time.Second, "%.1f s", gone.Seconds())
	if err := pause(ctx, silentTime-time.Since(stopped)); err != nil {
		return err
	}
	during, _, err := s.ask(customers.Ask{})
	if err != nil {
		return err
	}
	s.row("", "all its computers have gone to another one before it goes on", during.Connected == before.Connected && during.At[victim.Addr] == 0,
		"%d of %d connected, %v", during.Connected, before.Connected, during.At)
	s.say("refused: %v", during.Refused)
	if err := victim.signal(syscall.SIGCONT); err != nil {
		return err
	}
	back, ok := until(ctx, 2*time.Minute, func() bool {
		during, _, err = s.ask(customers.Ask{})
		return err != nil || during.Connected == before.Connected && victim.ready(ctx) == 200
	})
	if err != nil {
		return err
	}
	s.row("", "all its computers are connected again", ok, "%d of %d, %.1f s after SIGCONT, %v", during.Connected, before.Connected, back.Seconds(), during.At)
	if err := s.oneOwner(ctx); err != nil {
		return err
	}
	return s.compare(ctx)
}

// oneOwner compares to which relay each computer is connected with who holds its session.
func (s *site) oneOwner(ctx context.Context) error {
	var rows []string
	problem := ""
	// What a relay writes about a computer that has come a moment ago may take its time.
	took, ok := until(ctx, rig.Patience, func() bool {
		now, _, err := s.ask(customers.Ask{})
		if err != nil {
			problem = err.Error()
			return false
		}
		if rows, err = sql(ctx, s.server, `SELECT node, count(*) FROM sessions WHERE state = 'active' GROUP BY node ORDER BY node`); err != nil {
			problem = err.Error()
			return false
		}
		var want []string
		for _, n := range s.nodes {
			if at := now.At[n.Addr]; at > 0 {
				want = append(want, n.name+" "+strconv.Itoa(at))
			}
		}
		problem = fmt.Sprintf("stored %q, connected %q", rows, want)
		return slices.Equal(rows, want)
	})
	s.row("", "each session is held by the relay that its computer is connected to, and no other", ok, "after %.1f s: %s", took.Seconds(), problem)
	return nil
}

// stopsPassing stops the relay that passes a CSR on, who is revoked meanwhile.
func (c *campaign) stopsPassing(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, 40, time.Second); err != nil {
		return err
	}
	near, far := s.nodes[0], s.nodes[1]
	passed, err := stay(ctx, near.csr.SSH(ctx, s.loads[1].Numbers[0]+".support", "stay"))
	if err != nil {
		return err
	}
	defer passed.kill()
	direct, err := stay(ctx, far.csr.SSH(ctx, s.loads[1].Numbers[1]+".support", "stay"))
	if err != nil {
		return err
	}
	defer direct.kill()
	if err := near.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	stopped := time.Now()
	if err := pause(ctx, 2*time.Second); err != nil {
		return err
	}
	if _, err := far.Admin(ctx, "csr", "disable", "alice"); err != nil {
		return err
	}
	revoked := time.Now()
	var now customers.Report
	out, ok := until(ctx, rig.Patience, func() bool {
		now, _, err = s.ask(customers.Ask{})
		return err != nil || now.Visits == 0
	})
	if err != nil {
		return err
	}
	s.row(fmt.Sprintf("SIGSTOP for %.0f s of a relay that passes a CSR on, who is revoked meanwhile", stopTime.Seconds()),
		fmt.Sprintf("both of their connections are out of the computers ≤ %.0f s", mostOut.Seconds()), ok && out <= mostOut, "%.2f s, %d left", out.Seconds(), now.Visits)
	if err := pause(ctx, stopTime-time.Since(stopped)); err != nil {
		return err
	}
	if err := near.signal(syscall.SIGCONT); err != nil {
		return err
	}
	goesOn := time.Now()
	_, err = rig.Run(near.login(ctx, "relay", "whoami"))
	s.row("", "the CSR is not let in when it goes on", err != nil, "%s", errText(err))
	select {
	case <-passed.ended:
		s.row("", fmt.Sprintf("what it passed on ends ≤ %.0f s", mostOut.Seconds()), time.Since(goesOn) <= mostOut, "%.2f s after SIGCONT, %.0f s after the revocation", time.Since(goesOn).Seconds(), time.Since(revoked).Seconds())
	case <-time.After(rig.Patience):
		s.row("", fmt.Sprintf("what it passed on ends ≤ %.0f s", mostOut.Seconds()), false, "it goes on")
	}
	return nil
}
