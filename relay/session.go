package relay

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

const (
	// writePatience bounds a change of a session that nobody waits for.
	writePatience = 30 * time.Second
	// retryPause is how long the relay waits before it tries again to write
	// what must be written, e.g. on a full disk.
	retryPause = 10 * time.Second
	// maxOpen bounds the open sessions of one account, so that a program gone
	// wrong cannot use up memory and numbers.
	maxOpen = 10_000
)

// session is a support session that has not ended. What the database holds is
// the truth; row is what was last written there.
type session struct {
	relay  *Relay
	row    atomic.Pointer[store.Session]
	tunnel atomic.Pointer[tunnel] // nil unless a computer is connected
	// delay is a computer whose address is slowed and that has this number, or nil.
	delay atomic.Pointer[api.Delay]
	// picture is what the journal says of the present, nil where it says nothing yet.
	picture atomic.Pointer[journal.Picture]

	// mu is held for a whole change, the database's work included, so that changes
	// have one order. Lock order: session.mu before Relay.mu.
	mu    sync.Mutex
	timer *time.Timer
}

// hold keeps a session of the database in memory. [Relay.reserve] has counted it.
func (r *Relay) hold(row store.Session) *session {
	s := &session{relay: r}
	s.row.Store(&row)
	s.picture.Store(row.Picture)
	r.mu.Lock()
	if is := r.byNumber[row.Number]; is != nil && is.row.Load().ID == row.ID { // who was told of it was faster
		r.unreserveLocked(row.Owner)
		r.mu.Unlock()
		return is
	}
	r.byNumber[row.Number] = s
	if row.Identity != "" {
		r.byIdentity[row.Identity] = s
	}
	r.mu.Unlock()
	s.mu.Lock()
	s.scheduleLocked()
	s.mu.Unlock()
	s.tellChange()
	return s
}

// know holds a session of the database, unless it is held already.
func (r *Relay) know(row store.Session) *session {
	r.reserve(row.Owner, math.MaxInt)
	return r.hold(row)
}

// learn is know for whoever has found the session in the database and not in memory: another
// relay of the group has opened it a moment ago, or this relay is writing down just now that
// its computer has joined. It may have ended since it was read, and been forgotten for that
// before it was held, so it is read once more.
func (r *Relay) learn(ctx context.Context, row store.Session) *session {
	s := r.know(row)
	now, err := r.data.Store.Session(ctx, row.ID)
	if err != nil {
		r.reconcileLater()
		return s
	}
	s.ended(now)
	return s
}

// timeOver is when a session ends unless its computer comes: the zero time where
// nothing has to come.
func (r *Relay) timeOver(row *store.Session) time.Time {
	switch row.State {
	case api.Waiting:
		return row.Created.Add(r.opts.NumberLife)
	case api.Away:
		return row.Away.Add(r.opts.Window)
	}
	return time.Time{}
}

// scheduleLocked sets the timer that ends the session when its time is over.
func (s *session) scheduleLocked() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	row := s.row.Load()
	if at := s.relay.timeOver(row); !at.IsZero() {
		if g := s.relay.group; g != nil && row.Node != g.name { // unless its own relay cannot
			at = at.Add(lateEnd)
		}
		s.expireLocked(at.Sub(s.relay.now()), row)
	}
}

// expireLocked calls expire after a while.
func (s *session) expireLocked(after time.Duration, row *store.Session) {
	s.timer = time.AfterFunc(after, func() { s.relay.spawn(func() { s.expire(row) }) })
}

// expire ends the session unless it has changed since row was written. It looks
// under the lock: while it waited for that, the computer may have come.
func (s *session) expire(row *store.Session) {
	ctx, cancel := context.WithTimeout(s.relay.background, writePatience)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.row.Load() != row {
		return
	}
	reason := "the computer did not come back in time"
	if row.State == api.Waiting {
		reason = "the number was not used in time"
	}
	// Another relay of the group may know better.
	err := s.endLocked(ctx, s.relay.data.Store.For(row.Owner).Unchanged(row.Changed), journal.ByRelay, reason)
	switch {
	case err == nil || s.relay.background.Err() != nil:
	case errors.Is(err, store.ErrState):
		s.relay.reconcileLater() // another process has ended it
	case errors.Is(err, store.ErrTaken): // what has changed is told of in a moment
	default:
		s.relay.log.Error("cannot end a session whose time is over; trying again", "session", row.ID, "err", err)
		s.expireLocked(retryPause, row)
	}
}

// changeLocked writes a change of state, and then makes it true in memory. st is the store
// for the session's owner, and may demand more.
func (s *session) changeLocked(ctx context.Context, st *store.Store, to api.State, edit func(*store.Session)) error {
	row, err := st.ChangeKnown(ctx, *s.row.Load(), to, edit)
	if err != nil {
		return err
	}
	s.setRow(&row)
	s.scheduleLocked()
	return nil
}

