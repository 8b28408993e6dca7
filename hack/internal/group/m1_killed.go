//go:build linux

package group

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
)

const (
	// mostLate is how much later than it was told the last computer may be back.
	mostLate = 20 * time.Second
	// leastServed is what percentage of logins a relay has to serve meanwhile.
	leastServed = 99
	// loginPause lies between two logins of one CSR.
	loginPause = 300 * time.Millisecond
	// eventsRate is about how many events all computers hand over in a second.
	eventsRate = 200
)

// killed kills a relay with kill -9.
func (c *campaign) killed(ctx context.Context) (err error) {
	s, err := c.newSite(ctx, c.Relays)
	if err != nil {
		return err
	}
	defer func() { err = joinStop(err, s) }()
	if err := s.populate(ctx, c.Tunnels, time.Duration(c.Tunnels)*time.Second/eventsRate); err != nil {
		return err
	}
	if err := pause(ctx, 25*time.Second); err != nil { // they ask again when to come back, now that all are there
		return err
	}
	before, _, err := s.ask(customers.Ask{Reset: true})
	if err != nil {
		return err
	}
	s.say("%d events of %d computers before", before.Events, before.Connected)
	victim, survivor := s.nodes[0], s.nodes[1]
	near := s.loads[len(s.loads)-1].Numbers[0] // of a third relay, where there is one
	whoami, stopWhoami := rig.LogInAgain(ctx, loginPause, func(ctx context.Context) *exec.Cmd { return survivor.login(ctx, "relay", "whoami") })
	reach, stopReach := rig.LogInAgain(ctx, loginPause, func(ctx context.Context) *exec.Cmd { return survivor.login(ctx, near+".support", "zeros", "3") })
	victim.Kill()
	killed := time.Now()
	s.say("relay %s killed", victim.name)
	limit := 30*time.Second + mostLate
	var now customers.Report
	_, back := until(ctx, 2*limit, func() bool {
		if now, _, err = s.ask(customers.Ask{}); err != nil {
			return true
		}
		return now.Connected == c.Tunnels && now.At[victim.Addr] == 0
	})
	if err != nil {
		return err
	}
	all := time.Since(killed)
	if rest := 30*time.Second - all; rest > 0 { // enough logins to tell a percentage of
		if err := pause(ctx, rest); err != nil {
			return err
		}
	}
	stopWhoami()
	stopReach()
	did := fmt.Sprintf("kill -9 of one of %d relays under %d tunnels", c.Relays, c.Tunnels)
	s.row(did, fmt.Sprintf("all of its tunnels back elsewhere ≤ %.0f s after the pause told", mostLate.Seconds()), back && now.Over <= mostLate.Seconds(),
		"%d of %d back after %.1f s, pause told %.1f s, the latest %.1f s behind it", now.Connected, c.Tunnels, all.Seconds(), now.Told, now.Over)
	s.row("", "tunnels of relays that run stay", now.Losses == before.At[victim.Addr], "%d connections lost, %d were there", now.Losses, before.At[victim.Addr])
	s.served(whoami, "logins at another relay meanwhile")
	s.served(reach, "logins on a computer of another relay meanwhile")
	if len(now.Refused) > 0 {
		s.say("computers were refused: %v", now.Refused)
	}
	if err := victim.start(ctx, victim.Addr); err != nil {
		return err
	}
	if err := victim.logIn(); err != nil {
		return err
	}
	_, reached := until(ctx, rig.Patience, func() bool {
		_, err = rig.Run(victim.login(ctx, s.loads[0].Numbers[0]+".support", "zeros", "3"))
		return err == nil
	})
	s.row("the killed relay started again", "a CSR there reaches a computer that has gone elsewhere", reached, "%v", errText(err))
	return s.compare(ctx)
}

func (s *site) served(l *rig.Logins, what string) {
	if l.Problem != nil {
		s.say("a login failed: %v", l.Problem)
	}
	s.row("", fmt.Sprintf("≥ %d %% of %s", leastServed, what), l.Percent() >= leastServed && l.All >= 20, "%d of %d, the slowest %.1f s", l.Served, l.All, l.Slowest.Seconds())
}

func errText(err error) string {
	if err == nil {
		return "yes"
	}
	return firstLine(err)
}
