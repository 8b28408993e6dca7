package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"supportd/library/journal"
)

// pageRows is how many events are read at a time, so that neither a slow reader
// nor a long journal holds a connection or much memory.
const pageRows = 128

// head is where a session's journal stands.
type head struct {
	seq    int64
	hash   string
	total  int64
	sealed bool
	// picture is the session's, as it is stored; not valid where the session is gone, which
	// its journal outlives.
	picture sql.NullString
}

// headQuery also asks who holds the session, where there may be several relays.
func (s *Store) headQuery() string {
	holder := `'', 0`
	if s.pg != nil {
		holder = `COALESCE((SELECT node FROM sessions WHERE id = $1), ''), COALESCE((SELECT generation FROM sessions WHERE id = $1), 0)`
	}
	return `SELECT (SELECT count(*) FROM tombstones WHERE session = $1), (SELECT count(*) FROM seals WHERE session = $1),
	COALESCE(e.seq, 0), COALESCE(e.hash, ''), COALESCE(e.total, 0), (SELECT picture FROM sessions WHERE id = $1), ` + holder + `
	FROM (SELECT 1 AS one) AS always LEFT JOIN (SELECT seq, hash, total FROM events WHERE session = $1 ORDER BY seq DESC LIMIT 1) AS e ON one = 1`
}

// head is for whoever writes: to a journal that was deleted nothing is added, nor by a
// relay that does not hold the session any more.
func (s *Store) head(ctx context.Context, tx *sql.Tx, session string) (h head, err error) {
	var deleted, seals int
	var node string
	var generation int64
	err = tx.StmtContext(ctx, s.prepared.head).QueryRowContext(ctx, session).Scan(&deleted, &seals, &h.seq, &h.hash, &h.total, &h.picture, &node, &generation)
	switch {
	case err != nil:
	case deleted > 0:
		err = fmt.Errorf("the journal of session %s was deleted: %w", session, ErrState)
	case !s.holds(node, generation, 0):
		err = fmt.Errorf("the journal of session %s: %w", session, ErrTaken)
	}
	if err != nil {
		return head{}, err
	}
	h.sealed = seals > 0
	return h, nil
}

// event is the head as far as the next event has to know it.
func (h head) event() (e journal.Event, err error) {
	e.Seq = uint64(h.seq)
	if h.seq > 0 {
		err = e.Hash.UnmarshalText([]byte(h.hash))
	}
	return e, err
}

// AppendEvents adds events to a session's journal, all or none. Those that are
// there already are passed over, so that sending again is harmless. The error is
// [journal.ErrChain] where an event does not follow the one before it or differs
// from the one that is there, [ErrState] behind a seal or after [Store.Prune],
// [ErrTaken] where another relay holds the session, and [ErrLimit] for more than
// [journal.MaxBytes].
func (s *Store) AppendEvents(ctx context.Context, session string, events []journal.Event) error {
	uses, err := s.usesOf(ctx, session, events)
	if err != nil {
		return err
	}
	var weight int64
	for _, e := range events {
		weight += e.Weight()
	}
	var seen *journal.Picture
	err = s.writeShared(ctx, journals, session, weight, func(ctx context.Context, tx *sql.Tx) error {
		seen = nil
		h, err := s.head(ctx, tx, session)
		if err != nil {
			return err
		}
		events := events // this may be tried twice
		for len(events) > 0 && events[0].Seq <= uint64(h.seq) {
			if err := same(ctx, tx, session, events[0]); err != nil {
				return err
			}
			events = events[1:]
		}
		if len(events) == 0 {
			return nil
		}
		if h.sealed {
			return fmt.Errorf("the journal of session %s is sealed: %w", session, ErrState)
		}
		last, err := h.event()
		if err != nil {
			return err
		}
		total := h.total
		for _, e := range events {
			if err := e.Follows(last); err != nil {
				return err
			}
			if total += e.Weight(); total > journal.MaxBytes {
				return fmt.Errorf("the journal of session %s: %w: it has %d bytes", session, ErrLimit, journal.MaxBytes)
			}
			last = e
		}
		if err := s.insert(ctx, tx, session, events, h.total); err != nil {
			return err
		}
		if err := countUses(ctx, tx, uses, uint64(h.seq)); err != nil {
			return err
		}
		if err := saveNames(ctx, tx, session, events); err != nil {
			return err
		}
		seen, err = s.savePicture(ctx, tx, session, h.picture, events)
		return err
	})
	if err == nil && seen != nil && s.seen != nil {
		s.seen(*seen)
	}
	return err
}

