package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/journal"
)

// Every table of the schema is moved, in the order of its primary key.
func TestM8_EveryTableIsMoved(t *testing.T) {
	onFile(t)
	s := open(t, file(t))
	keys := map[string][]string{}
	rows, err := query(t.Context(), s, s.reader, `SELECT m.name, COALESCE((SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER BY pk)), '')
		FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%'`, nil,
		func(r *sql.Rows) (pair [2]string, err error) { return pair, r.Scan(&pair[0], &pair[1]) })
	if err != nil || len(rows) < 15 {
		t.Fatalf("%v, %v", rows, err)
	}
	for _, pair := range rows {
		keys[pair[0]] = strings.Split(pair[1], ",")
	}
	delete(keys, "nodes") // while a relay is moved there is none
	for _, moved := range movedTables() {
		key, there := keys[moved.name]
		delete(keys, moved.name)
		switch {
		case !there:
			t.Errorf("there is no table %s", moved.name)
		case moved.page == 0 && key[0] != "": // read as a whole
			t.Errorf("%s has the key %v", moved.name, key)
		case moved.page > 0 && !slices.Equal(key, moved.key):
			t.Errorf("%s has the key %v, and %v is used", moved.name, key, moved.key)
		}
	}
	if len(keys) > 0 {
		t.Errorf("what is in these tables would be lost: %v", slices.Sorted(maps.Keys(keys)))
	}
}

// openAny is OpenMove also between two files.
func openAny(ctx context.Context, from, to string) (*Move, error) {
	return openMove(ctx, driverName, from, to, DefaultPatience)
}

// moveAll moves a database from one place to another one; tell may interrupt it.
func moveAll(ctx context.Context, from, to string, tell func(Progress)) (Moved, error) {
	m, err := openAny(ctx, from, to)
	if err != nil {
		return Moved{}, err
	}
	for i, table := range m.tables {
		if table.page == smallRows { // a few rows are many pages then
			m.tables[i].page = 6
		}
	}
	err = m.Copy(ctx, tell)
	var found Moved
	if err == nil {
		found, err = m.Check(ctx, tell)
	}
	if err == nil {
		err = m.Leave(ctx, "there")
	}
	return found, errors.Join(err, m.Close())
}

func quiet(Progress) {}

// differ names the tables in which two databases are not the same.
func differ(t *testing.T, a, b map[string][]string) {
	t.Helper()
	for name := range a {
		if !slices.Equal(a[name], b[name]) {
			t.Errorf("%s: %d rows and %d rows, which are not the same", name, len(a[name]), len(b[name]))
		}
	}
	if len(a) != len(b) || len(a) < 15 {
		t.Errorf("%d and %d tables", len(a), len(b))
	}
}

// From a file to PostgreSQL and back: each row is what it was, and journals prove.
func TestM8_ThereAndBackItIsTheSame(t *testing.T) {
	path, place := twoDatabases(t)
	fillAll(t, path)
	before := tablesOf(t, path)
	check := func(found Moved, err error) {
		t.Helper()
		if err != nil || found.Journals != 2 || found.Proved != 2 || found.Changed != 0 || found.Behind != 0 ||
			found.Sessions != 7 || found.Open != 4 || found.Accounts != 3 || found.Events != int64(len(before["events"])) || len(found.Tables) != len(before) {
			t.Errorf("%+v, %v", found, err)
		}
	}
	check(moveAll(t.Context(), path, place, quiet))
	differ(t, before, tablesOf(t, place))
	s := open(t, place)
	events := stored(t, s, "long", 0)
	if seal, err := s.Seal(t.Context(), "long"); err != nil || seal.Verify(events[len(events)-1]) != nil {
		t.Errorf("%v", err)
	}
	must(t, s.Close())
	back := filepath.Join(t.TempDir(), "back.db")
	stays := place
	if !IsPostgres(place) {
		stays = file(t) // who has a file open is in the way: see TestM8_WhatIsRefused
	}
	waiting := open(t, stays) // a command that waits for an answer
	check(moveAll(t.Context(), place, back, quiet))
	if err := waiting.AddAccount(t.Context(), account("eve"), false); IsPostgres(place) && (!errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), ErrMoved.Error())) {
		t.Errorf("what would be lost: %v", err)
	}
	must(t, waiting.Close())
	differ(t, before, tablesOf(t, back))
	// Both that were left say where the relay is now.
	for _, old := range []string{path, place} {
		if _, err := OpenExisting(t.Context(), old); !errors.Is(err, ErrMoved) || !strings.Contains(err.Error(), "into there, at 20") {
			t.Errorf("%s: %v", old, err)
		}
	}
	// And once more, into the database that was left: it is the same relay's.
	check(moveAll(t.Context(), back, place, quiet))
	differ(t, before, tablesOf(t, place))
}

