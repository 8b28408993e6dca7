package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
)

// Session is a support session.
type Session struct {
	ID       string // never shown; numbers are given out again, this is not
	Number   wire.Number
	State    api.State
	Owner    string // account
	Customer string // what the customer calls themselves; foreign text, as are Host and OS
	Host     string
	OS       string
	Identity string // the computer's key as in authorized_keys; "" before it joined
	Created  time.Time
	Joined   time.Time // zero before
	Away     time.Time // since when it is away; zero in every other state
	Ended    time.Time
	EndedBy  string // an account, "customer" or "relay"
	Reason   string // of its end, or why it is away where that is known
	Ticket   string // tracking code in another system, or ""
	Note     string // what the CSR wants to be remembered
	Name     string // what the CSR calls it, or ""
	// Node is the relay of a group that holds it, or has held it last; "" where there is
	// no group.
	Node string
	// Generation grows each time a relay takes the session, see [Store.Holding].
	Generation int64
	// Changed grows with every change of any session; 0 in SQLite. See [Store.SessionsChanged].
	Changed int64
	// Picture is what the journal says of the present, nil where it says nothing yet.
	// [Store.AppendEvents] alone changes it.
	Picture *journal.Picture
}

// mayBecome is the only place that knows which changes of state are allowed. An
// active session may become active again: its computer may come back before its
// loss was noticed.
func mayBecome(from, to api.State) bool {
	next := map[api.State][]api.State{
		api.Waiting: {api.Active, api.Ended},
		api.Active:  {api.Active, api.Away, api.Ended},
		api.Away:    {api.Active, api.Ended},
	}
	return slices.Contains(next[from], to)
}

const sessionColumns = `id, number, state, owner, customer, host, os, identity, created, joined, away, ended, ended_by, reason, ticket, note, name, node, generation`

// allColumns have also what is never written together with the rest.
const allColumns = sessionColumns + `, picture, change_number`

func (s Session) values() []any {
	return []any{
		s.ID, string(s.Number), string(s.State), s.Owner, s.Customer, s.Host, s.OS, s.Identity,
		millis(s.Created), millis(s.Joined), millis(s.Away), millis(s.Ended), s.EndedBy, s.Reason,
		s.Ticket, s.Note, s.Name, s.Node, s.Generation,
	}
}

func scanSession(row interface{ Scan(...any) error }) (s Session, err error) {
	var created, joined, away, ended int64
	var picture string
	err = row.Scan(&s.ID, &s.Number, &s.State, &s.Owner, &s.Customer, &s.Host, &s.OS, &s.Identity,
		&created, &joined, &away, &ended, &s.EndedBy, &s.Reason, &s.Ticket, &s.Note, &s.Name, &s.Node, &s.Generation, &picture, &s.Changed)
	if picture != "" {
		p := parsePicture(picture)
		s.Picture = &p
	}
	s.Created, s.Joined, s.Away, s.Ended = moment(created), moment(joined), moment(away), moment(ended)
	return s, err
}

// AddSession stores a new session, which has to be waiting, and sets its Changed. [ErrExists]
// means that its number is in use.
func (s *Store) AddSession(ctx context.Context, n *Session) error {
	if n.State != api.Waiting {
		return fmt.Errorf("a session begins as waiting: %w", ErrState)
	}
	return s.write(ctx, people, n.Owner, func(ctx context.Context, tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO sessions (`+sessionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) RETURNING change_number`,
			n.values()...).Scan(&n.Changed)
		if isDuplicate(err) {
			return fmt.Errorf("session number: %w", ErrExists)
		}
		return err
	})
}

// ChangeSession brings a session into another state. edit may set what belongs to a state: not
// the identifier, the number and the owner, when it was created, and what its CSR calls and
// notes it. It sees the session as it is stored, with the new state, and may be called more
// than once. It returns what is stored then, or [ErrState]; [ErrJoined] where edit wants
// another computer than the one that has joined; and [ErrTaken] where another relay of the
// group holds the session, see [Store.Holding].
func (s *Store) ChangeSession(ctx context.Context, id string, to api.State, edit func(*Session)) (Session, error) {
	return s.ChangeKnown(ctx, Session{ID: id}, to, edit)
}

// ChangeKnown is ChangeSession for somebody who knows how a session was stored last. Where
// the database counts changes and there is no newer one, it is not read again.
func (s *Store) ChangeKnown(ctx context.Context, known Session, to api.State, edit func(*Session)) (changed Session, err error) {
	w := &work{ctx: ctx, weight: changeWeight, done: make(chan error, 1)}
	w.do = func(ctx context.Context, tx *sql.Tx) error {
		old, err := scanSession(tx.StmtContext(ctx, s.prepared.session).QueryRowContext(ctx, known.ID))
		if err == nil && w.unsure && slices.Equal(old.changeable(), w.change[:len(old.changeable())]) {
			changed = old // it was stored, and the answer was lost
			return nil
		}
		if err == nil {
			changed, err = s.next(old, to, edit)
		}
		if err == nil {
			w.change, w.unsure = changed.changeFrom(old), true // until this is done
			err = tx.StmtContext(ctx, s.prepared.change).QueryRowContext(ctx, w.change...).Scan(&changed.Changed)
		}
		if errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("session %s: %w", known.ID, ErrNotFound)
		}
		return err
	}
	if known.Changed != 0 { // what stands in the way may have changed, and is read again
		if next, err := s.next(known, to, edit); err == nil {
			w.change = next.changeFrom(known)
			w.changed = func(number int64) { changed = next; changed.Changed = number }
		}
	}
	if err := s.writeWork(computers, known.ID, w); err != nil {
		return Session{}, err
	}
	return changed, nil
}

