package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors of several relays on one database, a group.
var (
	// ErrTaken is returned to a relay that writes about a session which another one holds.
	ErrTaken = errors.New("another relay of the group holds the support session")
	// ErrJoined is returned where a computer has joined, and another one shall.
	ErrJoined = errors.New("another computer has joined the support session")
	// ErrLost is returned to a node that is none any more: its lease had ended, and another
	// relay has said so.
	ErrLost = errors.New("this relay's lease has ended, and its support sessions were given up")
)

// Lease is for how long a node counts as alive after it has said so.
const Lease = 10 * time.Second

// forgetNode is after what time a node that has gone is forgotten, when another one comes:
// names may be those of machines that live for a day.
const forgetNode = 30 * 24 * time.Hour

// Node is a relay of a group.
type Node struct {
	Name   string
	Holder string   // its process, by a random text
	Peer   string   // HOST:PORT, where other relays of the group reach it
	Keys   string   // the fingerprints of the group's keys, as it has them
	Names  []string // what customers call it
	Until  time.Time
}

// ServeAs is [Store.Serve] for a node of a group: others may be there, but none of its
// name, and no relay that is alone. It is called before [Store.For], and before anything is
// written.
func (s *Store) ServeAs(ctx context.Context, node string) error {
	if s.pg == nil {
		return errors.New("several relays need a PostgreSQL database")
	}
	s.node = node
	return s.Serve(ctx)
}

// holding is what a session has to be like for whoever writes about it.
type holding struct {
	generation, changed int64
	unchanged           bool // changed is asked, and not generation
}

// Holding is the same store for what a node writes about one session that it has taken, in
// this generation: the error is [ErrTaken] when another one has taken it since.
func (s *Store) Holding(generation int64) *Store {
	own := *s
	own.held = &holding{generation: generation}
	return &own
}

// Unchanged is the same store, whose [Store.ChangeSession] returns [ErrTaken] where a session
// has changed since its Changed was this. In SQLite, where that is 0, it is just the same.
func (s *Store) Unchanged(changed int64) *Store {
	own := *s
	own.held = &holding{changed: changed, unchanged: true}
	return &own
}

// holds reports whether a session that is stored so is the one that this store writes about.
func (s *Store) holds(node string, generation, changed int64) bool {
	switch {
	case s.held == nil || s.node == "":
		return true
	case s.held.unchanged:
		return changed == s.held.changed
	}
	return node == s.node && generation == s.held.generation
}

// databaseTime is the database's clock, in milliseconds since 1970.
const databaseTime = `CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)`

// AddNode makes this relay a node, whose lease begins, and gives up the sessions that an
// earlier process of its name held. check may refuse it for what others have stored; they
// are those whose lease has not ended or, where there is none, the one whose ended last.
func (s *Store) AddNode(ctx context.Context, n Node, check func(others []Node) error) error {
	return s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		var now int64
		if err := tx.QueryRowContext(ctx, `SELECT `+databaseTime).Scan(&now); err != nil {
			return err
		}
		all, err := nodesIn(ctx, tx)
		if err != nil {
			return err
		}
		var alive, last []Node
		for _, other := range all { // the one whose lease ends first stands first
			last = []Node{other}
			if other.Until.UnixMilli() >= now && other.Name != n.Name {
				alive = append(alive, other)
			}
		}
		if len(alive) == 0 && len(last) > 0 && last[0].Name != n.Name {
			alive = last
		}
		if err := check(alive); err != nil {
			return err
		}
		err = exec(ctx, tx, `INSERT INTO nodes (name, holder, peer, keys, names, until) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, peer = excluded.peer, keys = excluded.keys, names = excluded.names, until = excluded.until`,
			n.Name, n.Holder, n.Peer, n.Keys, strings.Join(n.Names, "\n"), now+Lease.Milliseconds())
		if err != nil {
			return err
		}
		if err := exec(ctx, tx, `DELETE FROM nodes WHERE holder = '' AND until < $1`, now-forgetNode.Milliseconds()); err != nil {
			return err
		}
		return loseSessions(ctx, tx, n.Name, time.UnixMilli(now))
	})
}

// RenewNode makes the lease of a node begin anew, with what it says of itself now. It
// returns whether the lease had ended meanwhile, and all nodes. The error is [ErrLost] where
// another relay has given it up.
func (s *Store) RenewNode(ctx context.Context, n Node) (lapsed bool, all []Node, err error) {
	// Its own row is all that it writes, so it does not wait for those who write sessions.
	err = s.reader.QueryRowContext(ctx, `WITH was AS (SELECT until FROM nodes WHERE name = $1 AND holder = $2)
		UPDATE nodes SET peer = $3, keys = $4, names = $5, until = `+databaseTime+` + $6 WHERE name = $1 AND holder = $2
		RETURNING (SELECT until FROM was) < `+databaseTime, n.Name, n.Holder, n.Peer, n.Keys, strings.Join(n.Names, "\n"), Lease.Milliseconds()).Scan(&lapsed)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil, fmt.Errorf("node %s: %w", n.Name, ErrLost)
	}
	if err != nil {
		return false, nil, s.explain(err)
	}
	all, err = s.Nodes(ctx)
	return lapsed, all, err
}