// Whenever it is killed: nobody can use the target, the source can be used and changed, and
// the next one brings all of it.
func TestM8_WhatWasKilledGoesOn(t *testing.T) {
	for _, back := range []bool{false, true} {
		t.Run(fmt.Sprint("back ", back), func(t *testing.T) {
			path, place := twoDatabases(t)
			from, to := path, place
			if back {
				from, to = to, from
			}
			fillAll(t, from)
			kills, after := 0, 0 // one way after 0, 2, 4 pages, the other way after 1, 3, 5
			if back {
				after = 1
			}
			for more := true; more; kills++ {
				ctx, cancel := context.WithCancel(t.Context())
				n := 0
				_, err := moveAll(ctx, from, to, func(at Progress) {
					if n++; n > after {
						cancel()
					}
					if n > after && at.Checking {
						after += 20 // it only reads
					}
				})
				cancel()
				after += 2
				if more = errors.Is(err, context.Canceled); !more {
					must(t, err)
					break
				}
				if _, err := Open(t.Context(), to, 0); !errors.Is(err, ErrUnfinished) {
					t.Fatalf("the target after %d: %v", n, err)
				}
				changeAll(t, from, kills)
			}
			if kills < len(movedTables())/2 {
				t.Errorf("killed %d times", kills)
			}
			differ(t, tablesOf(t, from), tablesOf(t, to))
			must(t, open(t, to).Check(t.Context()))
		})
	}
}

// changeAll changes what may be in the way of what was copied: numbers go to other
// sessions, keys and names to others, rows go and come.
func changeAll(t *testing.T, place string, round int) {
	t.Helper()
	s, err := OpenExisting(t.Context(), place)
	must(t, err)
	ctx := t.Context()
	id := func(round int) string { // in other pages: once before the one before, once behind it
		if round == 0 {
			return "waits"
		}
		return fmt.Sprintf("%c%03d", "za"[round%2], round)
	}
	row, err := s.ChangeSession(ctx, id(round), api.Ended, func(row *Session) { row.Ended = time.UnixMilli(5) })
	must(t, err)
	next := session(id(round + 1))
	next.Number = row.Number
	must(t, s.AddSession(ctx, &next), s.AppendEvents(ctx, next.ID, follow(journal.Event{}, 3, next.ID)))
	switch round % 4 {
	case 0:
		must(t, s.RemoveAccount(ctx, "bob", "alice", time.UnixMilli(6)), s.AddCategory(ctx, Category{Name: "Another"}))
	case 1:
		must(t, s.AddAccount(ctx, account("bob"), true), s.RemoveCategory(ctx, "Another"))
	case 2:
		_, err := s.ChangeScript(ctx, "good", ScriptChange{By: "alice", Edit: func(sc *library.Script) error { sc.Name = "good 2"; return nil }})
		must(t, err)
		add(t, s, script("good", "alice"), program(next.ID))
	case 3:
		must(t, s.RemoveScript(ctx, "good", func(library.Script) error { return nil }))
		_, err := s.ChangeScript(ctx, "good 2", ScriptChange{By: "alice", Edit: func(sc *library.Script) error { sc.Name = "good"; return nil }})
		must(t, err)
	}
	must(t, s.Close())
}