// same reports whether an event that is stored is this one.
func same(ctx context.Context, tx *sql.Tx, session string, e journal.Event) error {
	var hash string
	err := tx.QueryRowContext(ctx, `SELECT hash FROM events WHERE session = $1 AND seq = $2`, session, int64(e.Seq)).Scan(&hash)
	if err == nil && hash == hex.EncodeToString(e.Hash[:]) {
		return nil
	}
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: event %d was another one before", journal.ErrChain, e.Seq)
	}
	return err
}

const (
	insertInto  = `INSERT INTO events (session, seq, time, kind, actor, data, hash, total) VALUES `
	insertQuery = insertInto + `($1, $2, $3, $4, $5, $6, $7, $8)`
	// insertRows is for how many rows PostgreSQL is asked at once.
	insertRows = 500
)

// insert stores events. In SQLite each row has a statement of its own, which takes
// quadratic time for the parameters of one for many. PostgreSQL would be waited for after
// each of them.
func (s *Store) insert(ctx context.Context, tx *sql.Tx, session string, events []journal.Event, total int64) error {
	row := tx.StmtContext(ctx, s.prepared.insert)
	var waiting []any
	for i, e := range events {
		total += e.Weight()
		values := []any{session, int64(e.Seq), e.Time.UnixMicro(), e.Kind, e.Actor, s.raw(e.Data), hex.EncodeToString(e.Hash[:]), total}
		if s.pg == nil || len(events) == 1 {
			if _, err := row.ExecContext(ctx, values...); err != nil {
				return err
			}
			continue
		}
		waiting = append(waiting, values...)
		if i+1 < len(events) && len(waiting) < insertRows*len(values) {
			continue
		}
		if err := exec(ctx, tx, insertInto+places(len(waiting)/len(values), len(values)), waiting...); err != nil {
			return err
		}
		waiting = waiting[:0]
	}
	return nil
}

// places are the placeholders of so many rows: ($1, $2), ($3, $4).
func places(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	return b.String() + ")"
}

// LastEvent is the last event of a session's journal; the zero Event where there
// is none.
func (s *Store) LastEvent(ctx context.Context, session string) (journal.Event, error) {
	last, err := s.eventsWhere(ctx, s.reader, `WHERE session = $1 ORDER BY seq DESC LIMIT 2`, session)
	switch {
	case err != nil || len(last) == 0:
		return journal.Event{}, err
	case len(last) == 2:
		last[0].Prev = last[1].Hash
	}
	return last[0], nil
}

// JournalEnd is the number of the last event of a session's journal, and how much of
// [journal.MaxBytes] the journal has taken; both are 0 where there is none.
func (s *Store) JournalEnd(ctx context.Context, session string) (seq uint64, weight int64, err error) {
	var last int64
	err = s.reader.QueryRowContext(ctx, `SELECT seq, total FROM events WHERE session = $1 ORDER BY seq DESC LIMIT 1`, session).Scan(&last, &weight)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	return uint64(last), weight, s.explain(err)
}

// Events reads a session's journal behind the event number after, as it is
// stored: whether the chain holds is for the caller to see. It may be long; only
// a page of it is in memory at a time, and what comes meanwhile is read too.
func (s *Store) Events(ctx context.Context, session string, after uint64) iter.Seq2[journal.Event, error] {
	return s.pages(ctx, session, after, "")
}

