package relay

import (
	"context"
	"errors"
	"time"

	"supportd/library/api"
	"supportd/library/panics"
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

// kept is a step of what goes on until the relay stops: one that panics has failed.
func (g *group) kept(what string, step func() error) (err error) {
	err = errPanicked
	defer panics.Keep(g.relay.log, what, nil)
	return step()
}

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
		err := g.kept("following a group", g.followOnce)
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
			if err := r.apply(ctx, row); err != nil {
				return err
			}
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
			r.numbers.Restore(m.Source, m.At, now)
		}
		g.misses = last
		if len(misses) < followMost {
			return nil
		}
	}
}

// apply makes known what is stored about a session now.
func (r *Relay) apply(ctx context.Context, row store.Session) error {
	s := r.find(row.Number)
	if s == nil || s.row.Load().ID != row.ID {
		if row.State == api.Ended {
			return nil
		}
		// It may have ended here since it was read, and be forgotten for that.
		row, err := r.data.Store.Session(ctx, row.ID)
		if err == nil && row.State != api.Ended {
			r.know(row)
		}
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if row.Changed > s.row.Load().Changed { // else it is our own change, or one before it
		s.applyLocked(row)
	}
	return nil
}

func (s *session) applyLocked(row store.Session) {
	r, have := s.relay, s.row.Load()
	if have.State == api.Ended {
		return
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
		r.group.hearJoin(row)
	}
	if row.Picture != nil {
		s.setPicture(*row.Picture)
	}
	s.setRow(&row)
	s.scheduleLocked()
	if row.State == api.Active && row.Node == r.group.name && s.tunnel.Load() == nil {
		s.loseLocked(0, &row)
	}
}

// loseLocked writes after a while that a computer is away that is connected to this relay as
// far as is stored, and is not: we were not told that it was written, or could not write that
// the computer had gone. Nothing else would ever end such a session.
func (s *session) loseLocked(after time.Duration, row *store.Session) {
	s.timer = time.AfterFunc(after, func() { s.relay.spawn(func() { s.lose(row) }) })
}

func (s *session) lose(row *store.Session) {
	r := s.relay
	ctx, cancel := context.WithTimeout(r.background, writePatience)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.row.Load() != row || s.tunnel.Load() != nil {
		return
	}
	now := r.now()
	err := s.changeLocked(ctx, r.data.Store.For(row.Owner).Unchanged(row.Changed), api.Away, func(row *store.Session) { row.Away = now })
	switch {
	case err == nil:
		r.log.Info("computer away", "session", row.ID, "cause", "it is not connected to this relay")
	case errors.Is(err, store.ErrTaken), r.background.Err() != nil: // what has changed is told of in a moment
	case errors.Is(err, store.ErrState):
		r.reconcileLater()
	default:
		r.log.Error("cannot write that a computer is away; trying again", "session", row.ID, "err", err)
		s.loseLocked(retryPause, row)
	}
}

// followServer reads everything again where another server has become the database's: it
// may have lost the last changes, and count them anew.
func (g *group) followServer(ctx context.Context) error {
	server, err := g.relay.data.Store.ServerStart(ctx)
	if err != nil || server == g.server {
		return err
	}
	if err := g.followAnew(); err != nil {
		return err
	}
	g.server = server
	return nil
}

// followAnew makes known what is stored now, whatever was known before.
func (g *group) followAnew() error {
	r := g.relay
	g.following.Lock()
	defer g.following.Unlock()
	ctx, cancel := context.WithTimeout(r.background, writePatience)
	defer cancel()
	last, err := r.data.Store.LastChange(ctx) // first, so that nothing is missed
	if err != nil {
		return err
	}
	rows, err := r.data.Store.OpenSessions(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if s := r.find(row.Number); s == nil || s.row.Load().ID != row.ID {
			r.learn(ctx, row)
		} else if err := s.reread(ctx, row); err != nil {
			return err
		}
	}
	g.sessions, g.misses = last, last
	if err := r.reconcile(ctx); err != nil { // of one that is lost, which keeps nobody out of the others
		r.log.Error("cannot compare the sessions with the database", "err", err)
	}
	return nil
}

// reread makes known what is stored about the session, unless that is what is known already.
// The number of its change does not tell: another server may have given it to another change.
func (s *session) reread(ctx context.Context, stored store.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := *s.row.Load()
	known.Picture, stored.Picture = nil, nil
	if known == stored {
		return nil
	}
	row, err := s.relay.data.Store.Session(ctx, known.ID)
	if err == nil {
		s.applyLocked(row)
	}
	return err
}