const selectNodes = `SELECT name, holder, peer, keys, names, until FROM nodes ORDER BY until, name`

// Nodes lists the relays of the group, also those whose lease has ended.
func (s *Store) Nodes(ctx context.Context) ([]Node, error) {
	return query(ctx, s, s.reader, selectNodes, nil, scanNode)
}

func nodesIn(ctx context.Context, tx *sql.Tx) (all []Node, err error) {
	rows, err := tx.QueryContext(ctx, selectNodes)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		n, err := scanNode(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, rows.Err()
}

func scanNode(r *sql.Rows) (n Node, err error) {
	var names string
	var until int64
	err = r.Scan(&n.Name, &n.Holder, &n.Peer, &n.Keys, &names, &until)
	n.Until = moment(until)
	if names != "" {
		n.Names = strings.Split(names, "\n")
	}
	return n, err
}

// EndNode ends the lease of a node that leaves, or of one whose lease has ended more than
// after ago. Its sessions are away from then on, until their computers come to other relays.
// It reports whether it did.
func (s *Store) EndNode(ctx context.Context, n Node, after time.Duration) (done bool, err error) {
	err = s.write(ctx, computers, "", func(ctx context.Context, tx *sql.Tx) error {
		// The row stays: who comes next compares its keys with it.
		var now int64
		err := tx.QueryRowContext(ctx, `UPDATE nodes SET holder = '', until = LEAST(until, `+databaseTime+`) WHERE name = $1 AND holder = $2 AND until < `+databaseTime+` - $3
			RETURNING `+databaseTime, n.Name, n.Holder, after.Milliseconds()).Scan(&now)
		if done = err == nil; !done {
			if errors.Is(err, sql.ErrNoRows) {
				err = nil
			}
			return err
		}
		return loseSessions(ctx, tx, n.Name, time.UnixMilli(now))
	})
	return done && err == nil, err
}

// ServerStart is when the server of the database has started, in microseconds since 1970:
// it is another one after a failover. What that one had not heard of yet is lost, and its
// Changed may begin before the newest that this store has seen.
func (s *Store) ServerStart(ctx context.Context) (start int64, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT CAST(extract(epoch FROM pg_postmaster_start_time()) * 1000000 AS bigint)`).Scan(&start)
	return start, s.explain(err)
}

// LastChange is the newest Changed of all that have one.
func (s *Store) LastChange(ctx context.Context) (last int64, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT GREATEST((SELECT COALESCE(max(change_number), 0) FROM sessions), (SELECT COALESCE(max(change_number), 0) FROM wrong_numbers))`).Scan(&last)
	return last, s.explain(err)
}

// SessionsChanged lists the sessions that have changed behind after, at most most of them,
// in the order of their changes.
func (s *Store) SessionsChanged(ctx context.Context, after int64, most int) ([]Session, error) {
	return s.sessions(ctx, s.lister, `WHERE change_number > $1 ORDER BY change_number LIMIT $2`, after, most)
}

// MissesChanged lists the wrong numbers behind after that were tried at other nodes, at
// most most of them, in the order in which they were stored, and which is the last.
func (s *Store) MissesChanged(ctx context.Context, after int64, most int) (misses []Miss, last int64, err error) {
	last = after
	misses, err = query(ctx, s, s.lister, `SELECT source, at, change_number FROM wrong_numbers WHERE change_number > $1 AND node <> $2 ORDER BY change_number LIMIT $3`,
		[]any{after, s.node, most}, func(r *sql.Rows) (Miss, error) { return scanMiss(changing{r, &last}) })
	return misses, last, err
}

// changing reads the last column of a row into last.
type changing struct {
	*sql.Rows
	last *int64
}

func (c changing) Scan(into ...any) error { return c.Rows.Scan(append(into, c.last)...) }

// listenPause lies between two tries to hear of changes.
const listenPause = time.Second

// Listen calls changed when something that has a Changed may have changed, until ctx is
// done. It is a hint: what happens while the connection is away is told of when it is back.
func (s *Store) Listen(ctx context.Context, changed func()) {
	var schema string
	for ctx.Err() == nil {
		err := s.reader.QueryRowContext(ctx, `SELECT current_schema()`).Scan(&schema)
		if err == nil {
			_ = s.pg.Listen(ctx, "supportd_changes", changed, func(payload string) {
				if payload == schema {
					changed()
				}
			})
		}
		_ = pause(ctx, listenPause)
	}
}
