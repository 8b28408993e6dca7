package relay

import (
	"context"
	"time"

	"supportd/library/api"
	"supportd/relay/store"
)

const (
	// followInterval is how often a node looks for what others have changed; it is told of
	// it, too, and what it was told may be lost.
	followInterval = 250 * time.Millisecond
	// followPause lies between two looks at least.
	followPause = 100 * time.Millisecond
	// followMost is how many changes are read at a time.
	followMost = 500
	// lateEnd is how much later than its own relay another one ends a session whose time is
	// over.
	lateEnd = 5 * time.Second
)

// follow applies what other relays of the group change, until this one stops.
func (g *group) follow() {
	r := g.relay
	changed := make(chan struct{}, 1)
	r.spawn(func() {
		r.data.Store.Listen(r.background, func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		})
	})
	timer := time.NewTimer(followInterval)
	defer timer.Stop()
	for failed := false; ; {
		err := g.followOnce()
		if r.background.Err() != nil {
			return
		}
		if err != nil && !failed && !r.away.Load() {
			r.log.Error("cannot read what other relays of the group have changed; trying again", "err", err)
		}
		failed = err != nil
		select {
		case <-time.After(followPause):
		case <-r.background.Done():
			return
		}
		timer.Reset(followInterval)
		select {
		case <-changed:
		case <-timer.C:
		case <-r.background.Done():
			return
		}
	}
}

func (g *group) followOnce() error {
	r := g.relay
	g.following.Lock()
	defer g.following.Unlock()
	r.catchUp(writePatience) // accounts, too: who may not enter any more is out at once
	g.checkPassed()
	ctx, cancel := context.WithTimeout(r.background, writePatience)
	defer cancel()
	for {
		rows, err := r.data.Store.SessionsChanged(ctx, g.sessions, followMost)
		if err != nil {
			return err
		}
		for _, row := range rows {
			r.apply(row)
			g.sessions = row.Changed
		}
		if len(rows) < followMost {
			break
		}
	}
	for {
		misses, last, err := r.data.Store.MissesChanged(ctx, g.misses, followMost)
		if err != nil {
			return err
		}
		now := r.now()
		for _, m := range misses {
			r.numbers.restore(m.Source, m.At, now)
		}
		g.misses = last
		if len(misses) < followMost {
			return nil
		}
	}
}

// apply makes known what is stored about a session now.
func (r *Relay) apply(row store.Session) {
	s := r.find(row.Number)
	if s == nil || s.row.Load().ID != row.ID {
		if row.State != api.Ended {
			r.know(row)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	have := s.row.Load()
	if have.State == api.Ended || row.Changed <= have.Changed {
		return // our own change, or one before it
	}
	if row.State == api.Ended {
		s.setRow(&row)
		s.scheduleLocked()
		s.removeLocked()
		return
	}
	if t := s.tunnel.Load(); t != nil && (row.Node != r.group.name || row.Generation != t.generation) {
		s.tunnel.Store(nil)
		t.conn.Load().End(errTaken)
		r.log.Info("another relay of the group has taken a session", "session", row.ID, "node", row.Node)
	}
	if row.Identity != "" && have.Identity == "" {
		r.mu.Lock()
		r.byIdentity[row.Identity] = s
		r.mu.Unlock()
	}
	if row.Picture != nil {
		s.setPicture(*row.Picture)
	}
	s.setRow(&row)
	s.scheduleLocked()
}
