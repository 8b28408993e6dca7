package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
)

func from(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)
}

// told is which misses there are, as SOURCE@SECOND.
func told(t *testing.T, misses []Miss, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range misses {
		all = append(all, fmt.Sprintf("%s@%d", m.Source.Addr(), m.At.Unix()))
	}
	return strings.Join(all, " ")
}

func miss(i, second int) Miss { return Miss{from(i), time.Unix(int64(second), 0)} }

func TestW4_WrongNumbersAreKeptAsLongAsTheyCount(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	zero := time.Unix(0, 0)
	if err := s.AddMisses(ctx, nil, true, zero); err != nil {
		t.Error(err)
	}
	v6 := Miss{netip.MustParsePrefix("2001:db8::/64"), time.Unix(100, 0)}
	for i := range keptMisses + 3 {
		if err := s.AddMisses(ctx, []Miss{miss(1, 101+i)}, false, zero); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddMisses(ctx, []Miss{v6, miss(2, 50)}, false, zero); err != nil {
		t.Fatal(err)
	}
	all, err := s.Misses(ctx, zero)
	if got := told(t, all, err); got != "10.0.0.2@50 2001:db8::@100 10.0.0.1@104 10.0.0.1@105 10.0.0.1@106 10.0.0.1@107 10.0.0.1@108" {
		t.Error(got)
	}
	if all[1] != (Miss{v6.Source, v6.At.UTC()}) {
		t.Errorf("%+v", all[1])
	}
	// What does not count any more goes with the next one.
	if err := s.AddMisses(ctx, []Miss{miss(3, 109)}, false, time.Unix(104, 0)); err != nil {
		t.Fatal(err)
	}
	all, err = s.Misses(ctx, zero)
	if got := told(t, all, err); got != "10.0.0.1@105 10.0.0.1@106 10.0.0.1@107 10.0.0.1@108 10.0.0.3@109" {
		t.Error(got)
	}
	all, err = s.Misses(ctx, time.Unix(107, 0))
	if got := told(t, all, err); got != "10.0.0.1@108 10.0.0.3@109" {
		t.Error(got)
	}
	if at, err := s.LastAlarm(ctx); err != nil || !at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
	for second := range 3 {
		if err := s.AddMisses(ctx, []Miss{miss(4, 200+second)}, true, zero); err != nil {
			t.Fatal(err)
		}
	}
	if at, err := s.LastAlarm(ctx); err != nil || at.Unix() != 202 {
		t.Errorf("%v, %v", at, err)
	}
}

func TestW4_UnlockForgetsOneSource(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	zero := time.Unix(0, 0)
	if err := s.AddMisses(ctx, []Miss{miss(1, 100), miss(1, 101), miss(2, 102), miss(1, 103)}, false, zero); err != nil {
		t.Fatal(err)
	}
	had, err := s.Unlock(ctx, from(1), time.Unix(110, 0), time.Unix(100, 0))
	if got := told(t, had, err); got != "10.0.0.1@101 10.0.0.1@103" {
		t.Error(got)
	}
	had, err = s.Unlock(ctx, from(1), time.Unix(111, 0), zero)
	if got := told(t, had, err); got != "" {
		t.Error(got)
	}
	// A wrong number of before that is stored late does not slow anybody again.
	if err := s.AddMisses(ctx, []Miss{miss(1, 111), miss(1, 112)}, false, zero); err != nil {
		t.Fatal(err)
	}
	all, err := s.Misses(ctx, zero)
	if got := told(t, all, err); got != "10.0.0.2@102 10.0.0.1@112" {
		t.Error(got)
	}
	if _, err := s.Unlock(ctx, from(2), time.Unix(200, 0), time.Unix(110, 0)); err != nil {
		t.Fatal(err)
	}
	all, err = s.Unlocks(ctx, zero)
	if got := told(t, all, err); got != "10.0.0.1@111 10.0.0.2@200" {
		t.Error(got)
	}
	// An unlock that means nothing any more goes with the next one.
	if _, err := s.Unlock(ctx, from(3), time.Unix(300, 0), time.Unix(111, 0)); err != nil {
		t.Fatal(err)
	}
	all, err = s.Unlocks(ctx, zero)
	if got := told(t, all, err); got != "10.0.0.2@200 10.0.0.3@300" {
		t.Error(got)
	}
}

// However many addresses somebody has, the table stays small.
func TestW4_WrongNumbersAreBounded(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	set(t, s, fmt.Sprintf(`INSERT INTO wrong_numbers (source, at) WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d - 1)
		SELECT '10.' || (i / 65536) || '.' || (i / 256 %% 256) || '.' || (i %% 256) || '/32', (1000 + i) * 1000 FROM n`, mostMisses))
	var batch []Miss
	for i := range 100 {
		batch = append(batch, miss(1<<15+i, 1000+mostMisses+i))
	}
	if err := s.AddMisses(ctx, batch, false, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	all, err := s.Misses(ctx, time.Unix(0, 0))
	if err != nil || len(all) != mostMisses || all[0].At.Unix() != 1100 {
		t.Errorf("%d, %v, %v", len(all), all[:min(len(all), 1)], err)
	}
}

func TestCountSessions(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	if counts, err := s.CountSessions(ctx); err != nil || len(counts) > 0 {
		t.Errorf("%v, %v", counts, err)
	}
	for _, id := range []string{"a", "b", "c"} {
		if err := s.AddSession(ctx, new(session(id))); err != nil {
			t.Fatal(err)
		}
	}
	ended(t, s, "old", "100000001", nil)
	set(t, s, `UPDATE sessions SET state = 'active' WHERE id = 'a'`)
	if counts, err := s.CountSessions(ctx); err != nil || fmt.Sprint(counts) != "map[active:1 waiting:2]" {
		t.Errorf("%v, %v", counts, err)
	}
}

// A database of every older version is taken over with what is in it, and does what
// one that was made today does.
func TestD7_EveryOlderSchemaIsTakenOver(t *testing.T) {
	onFile(t)
	steps, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	fresh := schema(t, open(t, file(t)))
	newest := int64(0)
	for version := int64(1); version == 1 || version <= newest; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			path, ctx := file(t), t.Context()
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			db, err := sql.Open(driverName, "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			p, err := goose.NewProvider(goose.DialectSQLite3, db, translated{steps, false})
			if err != nil {
				t.Fatal(err)
			}
			if _, newest, err = p.GetVersions(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := p.UpTo(ctx, version); err != nil {
				t.Fatal(err)
			}
			for _, row := range []string{
				`INSERT INTO accounts (name, display, admin, disabled, created) VALUES ('alice', 'Alice Kim', 0, 0, 1)`,
				`INSERT INTO sessions (id, number, state, owner, customer, host, os, identity, created, joined, away, ended, ended_by, reason)
					VALUES ('s', '482913077', 'waiting', 'alice', '', '', '', '', 1, 0, 0, 0, '', '')`,
			} {
				if _, err := db.ExecContext(ctx, row); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s := open(t, path)
			if got := schema(t, s); got != fresh {
				t.Errorf("the schema is\n%s\nand of a new one\n%s", got, fresh)
			}
			row, err := s.SessionByNumber(ctx, "482913077")
			if err != nil || row.ID != "s" || row.Owner != "alice" {
				t.Errorf("%+v, %v", row, err)
			}
			if all, err := s.Accounts(ctx); err != nil || len(all) != 1 || all[0].Display != "Alice Kim" {
				t.Errorf("%+v, %v", all, err)
			}
			if err := errors.Join(s.AddSession(ctx, new(session("new"))), s.AddMisses(ctx, []Miss{miss(1, 1)}, true, time.Unix(0, 0))); err != nil {
				t.Error(err)
			}
		})
	}
	if newest < 10 {
		t.Errorf("only schemas up to %d were tried", newest)
	}
}

// Databases of relays of every version are kept, and each is taken over as it is. What is
// in them, and that their reports are proved, is tested with the programs (hack/e2e).
func TestD7_EveryKeptDatabaseIsTakenOver(t *testing.T) {
	onFile(t)
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	fresh := schema(t, open(t, file(t)))
	for _, step := range steps {
		version, _, _ := strings.Cut(filepath.Base(step), "_")
		kept := filepath.Join("testdata", "schema-"+version[len(version)-2:]+".sql")
		text, err := os.ReadFile(kept)
		if err != nil {
			t.Errorf("no database of schema %s is kept: %v; CONTRIBUTING.md says how to make one", version, err)
			continue
		}
		path := file(t)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open(driverName, "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = db.ExecContext(t.Context(), string(text)); err != nil {
			t.Fatalf("%s: %v", kept, err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		if got := schema(t, s); got != fresh {
			t.Errorf("%s: the schema is\n%s\nand of a new one\n%s", kept, got, fresh)
		}
		if err := s.Check(t.Context()); err != nil {
			t.Errorf("%s: %v", kept, err)
		}
		if count, err := s.Count(t.Context()); err != nil || count.Accounts != 2 || count.Sessions != 3 || count.Open != 1 {
			t.Errorf("%s: %+v, %v", kept, count, err)
		}
	}
}

// schema is every table and index of a database, without what spaces and comments make
// different.
func schema(t *testing.T, s *Store) string {
	t.Helper()
	tables, err := query(t.Context(), s, s.reader, `SELECT m.name || ' ' || COALESCE(group_concat(c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk), '')
		FROM sqlite_master m LEFT JOIN pragma_table_info(m.name) c WHERE m.name NOT LIKE 'goose%' AND m.name NOT LIKE 'sqlite%' GROUP BY m.name ORDER BY m.name`, nil,
		func(r *sql.Rows) (line string, err error) { err = r.Scan(&line); return line, err })
	if err != nil || len(tables) < 20 {
		t.Fatalf("%d tables and indices: %v", len(tables), err)
	}
	return strings.Join(tables, "\n")
}