// next is what a session that is stored as old becomes.
func (s *Store) next(old Session, to api.State, edit func(*Session)) (Session, error) {
	switch {
	case !mayBecome(old.State, to):
		return old, fmt.Errorf("from %s to %s: %w", old.State, to, ErrState)
	case !s.holds(old.Node, old.Generation, old.Changed):
		return old, fmt.Errorf("session %s: %w", old.ID, ErrTaken)
	}
	next := old
	next.State, next.Away, next.Reason = to, time.Time{}, ""
	edit(&next)
	next.ID, next.Number, next.State, next.Owner, next.Created = old.ID, old.Number, to, old.Owner, old.Created
	next.Ticket, next.Note, next.Name = old.Ticket, old.Note, old.Name
	for _, at := range []*time.Time{&next.Joined, &next.Away, &next.Ended} {
		*at = moment(millis(*at)) // as it is stored
	}
	if old.Identity != "" && next.Identity != old.Identity {
		return old, fmt.Errorf("session %s: %w", old.ID, ErrJoined)
	}
	return next, nil
}

// changeQuery stores what [Store.ChangeSession] may change, and returns the number of that
// change, or nothing where the session is not stored as it was. After a failover the same
// number may stand for another change, so it is not all that is compared.
const changeQuery = `UPDATE sessions SET state = $2, customer = $3, host = $4, os = $5, identity = $6, joined = $7, away = $8,
	ended = $9, ended_by = $10, reason = $11, node = $12, generation = $13
	WHERE id = $1 AND change_number = $14 AND state = $15 AND identity = $16 AND node = $17 AND generation = $18 RETURNING change_number`

// changeFrom are the values of changeQuery.
func (s Session) changeFrom(old Session) []any {
	return append(s.changeable(), old.Changed, string(old.State), old.Identity, old.Node, old.Generation)
}

// changeable are the identifier, and what changeQuery stores.
func (s Session) changeable() []any {
	return []any{
		s.ID, string(s.State), s.Customer, s.Host, s.OS, s.Identity, millis(s.Joined), millis(s.Away),
		millis(s.Ended), s.EndedBy, s.Reason, s.Node, s.Generation,
	}
}

// SetNote replaces a session's note, in any state, and returns what is stored
// then.
func (s *Store) SetNote(ctx context.Context, id, note string) (changed Session, err error) {
	err = s.write(ctx, people, id, func(ctx context.Context, tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE sessions SET note = $2 WHERE id = $1`, id, note)
		if err := one(res, err, "session "+id); err != nil {
			return err
		}
		changed, err = scanSession(tx.QueryRowContext(ctx, `SELECT `+allColumns+` FROM sessions WHERE id = $1`, id))
		return err
	})
	return changed, err
}

// LoseSessions marks every active session as away, because the relay that held
// their tunnels stops or has stopped. In a group these are those of one node; it writes
// nothing about them any more.
func (s *Store) LoseSessions(ctx context.Context, now time.Time) error {
	return s.write(ctx, computers, "", func(ctx context.Context, tx *sql.Tx) error {
		if s.node == "" {
			return exec(ctx, tx, `UPDATE sessions SET state = 'away', away = $1 WHERE state = 'active'`, millis(now))
		}
		return loseSessions(ctx, tx, s.node, now)
	})
}

// loseSessions also gives up what a relay has left that was alone: none is there beside a node.
func loseSessions(ctx context.Context, tx *sql.Tx, node string, now time.Time) error {
	return exec(ctx, tx, `UPDATE sessions SET state = 'away', away = $1, generation = generation + 1 WHERE state = 'active' AND node IN ($2, '')`, millis(now), node)
}

// OpenSessions lists the sessions that have not ended, the oldest first.
func (s *Store) OpenSessions(ctx context.Context) ([]Session, error) {
	return s.sessions(ctx, s.lister, `WHERE state <> 'ended' ORDER BY created, id`)
}

// EndedSessions lists the sessions that ended last, at most limit, the oldest
// first; owner "" is everybody's.
func (s *Store) EndedSessions(ctx context.Context, owner string, limit int) ([]Session, error) {
	where, args := `WHERE state = 'ended' ORDER BY ended DESC, id LIMIT $1`, []any{limit}
	if owner != "" { // two statements, so that each has an index
		where, args = `WHERE owner = $2 AND state = 'ended' ORDER BY ended DESC, id LIMIT $1`, append(args, owner)
	}
	all, err := s.sessions(ctx, s.lister, where, args...)
	slices.Reverse(all)
	return all, err
}

// Session finds a session by its identifier.
func (s *Store) Session(ctx context.Context, id string) (Session, error) {
	return s.session(ctx, `WHERE id = $1`, id)
}

// SessionByNumber finds the session that has the number now, else the last one
// that had it.
func (s *Store) SessionByNumber(ctx context.Context, n wire.Number) (Session, error) {
	return s.session(ctx, `WHERE number = $1 ORDER BY created DESC, id LIMIT 1`, string(n))
}

// SessionByIdentity finds the session that a computer's key belongs to.
func (s *Store) SessionByIdentity(ctx context.Context, identity string) (Session, error) {
	return s.session(ctx, `WHERE identity = $1 AND identity <> ''`, identity)
}

func (s *Store) sessions(ctx context.Context, from *sql.DB, where string, args ...any) ([]Session, error) {
	return query(ctx, s, from, `SELECT `+allColumns+` FROM sessions `+where, args, func(r *sql.Rows) (Session, error) { return scanSession(r) })
}

func (s *Store) session(ctx context.Context, where string, args ...any) (Session, error) {
	found, err := s.sessions(ctx, s.reader, where, args...)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("session: %w", ErrNotFound)
	}
	if err != nil {
		return Session{}, err
	}
	return found[0], nil
}