// open starts a session for a CSR; ticket may be "". edit may set how they call it.
func (r *Relay) open(ctx context.Context, owner, ticket string, edit ...func(*store.Session)) (*session, error) {
	if !r.reserve(owner, maxOpen) {
		return nil, errTooMany
	}
	row := store.Session{ID: rand.Text(), State: api.Waiting, Owner: owner, Ticket: ticket, Created: r.now().UTC().Truncate(time.Millisecond), Node: r.opts.Node}
	for _, f := range edit {
		f(&row)
	}
	// There are 90 million numbers, so it is rare that one is in use already. Then
	// another one is tried.
	for tries := 10; ; tries-- {
		row.Number = wire.NewNumber()
		err := r.data.Store.AddSession(ctx, &row)
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrExists) || tries == 0 {
			r.unreserve(owner)
			return nil, err
		}
	}
	r.log.Info("session started", "session", row.ID, "owner", owner)
	return r.hold(row), nil
}

var errTooMany = text.Errorf("%d sessions of this account are open", maxOpen)

// reserve counts a session among the open ones of an account, unless the account
// has as many as it may.
func (r *Relay) reserve(owner string, most int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owned[owner] >= most {
		return false
	}
	r.owned[owner]++
	return true
}

// unreserve undoes reserve.
func (r *Relay) unreserve(owner string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unreserveLocked(owner)
}

func (r *Relay) unreserveLocked(owner string) {
	if r.owned[owner]--; r.owned[owner] == 0 {
		delete(r.owned, owner)
	}
}

// sessions lists what is open.
func (r *Relay) sessions() []*session {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*session, 0, len(r.byNumber))
	for _, s := range r.byNumber {
		all = append(all, s)
	}
	return all
}

// find returns the open session with a number, or nil.
func (r *Relay) find(n wire.Number) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byNumber[n]
}

// findIdentity returns the open session of a computer's key, or nil.
func (r *Relay) findIdentity(identity string) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byIdentity[identity]
}

// end ends the session for good, tells its computer, and closes everything
// that goes through it. It returns [store.ErrState] when it had ended already.
func (s *session) end(ctx context.Context, by, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endLocked(ctx, s.relay.data.Store.For(s.row.Load().Owner), by, reason)
}

// endBy ends the session for the customer, unless another connection of the
// computer has taken the place of t meanwhile: then it is [errReplaced].
func (s *session) endBy(ctx context.Context, t *tunnel, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tunnel.Load() != t {
		return errReplaced
	}
	return s.endLocked(ctx, s.relay.storeFor(s.row.Load().Owner, t), wire.CustomerUser, reason)
}

func (s *session) endLocked(ctx context.Context, st *store.Store, by, reason string) error {
	if s.row.Load().State == api.Ended {
		return store.ErrState
	}
	err := s.changeLocked(ctx, st, api.Ended, func(row *store.Session) {
		row.Ended, row.EndedBy, row.Reason = s.relay.now(), by, reason
	})
	if err != nil {
		return err
	}
	s.removeLocked()
	return nil
}

// setNote replaces the session's note.
func (s *session) setNote(ctx context.Context, note string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := *s.row.Load()
	if _, err := s.relay.data.Store.For(row.Owner).SetNote(ctx, row.ID, note); err != nil {
		return err
	}
	row.Note = note
	s.setRow(&row)
	s.scheduleLocked()
	return nil
}

// removeLocked forgets a session that has ended in the database.
func (s *session) removeLocked() {
	row := s.row.Load()
	r := s.relay
	r.mu.Lock()
	if r.byNumber[row.Number] == s {
		delete(r.byNumber, row.Number)
		r.unreserveLocked(row.Owner)
	}
	if r.byIdentity[row.Identity] == s {
		delete(r.byIdentity, row.Identity)
	}
	r.mu.Unlock()
	r.log.Info("session ended", "session", row.ID, "by", row.EndedBy)
	if t := s.tunnel.Swap(nil); t != nil {
		r.spawn(func() { t.closeEnded(wire.End{By: row.EndedBy, Reason: row.Reason}) })
	}
}

// ended ends the session here, because another process has ended it in the database.
func (s *session) ended(row store.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if row.State != api.Ended || s.row.Load().State == api.Ended {
		return
	}
	s.setRow(&row)
	s.scheduleLocked()
	s.removeLocked()
}

// stopTimer stops the session's clock, because the relay stops.
func (s *session) stopTimer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
}

// lost makes the session away when its computer's connection has ended.
func (s *session) lost(t *tunnel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tunnel.CompareAndSwap(t, nil) || s.relay.background.Err() != nil {
		return // it has come back already; or the relay stops, and writes that for all at once
	}
	ctx, cancel := context.WithTimeout(s.relay.background, writePatience)
	defer cancel()
	now := s.relay.now()
	reason := ""
	if said := t.awayReason.Load(); said != nil {
		reason = text.Plain(*said, wire.MaxName)
	}
	err := s.changeLocked(ctx, s.relay.storeFor(s.row.Load().Owner, t), api.Away, func(row *store.Session) { row.Away, row.Reason = now, reason })
	switch {
	case errors.Is(err, store.ErrState):
		s.relay.reconcileLater()
	case errors.Is(err, store.ErrTaken):
		return // by another relay of the group, which knows
	case err != nil:
		// The computer is away, whether or not that could be written down.
		row := *s.row.Load()
		row.State, row.Away, row.Reason = api.Away, now, reason
		s.setRow(&row)
		s.scheduleLocked()
		s.relay.log.Error("cannot write that a computer is away", "session", row.ID, "err", err)
	}
	s.relay.log.Info("computer away", "session", s.row.Load().ID, "cause", context.Cause(t.conn.Load().Context()))
}
