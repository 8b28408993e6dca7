//go:build linux

package group

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/library/wire"
)

const (
	// awayTime is how long the database is away.
	awayTime = time.Minute
	// mostBack is how long it may take until all goes on when it is back: a lease, and what
	// waits for its next try.
	mostBack = 20 * time.Second
	// mostNotice is how long a relay may take to say that it is not ready.
	mostNotice = 15 * time.Second
	// few are the computers where their number does not matter much.
	few = 200
)

// databaseAway stops the database as a crash does, and starts it again.
func (c *campaign) databaseAway(ctx context.Context) (err error) {
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
	spare, err := s.nodes[0].session()
	if err != nil {
		return err
	}
	if err := s.server.Crash(); err != nil {
		return err
	}
	if err := s.outage(ctx, fmt.Sprintf("the database crashes and is away for %.0f s", awayTime.Seconds()), before, spare, awayTime, s.server.Restart); err != nil {
		return err
	}
	return s.compare(ctx)
}

// reset has the counting of all computers begin anew, and tells how they were.
func (s *site) reset() (customers.Report, error) {
	r, _, err := s.ask(customers.Ask{Reset: true})
	s.lost += r.Losses
	return r, err
}

// outage measures what holds while the database takes nothing, from when that began, and
// after repair.
func (s *site) outage(ctx context.Context, did string, before customers.Report, spare string, last time.Duration, repair func() error) error {
	began := time.Now()
	s.lost = 0
	slowest, noticed := time.Duration(0), true
	for _, n := range s.nodes {
		_, ok := until(ctx, mostNotice, func() bool { return n.ready(ctx) == http.StatusServiceUnavailable })
		noticed = noticed && ok
		slowest = max(slowest, time.Since(began))
	}
	s.row(did, fmt.Sprintf("/readyz answers 503 after ≤ %.0f s", mostNotice.Seconds()), noticed, "%.1f s", slowest.Seconds())
	if _, err := s.reset(); err != nil { // what was acknowledged meanwhile was stored before
		return err
	}
	if err := s.refuses(ctx, spare); err != nil {
		return err
	}
	if rest := last - time.Since(began); rest > 0 {
		if err := pause(ctx, rest); err != nil {
			return err
		}
	}
	during, err := s.reset()
	if err != nil {
		return err
	}
	s.row("", "nothing is acknowledged", during.Events == 0, "%d events, %d wait", during.Events, during.Waiting)
	if err := repair(); err != nil {
		return err
	}
	return s.recovers(ctx, before)
}

// refuses has a CSR start a session, and a computer join with a number that nobody has used.
func (s *site) refuses(ctx context.Context, spare string) error {
	refused, told := true, ""
	codes := map[wire.Code]int{}
	for i, n := range s.nodes {
		limit, cancel := context.WithTimeout(ctx, rig.Patience)
		_, err := rig.Run(n.login(limit, "relay", "session", "start"))
		cancel()
		why := ""
		if err != nil {
			_, why, _ = strings.Cut(strings.TrimSpace(err.Error()), "\n")
			told, _, _ = strings.Cut(why, "\n")
		}
		refused = refused && (strings.Contains(why, "database") || strings.Contains(why, "lost touch with its group"))
		candidate, err := customers.NewCandidate(n.Addr, i)
		if err != nil {
			return err
		}
		welcome, err := candidate.Join(spare)
		var no *customers.Refusal
		if errors.As(err, &no) {
			welcome.Code, err = no.Code, nil
		}
		codes[welcome.Code]++
		if err := errors.Join(err, candidate.Close()); err != nil {
			return err
		}
	}
	s.row("", "new sessions are refused with the reason", refused, "%q", told)
	s.row("", "new computers are asked to come later", codes[wire.CodeBusy] == len(s.nodes), "by code: %v", codes)
	return nil
}

// recovers measures after what time everything is as it was before.
func (s *site) recovers(ctx context.Context, before customers.Report) error {
	began := time.Now()
	all := true
	var problem error
	for i, n := range s.nodes {
		_, ready := until(ctx, 2*mostBack, func() bool { return n.ready(ctx) == http.StatusOK })
		_, starts := until(ctx, 2*mostBack, func() bool {
			_, problem = rig.Run(n.login(ctx, "relay", "session", "start"))
			return problem == nil
		})
		_, enters := until(ctx, 2*mostBack, func() bool {
			_, problem = rig.Run(n.login(ctx, s.loads[(i+1)%len(s.loads)].Numbers[0]+".support", "zeros", "3"))
			return problem == nil
		})
		if all = all && ready && starts && enters; !all {
			break
		}
	}
	took := time.Since(began)
	s.row("", fmt.Sprintf("all relays are ready, start sessions and reach each other's computers again ≤ %.0f s", mostBack.Seconds()), all && took <= mostBack, "%.1f s, %s", took.Seconds(), errText(problem))
	if _, err := s.reset(); err != nil {
		return err
	}
	// Whoever gives up the other's lease does so some time after the database is back.
	if err := pause(ctx, 30*time.Second); err != nil {
		return err
	}
	after, err := s.reset()
	if err != nil {
		return err
	}
	s.row("", "no tunnel ends, then or half a minute later", s.lost == 0 && after.Connected == before.Connected,
		"%d of %d connected, %d lost since it began", after.Connected, before.Connected, s.lost)
	s.row("", "every computer's events go on", after.Events > 0 && after.Silent == 0, "%d events, %d computers bring none", after.Events, after.Silent)
	return nil
}
