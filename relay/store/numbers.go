package store

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"time"
)

const (
	// keptMisses is how many wrong numbers of one source are kept: as many as decide
	// whether it is slowed.
	keptMisses = 5
	// mostMisses bounds those of all sources, whoever tries from how many addresses.
	mostMisses = 20_000
)

// numbersAlarm is the alarm that somebody is searching for numbers.
const numbersAlarm = "wrong numbers"

// Miss is a session number that was tried and that nobody waited for; of an unlock,
// it is up to when such do not count.
type Miss struct {
	Source netip.Prefix // a /32 or /64
	At     time.Time    // to the millisecond
}

// AddMisses stores wrong numbers, and forgets what is not after since and what is more
// than decides anything. What was unlocked meanwhile does not come back. With alarm,
// the last of them raised it.
func (s *Store) AddMisses(ctx context.Context, misses []Miss, alarm bool, since time.Time) error {
	if len(misses) == 0 {
		return nil
	}
	return s.write(ctx, computers, "wrong numbers", func(ctx context.Context, tx *sql.Tx) error {
		for _, m := range misses {
			_, err := tx.ExecContext(ctx, `INSERT INTO wrong_numbers (source, at, node)
				SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM unlocks WHERE source = $1 AND at >= $2)`, m.Source.String(), millis(m.At), s.node)
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `DELETE FROM wrong_numbers WHERE source = $1 AND at <
				(SELECT at FROM wrong_numbers WHERE source = $1 ORDER BY at DESC LIMIT 1 OFFSET $2)`, m.Source.String(), keptMisses-1)
			if err != nil {
				return err
			}
		}
		if err := exec(ctx, tx, `DELETE FROM wrong_numbers WHERE at <= $1`, millis(since)); err != nil {
			return err
		}
		err := exec(ctx, tx, `DELETE FROM wrong_numbers WHERE at < (SELECT at FROM wrong_numbers ORDER BY at DESC LIMIT 1 OFFSET $1)`, mostMisses-1)
		if err != nil || !alarm {
			return err
		}
		return exec(ctx, tx, `INSERT INTO alarms (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at`,
			numbersAlarm, millis(misses[len(misses)-1].At))
	})
}

func exec(ctx context.Context, tx *sql.Tx, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}

// Misses are the wrong numbers after since, the oldest first.
func (s *Store) Misses(ctx context.Context, since time.Time) ([]Miss, error) {
	return s.misses(ctx, `SELECT source, at FROM wrong_numbers WHERE at > $1 ORDER BY at`, millis(since))
}

// Unlock makes the wrong numbers of a source up to now count no more, and returns those
// of them that were after since.
func (s *Store) Unlock(ctx context.Context, source netip.Prefix, now, since time.Time) (had []Miss, err error) {
	err = s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT source, at FROM wrong_numbers WHERE source = $1 AND at > $2 ORDER BY at`, source.String(), millis(since))
		if err != nil {
			return err
		}
		defer rows.Close()
		had = nil
		for rows.Next() {
			m, err := scanMiss(rows)
			if err != nil {
				return err
			}
			had = append(had, m)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if err := exec(ctx, tx, `DELETE FROM wrong_numbers WHERE source = $1`, source.String()); err != nil {
			return err
		}
		if err := exec(ctx, tx, `DELETE FROM unlocks WHERE at <= $1 OR source = $2`, millis(since), source.String()); err != nil {
			return err
		}
		return exec(ctx, tx, `INSERT INTO unlocks (source, at) VALUES ($1, $2)`, source.String(), millis(now))
	})
	return had, err
}

// Unlocks are the sources that were unlocked after since, each with when.
func (s *Store) Unlocks(ctx context.Context, since time.Time) ([]Miss, error) {
	return s.misses(ctx, `SELECT source, at FROM unlocks WHERE at > $1 ORDER BY at`, millis(since))
}

func (s *Store) misses(ctx context.Context, text string, since int64) ([]Miss, error) {
	return query(ctx, s, s.reader, text, []any{since}, func(r *sql.Rows) (Miss, error) { return scanMiss(r) })
}

func scanMiss(r interface{ Scan(...any) error }) (m Miss, err error) {
	var source string
	var at int64
	if err := r.Scan(&source, &at); err != nil {
		return Miss{}, err
	}
	m.At = moment(at)
	m.Source, err = netip.ParsePrefix(source)
	return m, err
}

// NotePruned is the name under which it is noted that journals were deleted.
const NotePruned = "pruned"

// Note remembers for other programs when something happened last. Its name must be one
// of those above.
func (s *Store) Note(ctx context.Context, name string, at time.Time) error {
	return s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		return exec(ctx, tx, `INSERT INTO alarms (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at`, name, millis(at))
	})
}

// Noted is when something happened last; the zero time is never.
func (s *Store) Noted(ctx context.Context, name string) (time.Time, error) {
	var at int64
	err := s.reader.QueryRowContext(ctx, `SELECT at FROM alarms WHERE name = $1`, name).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return moment(at), s.explain(err)
}

// LastAlarm is when many wrong numbers from everywhere raised the alarm last; the zero
// time is never.
func (s *Store) LastAlarm(ctx context.Context) (time.Time, error) {
	return s.Noted(ctx, numbersAlarm)
}

// CountSessions is how many sessions that have not ended are in each state.
func (s *Store) CountSessions(ctx context.Context) (map[string]int, error) {
	type count struct {
		state string
		n     int
	}
	rows, err := query(ctx, s, s.lister, `SELECT state, count(*) FROM sessions WHERE state <> 'ended' GROUP BY state`, nil,
		func(r *sql.Rows) (c count, err error) { err = r.Scan(&c.state, &c.n); return c, err })
	counts := map[string]int{}
	for _, c := range rows {
		counts[c.state] = c.n
	}
	return counts, err
}
