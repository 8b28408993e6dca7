package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/journal"
)

// fillLittle makes a database with a row in most tables.
func fillLittle(t *testing.T, place string) {
	t.Helper()
	s, err := Open(t.Context(), place, 0)
	must(t, err)
	ctx, now := t.Context(), time.UnixMilli(1_700_000_000_000)
	must(t, s.AddAccount(ctx, account("alice"), false), s.AddCategory(ctx, Category{Name: "Printers"}))
	_, err = s.Invite(ctx, Invitation{Name: "i", Hash: "h", Account: "alice", Expires: now}, Account{Name: "alice"}, false)
	must(t, err)
	sc := add(t, s, script("a", "alice"), program("a"))
	must(t, s.Approve(ctx, sc, author.Second{Account: "alice"}), s.AddSession(ctx, new(session("s"))))
	events := follow(journal.Event{}, 3, "x")
	seal, err := journal.NewSeal(newSigner(t, 1), "482913077", events[2])
	must(t, err, s.AppendEvents(ctx, "s", events), s.SetSeal(ctx, "s", seal), s.AddMisses(ctx, []Miss{miss(1, 1), miss(2, 2)}, true, time.Unix(0, 0)), s.Close())
}

// Whatever breaks of what a move asks of its two databases, whoever moves hears of it, and
// the next try ends it.
func TestM8_EveryErrorOfAMoveIsHeard(t *testing.T) {
	onFile(t)
	name := "failing: " + t.Name()
	f := registered(name)
	from, to := file(t), file(t)
	fillLittle(t, from)
	ctx := t.Context()
	var m *Move
	reopen := func(ctx context.Context) (err error) {
		if m, err = openMove(ctx, name, from, to, time.Second); err == nil {
			err = m.Close()
		}
		return err
	}
	// each lets every step-th use fail, in one try each, and returns of how many nobody
	// heard. The tables are read and written by the same code, so not all uses are needed.
	each := func(what string, step int, before func(), do func() error) (unheard int) {
		t.Helper()
		for n := 0; ; n += step {
			before()
			f.after(n)
			err := do()
			switch {
			case !f.after(-1):
				if must(t, err); n < 3 {
					t.Errorf("%s: only %d uses of the databases were tried", what, n)
				}
				return unheard
			case err == nil:
				unheard++
			case !errors.Is(err, errBroken):
				t.Fatalf("%s: use %d fails: %v", what, n+1, err)
			}
		}
	}
	must(t, reopen(ctx)) // it makes the target's schema
	// goose finds out in another way what it was not told, in each of the two.
	goose := each("opening one", 1, func() {}, func() error {
		s, err := openWith(ctx, name, from, 0)
		if err == nil {
			err = s.Close()
		}
		return err
	})
	if n := each("opening both", 1, func() {}, func() error { return reopen(ctx) }); n != 2*goose {
		t.Errorf("nobody hears of %d failures in opening, want %d", n, 2*goose)
	}
	m, err := openMove(ctx, name, from, to, time.Second)
	must(t, err)
	heard := func(what string, step int, before func(), do func() error) {
		t.Helper()
		if n := each(what, step, before, do); n > 0 {
			t.Errorf("%s: nobody hears of %d failures", what, n)
		}
	}
	heard("copying", 5, func() {
		must(t, m.to.transact(ctx, func(tx *sql.Tx) (err error) {
			for _, table := range slices.Backward(m.tables) {
				err = errors.Join(err, exec(ctx, tx, `DELETE FROM `+table.name))
			}
			return err
		}))
	}, func() error { return m.Copy(ctx, quiet) })
	heard("copying what is there", 7, func() {}, func() error { return m.Copy(ctx, quiet) })
	heard("checking", 5, func() {}, func() error {
		_, err := m.Check(ctx, quiet)
		return err
	})
	heard("leaving", 1, func() {}, func() error { return m.Leave(ctx, "there") })
	must(t, m.Close(), open(t, to).Check(ctx))
}

// Who watches a move sees each table, and all rows of it in the end.
func TestM8_ProgressIsOfEachTable(t *testing.T) {
	path, place := twoDatabases(t)
	fillAll(t, path)
	m, err := openAny(t.Context(), path, place)
	must(t, err)
	defer m.Close()
	for checking, run := range map[bool]func(func(Progress)) error{
		false: func(tell func(Progress)) error { return m.Copy(t.Context(), tell) },
		true: func(tell func(Progress)) error {
			_, err := m.Check(t.Context(), tell)
			return err
		},
	} {
		must(t, m.Copy(t.Context(), quiet))
		var last Progress
		var tables []string
		ended := func() {
			if last.Rows != last.Of || last.Of == 0 {
				t.Errorf("%+v in the end", last)
			}
		}
		must(t, run(func(p Progress) {
			if p.Checking != checking {
				t.Errorf("%+v", p)
			}
			if p.Table != last.Table {
				if last.Table != "" {
					ended()
				}
				tables = append(tables, p.Table)
				last = Progress{}
			}
			if p.Rows < last.Rows || p.Rows > p.Of {
				t.Errorf("%+v after %+v", p, last)
			}
			last = p
		}))
		ended()
		if len(tables) != len(m.tables) {
			t.Errorf("%d of %d tables were seen: %v", len(tables), len(m.tables), tables)
		}
	}
}

