package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
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

// pruneRows is how many events one transaction deletes, so that a running relay
// never waits long.
const pruneRows = 2000

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
	var ran map[string]bool
	if f.Script != "" {
		var err error
		if ran, err = s.sessionsThatRan(ctx, f.Script); err != nil {
			return nil, err
		}
	}
	until := int64(math.MaxInt64)
	if !f.Until.IsZero() {
		until = f.Until.UnixMilli()
	}
	var found []Session
	err := s.each(ctx, `SELECT `+sessionColumns+` FROM sessions WHERE (owner = $1 OR $1 = '') AND (state = $2 OR $2 = '')
		AND lower(customer) LIKE $3 ESCAPE '\' AND lower(ticket) LIKE $4 ESCAPE '\' AND created >= $5 AND created < $6 ORDER BY created DESC, id`,
		[]any{f.Owner, string(f.State), part(f.Customer), part(f.Ticket), millis(f.Since), until},
		func(r *sql.Rows) (bool, error) {
			row, err := scanSession(r)
			if err == nil && (f.Script == "" || ran[row.ID]) {
				found = append(found, row)
			}
			return len(found) < limit, err
		})
	slices.Reverse(found)
	return found, err
}

// part is the pattern for a text with this in it.
func part(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s)) + "%"
}

// sessionsThatRan finds the sessions in which a script was run whose name has
// this in it.
func (s *Store) sessionsThatRan(ctx context.Context, name string) (map[string]bool, error) {
	name = strings.ToLower(name)
	ran := map[string]bool{}
	err := s.each(ctx, `SELECT session, data FROM events WHERE kind = 'run.start'`, nil, func(r *sql.Rows) (bool, error) {
		var session, text string
		if err := r.Scan(&session, &text); err != nil {
			return false, err
		}
		var data struct {
			Scripts []struct{ Name string }
		}
		_ = json.Unmarshal([]byte(text), &data) // foreign: what cannot be read has no name
		for _, script := range data.Scripts {
			if strings.Contains(strings.ToLower(script.Name), name) {
				ran[session] = true
			}
		}
		return true, nil
	})
	return ran, err
}

// each calls f for each row until it says that it has enough.
func (s *Store) each(ctx context.Context, text string, args []any, f func(*sql.Rows) (more bool, err error)) error {
	rows, err := s.reader.QueryContext(ctx, text, args...)
	if err != nil {
		return s.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if more, err := f(rows); err != nil || !more {
			return s.explain(err)
		}
	}
	return s.explain(rows.Err())
}

// PrunableSessions lists sessions that ended before a time and whose events are
// still there, at most limit.
func (s *Store) PrunableSessions(ctx context.Context, before time.Time, limit int) ([]Session, error) {
	return s.sessions(ctx, `WHERE state = 'ended' AND ended < $1 AND EXISTS (SELECT 1 FROM events WHERE session = id) ORDER BY ended, id LIMIT $2`,
		before.UnixMilli(), limit)
}

// Prune deletes the events of a session that has ended. header is what shall be
// left of them, besides the seal; an earlier one stays. When Prune is
// interrupted, the events count as deleted, and the next Prune goes on.
func (s *Store) Prune(ctx context.Context, session, header string) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
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
		err = s.write(ctx, func(tx *sql.Tx) error {
			res, err := tx.ExecContext(ctx, `DELETE FROM events WHERE session = $1
				AND seq IN (SELECT seq FROM events WHERE session = $1 ORDER BY seq LIMIT $2)`, session, pruneRows)
			if err != nil {
				return err
			}
			n, err = res.RowsAffected()
			return err
		})
		if err == nil && n == 0 {
			return nil
		}
	}
	return err
}

// Tombstone is what [Store.Prune] has left of a session's journal; [ErrNotFound]
// where it was not pruned.
func (s *Store) Tombstone(ctx context.Context, session string) (header string, err error) {
	found, err := query(ctx, s, `SELECT header FROM tombstones WHERE session = $1`, []any{session}, func(r *sql.Rows) (h string, err error) {
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
