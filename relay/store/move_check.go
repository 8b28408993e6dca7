package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"time"

	"supportd/library/journal"
)

// Moved is what a [Move] has found out about the target in the end.
type Moved struct {
	Counts
	Tables   []MovedTable
	Events   int64
	Journals int // with at least one event
	Proved   int // of them, those whose chain is whole and whose seal, if any, fits
	// Changed is how many texts PostgreSQL cannot hold as they were, and Behind how many
	// names of scripts it cannot hold, by which sessions would be found.
	Changed, Behind int64
}

// MovedTable is a table that is the same on both sides.
type MovedTable struct {
	Name   string
	Rows   int64
	SHA256 string // of all its rows
}

// Check reads both databases whole. The error is [ErrDiffers] with the first table that is
// not the same. tell is called again and again.
func (m *Move) Check(ctx context.Context, tell func(Progress)) (found Moved, err error) {
	for _, t := range m.tables {
		p, err := m.pages(ctx, t)
		if err != nil {
			return found, err
		}
		told := Progress{Checking: true, Table: t.name}
		if told.Of, err = m.to.count(ctx, t.name); err != nil {
			return found, err
		}
		told.Of *= 2
		want, err := m.sumSource(ctx, p, &told, tell)
		if err != nil {
			return found, err
		}
		look := func(context.Context, row) error { return nil }
		var proving *prover
		if t.name == "events" {
			if proving, err = m.newProver(p.columns, &found); err != nil {
				return found, err
			}
			look = proving.next
		}
		got, err := m.sumTarget(ctx, p, look, &told, tell)
		if err == nil && proving != nil {
			err = proving.finish(ctx)
		}
		switch {
		case err != nil:
			return found, err
		case got != want:
			return found, fmt.Errorf("%w: the table %s has %d rows with the sum %.16s in %s, and %d with the sum %.16s in %s",
				ErrDiffers, t.name, want.Rows, want.SHA256, m.from.store.path, got.Rows, got.SHA256, m.to.store.path)
		}
		found.Tables = append(found.Tables, got)
		found.Changed += p.changes.texts
		found.Behind += p.changes.rows
		if proving != nil {
			found.Events = got.Rows
		}
	}
	found.Counts, err = m.to.counts(ctx)
	return found, err
}

// counts is [Store.Count] for whoever has the only connection.
func (e *end) counts(ctx context.Context) (c Counts, err error) {
	err = e.conn.QueryRowContext(ctx, countQuery).Scan(&c.Accounts, &c.Sessions, &c.Open, &c.Scripts)
	return c, e.store.explain(err)
}

// sum adds up the rows of a table.
type sum struct {
	hash hash.Hash
	rows int64
}

func (s *sum) add(rows []row) {
	for _, r := range rows {
		s.rows++
		for _, v := range r {
			said, is := v.(string)
			if !is {
				said = strconv.FormatInt(v.(int64), 10)
			}
			fmt.Fprintf(s.hash, "%t %d:", is, len(said))
			s.hash.Write([]byte(said))
		}
	}
}

func (s *sum) of(t movedTable) MovedTable {
	return MovedTable{t.name, s.rows, hex.EncodeToString(s.hash.Sum(nil))}
}

func (m *Move) sumSource(ctx context.Context, p *pages, told *Progress, tell func(Progress)) (MovedTable, error) {
	s := sum{hash: sha256.New()}
	for !p.done {
		rows, n, err := p.next(ctx)
		if err != nil {
			return MovedTable{}, err
		}
		s.add(rows)
		told.Rows += int64(n)
		tell(*told)
	}
	return s.of(p.table), nil
}

func (m *Move) sumTarget(ctx context.Context, p *pages, look func(context.Context, row) error, told *Progress, tell func(Progress)) (MovedTable, error) {
	s := sum{hash: sha256.New()}
	var after []any
	for {
		rows, err := m.to.read(ctx, p.table, p.columns, after, nil, p.table.page)
		if err != nil {
			return MovedTable{}, err
		}
		s.add(rows)
		for _, r := range rows {
			if err := look(ctx, r); err != nil {
				return MovedTable{}, err
			}
		}
		told.Rows += int64(len(rows))
		tell(*told)
		if p.table.page == 0 || len(rows) < p.table.page {
			return s.of(p.table), ctx.Err()
		}
		after = p.table.keyOf(p.columns, rows[len(rows)-1])
	}
}

// prover proves the journals of the target while its events are read in their order.
type prover struct {
	target  *end
	found   *Moved
	at      map[string]int // where the columns are
	session string
	last    journal.Event
	broken  bool
}

func (m *Move) newProver(columns []column, found *Moved) (*prover, error) {
	j := &prover{target: m.to, found: found, at: map[string]int{}}
	for i, c := range columns {
		j.at[c.name] = i
	}
	for _, name := range []string{"session", "seq", "time", "kind", "actor", "data", "hash"} {
		if _, there := j.at[name]; !there {
			return nil, fmt.Errorf("store: the table events has no column %s", name)
		}
	}
	return j, nil
}

// next takes the next event.
func (j *prover) next(ctx context.Context, r row) error {
	text := func(name string) string { s, _ := r[j.at[name]].(string); return s }
	number := func(name string) int64 { n, _ := r[j.at[name]].(int64); return n }
	if session := text("session"); session != j.session {
		if err := j.finish(ctx); err != nil {
			return err
		}
		j.session, j.last, j.broken = session, journal.Event{}, false
	}
	e := journal.Event{
		Seq: uint64(number("seq")), Time: time.UnixMicro(number("time")).UTC(), Kind: text("kind"), Actor: text("actor"),
		Data: []byte(text("data")), Prev: j.last.Hash,
	}
	if e.Hash.UnmarshalText([]byte(text("hash"))) != nil || e.Follows(j.last) != nil {
		j.broken = true
	}
	j.last = e
	return nil
}

// finish ends the journal that was read last.
func (j *prover) finish(ctx context.Context) error {
	if j.last.Seq == 0 {
		return nil
	}
	var line string
	var deleted int // Prune was interrupted: what is left of the events counts for nothing
	err := j.target.conn.QueryRowContext(ctx, `SELECT COALESCE((SELECT seal FROM seals WHERE session = $1), ''), (SELECT count(*) FROM tombstones WHERE session = $1)`, j.session).
		Scan(&line, &deleted)
	if err != nil || deleted > 0 {
		return j.target.store.explain(err)
	}
	j.found.Journals++
	if seal, err := journal.ParseSeal([]byte(line)); !j.broken && (line == "" || err == nil && seal.Verify(j.last) == nil) {
		j.found.Proved++
	}
	return nil
}
