package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
)

// Conditions that the indexes of the journal are made for, word for word.
const (
	noOutput = `AND kind <> 'script.output'`
	presence = `AND kind IN ('session.join', 'session.resume', 'session.lost', 'session.end', 'connection.open', 'reboot.return')`
)

// One transaction deletes at most so many events and bytes of them, so that a
// running relay never waits long: what is deleted is overwritten, too.
const (
	pruneRows  = 2000
	pruneBytes = 2 << 20
)

// Outline is [Store.Events] without the output of scripts, and without the
// events' Prev. It is quick however much output there is.
func (s *Store) Outline(ctx context.Context, session string) iter.Seq2[journal.Event, error] {
	return s.pages(ctx, session, 0, noOutput)
}

// Presence is [Store.Outline] with only those events that say who is there.
func (s *Store) Presence(ctx context.Context, session string) iter.Seq2[journal.Event, error] {
	return s.pages(ctx, session, 0, presence)
}

// Filter says which sessions are meant. Zero fields exclude nothing.
type Filter struct {
	Owner    string    // exactly this account
	State    api.State // exactly this one
	Customer string    // a part of what the customer calls themselves, in any case
	Ticket   string    // a part of the tracking code, likewise
	Script   string    // a part of the name of a script that was run, likewise
	Since    time.Time // created then or later
	Until    time.Time // created before then
}

// FindSessions lists the sessions of any state that a filter lets through, the
// newest limit of them, the oldest first.
func (s *Store) FindSessions(ctx context.Context, f Filter, limit int) ([]Session, error) {
	where, args := `WHERE 1 = 1`, []any{limit}
	// Only what is asked for stands in the statement, so that an index is used.
	and := func(asked bool, condition string, arg any) {
		if asked {
			args = append(args, arg)
			where += ` AND ` + strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args)))
		}
	}
	and(f.Owner != "", `owner = ?`, f.Owner)
	and(f.State != "", `state = ?`, string(f.State))
	and(f.Customer != "", `lower(customer) LIKE ? ESCAPE '\'`, part(f.Customer))
	and(f.Ticket != "", `lower(ticket) LIKE ? ESCAPE '\'`, part(f.Ticket))
	and(f.Script != "", `EXISTS (SELECT 1 FROM session_scripts WHERE session = id AND name LIKE ? ESCAPE '\')`, part(f.Script))
	and(!f.Since.IsZero(), `created >= ?`, millis(f.Since))
	and(!f.Until.IsZero(), `created < ?`, f.Until.UnixMilli())
	found, err := s.sessions(ctx, s.lister, where+` ORDER BY created DESC, id LIMIT $1`, args...)
	slices.Reverse(found)
	return found, err
}

// part is the pattern for a text with this in it.
func part(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s)) + "%"
}

// PrunableSessions lists sessions that ended before a time and whose events are
// still there, at most limit.
func (s *Store) PrunableSessions(ctx context.Context, before time.Time, limit int) ([]Session, error) {
	return s.sessions(ctx, s.lister, `WHERE state = 'ended' AND ended < $1 AND EXISTS (SELECT 1 FROM events WHERE session = id) ORDER BY ended, id LIMIT $2`,
		before.UnixMilli(), limit)
}

// Prune deletes the events of a session that has ended. header is what shall be
// left of them, besides the seal; an earlier one stays. When Prune is
// interrupted, the events count as deleted, and the next Prune goes on.
func (s *Store) Prune(ctx context.Context, session, header string) error {
	err := s.write(ctx, journals, session, func(ctx context.Context, tx *sql.Tx) error {
		var state api.State
		if err := tx.QueryRowContext(ctx, `SELECT state FROM sessions WHERE id = $1`, session).Scan(&state); err != nil {
			return fmt.Errorf("session %s: %w", session, errors.Join(ErrNotFound, err))
		}
		if state != api.Ended {
			return fmt.Errorf("a session that is %s keeps its journal: %w", state, ErrState)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO tombstones (session, header) VALUES ($1, $2) ON CONFLICT (session) DO NOTHING`, session, header)
		return err
	})
	for err == nil {
		var n int64
		began := time.Now()
		if n, err = s.pruneSome(ctx, session); err == nil && n == 0 {
			return nil
		}
		if err == nil {
			err = pause(ctx, time.Since(began))
		}
	}
	return err
}

// pruneSome deletes the first events of a session, and the names of what was run;
// it returns how many.
func (s *Store) pruneSome(ctx context.Context, session string) (n int64, err error) {
	err = s.write(ctx, journals, session, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM session_scripts WHERE session = $1`, session); err != nil {
			return err
		}
		// total is that of all events up to one, so the first one always goes.
		res, err := tx.ExecContext(ctx, `DELETE FROM events WHERE session = $1 AND seq IN (
			SELECT seq FROM events WHERE session = $1
			AND total <= $3 + (SELECT total FROM events WHERE session = $1 ORDER BY seq LIMIT 1) ORDER BY seq LIMIT $2)`,
			session, pruneRows, pruneBytes)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}

// pause lets other programs write, which try from time to time: for as long as we
// have written, but no longer than they sleep.
func pause(ctx context.Context, wrote time.Duration) error {
	const theirs = 100 * time.Millisecond // see sqliteDefaultBusyCallback in SQLite's main.c
	timer := time.NewTimer(min(wrote, theirs))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Tombstone is what [Store.Prune] has left of a session's journal; [ErrNotFound]
// where it was not pruned.
func (s *Store) Tombstone(ctx context.Context, session string) (header string, err error) {
	found, err := query(ctx, s, s.reader, `SELECT header FROM tombstones WHERE session = $1`, []any{session}, func(r *sql.Rows) (h string, err error) {
		return h, r.Scan(&h)
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("a tombstone of session %s: %w", session, ErrNotFound)
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}