// pages reads what of a journal fulfils a condition, "" or "AND …". With one,
// events have the Prev of whatever was read before them.
func (s *Store) pages(ctx context.Context, session string, after uint64, and string) iter.Seq2[journal.Event, error] {
	return func(yield func(journal.Event, error) bool) {
		// Each page begins with an event that was yielded or passed over before:
		// its hash is the next one's Prev.
		for at := int64(after); ; {
			page, err := s.eventsWhere(ctx, s.lister, `WHERE session = $1 AND seq >= $2 `+and+` ORDER BY seq LIMIT $3`, session, at, pageRows)
			if err != nil {
				yield(journal.Event{}, err)
				return
			}
			more := len(page) == pageRows
			var prev journal.Hash
			for _, e := range page {
				e.Prev, prev = prev, e.Hash
				if int64(e.Seq) > at && !yield(e, nil) {
					return
				}
			}
			if !more {
				return
			}
			at = int64(page[len(page)-1].Seq)
		}
	}
}

// eventsWhere reads events, without their Prev.
func (s *Store) eventsWhere(ctx context.Context, from *sql.DB, where string, args ...any) ([]journal.Event, error) {
	return query(ctx, s, from, `SELECT seq, time, kind, actor, data, hash FROM events `+where, args, func(r *sql.Rows) (e journal.Event, err error) {
		var seq, micros int64
		var data, hash string
		if err := r.Scan(&seq, &micros, &e.Kind, &e.Actor, &data, &hash); err != nil {
			return journal.Event{}, err
		}
		e.Seq, e.Time, e.Data = uint64(seq), time.UnixMicro(micros).UTC(), json.RawMessage(data)
		// A hash that somebody has made something else of is none: the zero one fits
		// no event, so that whoever verifies the journal names this event.
		if e.Hash.UnmarshalText([]byte(hash)) != nil {
			e.Hash = journal.Hash{}
		}
		return e, nil
	})
}

// SetSeal ends a session's journal. The seal has to fit the last event, or the
// error is [journal.ErrSeal]; another one than is there already is [ErrState], and so
// is one after [Store.Prune].
func (s *Store) SetSeal(ctx context.Context, session string, seal journal.Seal) error {
	line, err := seal.Line()
	if err != nil {
		return err
	}
	return s.writeShared(ctx, journals, session, int64(len(line)), func(ctx context.Context, tx *sql.Tx) error {
		h, err := s.head(ctx, tx, session)
		if err != nil {
			return err
		}
		last, err := h.event()
		if err == nil {
			err = seal.Verify(last)
		}
		if err != nil {
			return err
		}
		if !h.sealed {
			_, err = tx.ExecContext(ctx, `INSERT INTO seals (session, seal) VALUES ($1, $2)`, session, string(line))
			return err
		}
		var there string
		err = tx.QueryRowContext(ctx, `SELECT seal FROM seals WHERE session = $1`, session).Scan(&there)
		if err == nil && there != string(line) {
			err = fmt.Errorf("the journal of session %s has another seal: %w", session, ErrState)
		}
		return err
	})
}

// Seal is the seal of a session's journal, as it is stored; [ErrNotFound] where
// it has none.
func (s *Store) Seal(ctx context.Context, session string) (journal.Seal, error) {
	lines, err := query(ctx, s, s.reader, `SELECT seal FROM seals WHERE session = $1`, []any{session}, func(r *sql.Rows) (line string, err error) {
		return line, r.Scan(&line)
	})
	if err == nil && len(lines) == 0 {
		err = fmt.Errorf("a seal of session %s: %w", session, ErrNotFound)
	}
	if err != nil {
		return journal.Seal{}, err
	}
	return journal.ParseSeal([]byte(lines[0]))
}