// A text that PostgreSQL cannot hold is changed where nothing depends on it. A row whose key
// it is stays behind where that only serves to find something, and else, as in a journal, it
// is damage.
func TestM8_WhatFitsIntoPostgres(t *testing.T) {
	address, err := postgresAddress(t)
	must(t, err)
	const odd, put = "a\x00\xff", "a\uFFFD\uFFFD"
	for name, c := range map[string]struct {
		table  movedTable
		row    row
		to     string // what it becomes, "" is the same
		damage bool
		left   bool
	}{
		"all is well":                       {movedTable{key: []string{"k"}}, row{"key", "text", int64(1), odd}, "", false, false},
		"a text":                            {movedTable{key: []string{"k"}}, row{"key", odd, int64(1), odd}, put, false, false},
		"a key":                             {movedTable{key: []string{"k"}}, row{odd, "text", int64(1), odd}, "", true, false},
		"a key that only serves to find":    {movedTable{key: []string{"k"}, found: true}, row{odd, "text", int64(1), odd}, "", false, true},
		"a text of what serves to find":     {movedTable{key: []string{"k"}, found: true}, row{"key", odd, int64(1), odd}, put, false, false},
		"a text of a journal, and not data": {movedTable{name: "events", key: []string{"k"}}, row{"key", odd, int64(1), odd}, "", true, false},
		"the data of a journal":             {movedTable{name: "events", key: []string{"k"}}, row{"key", "text", int64(1), odd}, "", false, false},
	} {
		for server, target := range map[bool]*Store{true: {pg: address}, false: {}} {
			p := &pages{m: &Move{from: &end{store: &Store{path: "here"}}, to: &end{store: target}}, table: c.table,
				columns: []column{{"k", "text"}, {"t", "text"}, {"n", "bigint"}, {"b", bytesType}}}
			got := append(row{}, c.row...)
			keep, err := p.fit(got)
			want := append(row{}, c.row...)
			if server && c.to != "" {
				want[1] = c.to
			}
			changed := changes{}
			if server && c.to != "" {
				changed.texts = 1
			}
			if server && c.left {
				changed.rows = 1
			}
			if keep == (server && (c.damage || c.left)) || (err != nil) != (server && c.damage) || err != nil && !errors.Is(err, ErrDamaged) || p.changes != changed {
				t.Errorf("%s: server %v: %v, %+v, %v", name, server, keep, p.changes, err)
			}
			for i := range got {
				if got[i] != want[i] {
					t.Errorf("%s: server %v: %q, want %q", name, server, got, want)
				}
			}
		}
	}
}

// A database says by its mark why it is not used. One whose mark says nothing is damaged.
func TestM8_MarksSayWhy(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 30, 0, 0, time.FixedZone("", 9*3600))
	for want, c := range map[string]struct {
		mark migrationMark
		is   error
	}{
		"into there, at 2026-11-28 00:30:00Z":       {migrationMark{left, "l", "there", at}, ErrMoved},
		"from there, begun at 2026-11-28 00:30:00Z": {migrationMark{filling, "l", "there", at}, ErrUnfinished},
		"its table migration says nothing":          {migrationMark{"other", "l", "there", at}, ErrDamaged},
		"into a b":                                  {migrationMark{left, "l", "a\nb" + strings.Repeat("x", 1000), at}, ErrMoved},
	} {
		place, ctx := file(t), t.Context()
		s := open(t, place)
		must(t, s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error { return s.setMark(ctx, tx, c.mark) }))
		_, err := OpenExisting(ctx, place)
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), want) || len(err.Error()) > 800 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s", err, want)
		}
	}
	place, ctx := file(t), t.Context()
	s := open(t, place)
	must(t, s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		return errors.Join(s.setMark(ctx, tx, migrationMark{left, "l", "there", at}), exec(ctx, tx, `DELETE FROM migration`))
	}), s.Close())
	if _, err := OpenExisting(ctx, place); !errors.Is(err, ErrDamaged) {
		t.Errorf("an empty mark: %v", err)
	}
}

// A move is between a file and PostgreSQL.
func TestM8_TwoOfAKindAreRefused(t *testing.T) {
	for _, two := range [][2]string{{"a.db", "b.db"}, {"postgres://u@localhost/a", "postgres://u@localhost/b"}} {
		if m, err := OpenMove(t.Context(), two[0], two[1]); err == nil || !strings.Contains(err.Error(), "one database is a file") {
			t.Errorf("%q: %v, %v", two, m, err)
		}
	}
}

// What was moved is the state that sessions had, so that a relay goes on with it.
func TestM8_WhatWasLoosenedIsPutBack(t *testing.T) {
	path, place := twoDatabases(t)
	fillLittle(t, path)
	for range 2 { // the second time the rows are there
		m, err := openAny(t.Context(), path, place)
		must(t, err, m.Copy(t.Context(), quiet), m.Close())
	}
	_, err := moveAll(t.Context(), path, place, quiet)
	must(t, err)
	if got, err := open(t, place).Session(t.Context(), "s"); err != nil || got.State != api.Waiting {
		t.Errorf("%+v, %v", got, err)
	}
}