// Killed between the two marks, neither database can be used, and the next one ends it.
func TestM8_KilledBetweenTheMarks(t *testing.T) {
	path, place := twoDatabases(t)
	fillAll(t, path)
	m, err := openAny(t.Context(), path, place)
	must(t, err, m.Copy(t.Context(), quiet))
	must(t, m.from.transact(t.Context(), func(tx *sql.Tx) error {
		return m.from.store.setMark(t.Context(), tx, migrationMark{left, m.library, "there", time.Now()})
	}), m.Close())
	if _, err := OpenExisting(t.Context(), path); !errors.Is(err, ErrMoved) {
		t.Errorf("the source: %v", err)
	}
	if _, err := OpenExisting(t.Context(), place); !errors.Is(err, ErrUnfinished) {
		t.Errorf("the target: %v", err)
	}
	if _, err := openAny(t.Context(), path, file(t)); !errors.Is(err, ErrMoved) {
		t.Errorf("into another one: %v", err)
	}
	_, err = moveAll(t.Context(), path, place, quiet)
	must(t, err)
	differ(t, tablesOf(t, path), tablesOf(t, place))
	// From then on it has nothing to do but to say so.
	m, err = openAny(t.Context(), path, place)
	must(t, err)
	if !m.Whole || !m.Left {
		t.Errorf("%+v", m)
	}
	must(t, m.Close())
}

// A row that is another one, one that is missing and one too many are noticed, in whatever
// table, and journals that were broken are counted.
func TestM8_WhatDiffersIsNoticed(t *testing.T) {
	path, place := twoDatabases(t)
	fillAll(t, path)
	m, err := openAny(t.Context(), path, place)
	must(t, err, m.Copy(t.Context(), quiet))
	defer m.Close()
	change := func(statement string) {
		t.Helper()
		must(t, m.to.transact(t.Context(), func(tx *sql.Tx) error { return exec(t.Context(), tx, statement) }))
	}
	for _, table := range movedTables() {
		columns, err := m.to.columns(t.Context(), table.name)
		must(t, err)
		for _, c := range columns {
			if c.kind != "bigint" || table.name == "library" || slices.Contains(table.key, c.name) && table.name == "events" {
				continue
			}
			row := map[bool]string{true: "ctid", false: "rowid"}[IsPostgres(place)]
			one := fmt.Sprintf(` WHERE %s = (SELECT min(%[1]s) FROM %s)`, row, table.name)
			change(fmt.Sprintf(`UPDATE %s SET %s = %[2]s + 7`, table.name, c.name) + one)
			if _, err := m.Check(t.Context(), quiet); !errors.Is(err, ErrDiffers) || !strings.Contains(err.Error(), "the table "+table.name+" has ") {
				t.Errorf("%s.%s: %v", table.name, c.name, err)
			}
			must(t, m.Copy(t.Context(), quiet))
			break
		}
	}
	for name, statement := range map[string]string{
		"a byte":         `UPDATE events SET data = data || ' ' WHERE seq = 300`,
		"one is missing": `DELETE FROM seals WHERE session = 'long'`,
		"one too many":   `INSERT INTO seals (session, seal) VALUES ('zzz', '')`,
		"twice":          `INSERT INTO wrong_numbers SELECT * FROM wrong_numbers`,
	} {
		change(statement)
		if _, err := m.Check(t.Context(), quiet); !errors.Is(err, ErrDiffers) {
			t.Errorf("%s: %v", name, err)
		}
		must(t, m.Copy(t.Context(), quiet))
	}
	if found, err := m.Check(t.Context(), quiet); err != nil || found.Proved != 2 {
		t.Errorf("%+v, %v", found, err)
	}
	must(t, m.from.transact(t.Context(), func(tx *sql.Tx) error {
		return exec(t.Context(), tx, `UPDATE events SET actor = 'alice' WHERE session = 'long' AND seq = 300`)
	}), m.Copy(t.Context(), quiet))
	if found, err := m.Check(t.Context(), quiet); err != nil || found.Journals != 2 || found.Proved != 1 {
		t.Errorf("%+v, %v", found, err)
	}
}

// Who uses one of the databases is not disturbed, and what is in the target is not
// overwritten.
func TestM8_WhatIsRefused(t *testing.T) {
	path, place := twoDatabases(t)
	fillAll(t, path)
	ctx := t.Context()
	refused := func(what, from, to string, want error) {
		t.Helper()
		m, err := openMove(ctx, driverName, from, to, 50*time.Millisecond)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
		if err == nil {
			must(t, m.Close())
		}
	}
	used := file(t)
	fillAll(t, used)
	refused("another relay's data", path, used, ErrNotEmpty)
	refused("another relay's data, the other way round", used, path, ErrNotEmpty)
	inUse, empty := ErrServed, ErrEmpty
	if !IsPostgres(used) {
		inUse, empty = ErrBusy, ErrDamaged
	}
	served := open(t, used)
	must(t, served.Serve(ctx))
	refused("a target that is served", path, used, inUse)
	refused("a source that is served", used, filepath.Join(t.TempDir(), "new.db"), inUse)
	must(t, served.Close())
	refused("an empty source", place, filepath.Join(t.TempDir(), "new.db"), empty)
	half := file(t)
	m, err := openAny(ctx, path, half)
	must(t, err)
	// While it goes on, both are ours.
	for _, place := range []string{path, half} {
		impatient, err := Open(ctx, place, 50*time.Millisecond)
		if want := map[bool]error{true: ErrUnfinished, false: ErrBusy}[IsPostgres(place)]; !errors.Is(err, want) {
			t.Errorf("%s: %v", place, err)
		}
		if err == nil {
			must(t, impatient.Close())
		}
	}
	must(t, m.Close())
	if IsPostgres(used) {
		mayRead(t, used)
	}
	refused("half a database as a source", half, filepath.Join(t.TempDir(), "new.db"), ErrUnfinished)
	other := filepath.Join(t.TempDir(), "relay.db")
	fillAll(t, other)
	refused("another relay's half", other, half, ErrNotEmpty)
	foreign := file(t)
	db := database(t, foreign)
	_, err = db.ExecContext(ctx, `CREATE TABLE sessions (x text)`)
	must(t, err, db.Close())
	if !IsPostgres(foreign) {
		must(t, os.Chmod(foreign, 0o600))
	}
	refused("tables of another program", path, foreign, ErrNotEmpty)
	// Nothing of that has changed the source.
	must(t, open(t, path).Check(ctx))
	refused("a source that somebody uses", path, place, ErrBusy)
}

// mayRead holds that others read a PostgreSQL database from which a relay is moved, and
// cannot write.
func mayRead(t *testing.T, place string) {
	t.Helper()
	m, err := openAny(t.Context(), place, filepath.Join(t.TempDir(), "new.db"))
	must(t, err)
	other, err := Open(t.Context(), place, 50*time.Millisecond)
	must(t, err)
	if all, err := other.Accounts(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := other.AddCategory(t.Context(), Category{Name: "late"}); !errors.Is(err, ErrBusy) {
		t.Errorf("%s: %v", place, err)
	}
	must(t, other.Close(), m.Close())
}

// What PostgreSQL cannot hold is changed as the relay changes it, or stays behind, and that
// is told.
func TestM8_TextsThatPostgresCannotHold(t *testing.T) {
	onServer(t)
	path, place := twoDatabases(t)
	fillAll(t, path)
	s, ctx := open(t, path), t.Context()
	row := session("odd")
	row.Ticket = "a\x00b\xffc"
	must(t, s.AddSession(ctx, &row), s.AppendEvents(ctx, "odd", happened(t, journal.KindRunStart, `{"id":"1","run":"1","scripts":[{"name":"a\u0000"},{"name":"b"}]}`)), s.Close())
	found, err := moveAll(ctx, path, place, quiet)
	if err != nil || found.Changed != 1 || found.Behind != 1 || found.Proved != found.Journals {
		t.Errorf("%+v, %v", found, err)
	}
	got, err := open(t, place).Session(ctx, "odd")
	if err != nil || got.Ticket != "a\uFFFDb\uFFFDc" {
		t.Errorf("%q, %v", got.Ticket, err)
	}
}
