package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"supportd/relay/store/postgres"
)

// What is for PostgreSQL and can be told without a server.

// A relay writes about a session only as the node, and in the generation, in which it took
// it. Whoever is in no group, or writes about none that it took, may.
func TestGroup_WhoHoldsASession(t *testing.T) {
	node := func(name string, held *holding) *Store { return &Store{node: name, held: held} }
	for name, c := range map[string]struct {
		s    *Store
		want bool
	}{
		"took nothing":                   {node("a", nil), true},
		"in no group":                    {node("", &holding{generation: 9}), true},
		"holds it":                       {node("a", &holding{generation: 3}), true},
		"another node":                   {node("b", &holding{generation: 3}), false},
		"an older generation":            {node("a", &holding{generation: 2}), false},
		"a newer generation":             {node("a", &holding{generation: 4}), false},
		"unchanged":                      {node("b", &holding{changed: 70, unchanged: true}), true},
		"changed since":                  {node("a", &holding{changed: 69, unchanged: true}), false},
		"changed since, same generation": {node("a", &holding{changed: 0, generation: 3, unchanged: true}), false},
		"by Holding":                     {(&Store{node: "a"}).Holding(3), true},
		"by Holding, before":             {(&Store{node: "a"}).Holding(2), false},
		"by Unchanged":                   {(&Store{node: "b"}).Unchanged(70), true},
		"by Unchanged, before":           {(&Store{node: "b"}).Unchanged(60), false},
	} {
		if got := c.s.holds("a", 3, 70); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if s := open(t, t.TempDir()+"/relay.db"); s.ServeAs(t.Context(), "a") == nil || s.node != "" {
		t.Error("a node in a file")
	}
}

func TestWhatPostgresSaysIsExplained(t *testing.T) {
	address, err := postgresAddress(t)
	must(t, err)
	s := &Store{pg: address, path: "here"}
	for kind, want := range map[postgres.Kind]error{
		postgres.Away: ErrAway, postgres.Busy: ErrBusy, postgres.Full: ErrFull, postgres.Disk: ErrDisk,
		postgres.ReadOnly: ErrReadOnly, postgres.Damaged: ErrDamaged, postgres.Denied: ErrDenied, postgres.Unsuitable: ErrUnsuitable,
	} {
		said := &postgres.Error{Kind: kind}
		if err := s.explainPostgres(lines{said}); !errors.Is(err, want) || !errors.As(err, &said) || err.Error() != "here: "+want.Error()+": one two" {
			t.Errorf("%d: %v", kind, err)
		}
	}
	for said, want := range map[error]string{
		lines{&postgres.Error{Kind: postgres.Other}}: "here: one two",
		ErrServed:          "here: " + ErrServed.Error(),
		context.Canceled:   context.Canceled.Error(),
		ErrNotFound:        "not found",
		errors.New("a\nb"): "a\nb",
	} {
		if err := s.explain(said); err.Error() != want || !errors.Is(err, said) {
			t.Errorf("%q: %q", said, err)
		}
	}
	if err := s.explain(nil); err != nil {
		t.Error(err)
	}
	if isDuplicate(&postgres.Error{Kind: postgres.Busy}) || !isDuplicate(fmt.Errorf("x: %w", &postgres.Error{Kind: postgres.Duplicate})) {
		t.Error("duplicates are not told apart")
	}
	if err := s.Copy(t.Context(), t.TempDir()+"/x"); !errors.Is(err, ErrNoCopy) {
		t.Errorf("a copy: %v", err)
	}
}

// lines is an error whose text has two lines.
type lines struct{ error }

func (lines) Error() string   { return "one\n\ttwo" }
func (e lines) Unwrap() error { return e.error }

// The steps of the schema are what each of the two databases understands.
func TestTheSchemaIsTranslated(t *testing.T) {
	const step = "-- why\nCREATE TABLE t (\n\tid text PRIMARY KEY,\n\tdata bytes NOT NULL,\n\tn bigint\n);\nALTER TABLE t ADD COLUMN more text;\nALTER TABLE t ADD COLUMN raw bytes;\n" +
		"-- SQLite alone\nUPDATE a;\n-- both\n-- PostgreSQL alone\nUPDATE b;\n-- both\nUPDATE c;\n"
	for postgres, want := range map[bool]string{
		false: "-- why\nCREATE TABLE t (\n\tid text PRIMARY KEY,\n\tdata text NOT NULL,\n\tn bigint\n);\nALTER TABLE t ADD COLUMN more text;\nALTER TABLE t ADD COLUMN raw text;\nUPDATE a;\nUPDATE c;\n",
		true: "-- why\nCREATE TABLE t (\n\tid text COLLATE \"C\" PRIMARY KEY,\n\tdata bytea NOT NULL,\n\tn bigint\n);\nALTER TABLE t ADD COLUMN more text COLLATE \"C\";\n" +
			"ALTER TABLE t ADD COLUMN raw bytea;\nUPDATE b;\nUPDATE c;\n",
	} {
		if got := string(translated{postgres: postgres}.translate([]byte(step))); got != want {
			t.Errorf("%s\nwant\n%s", got, want)
		}
		all := translated{migrations, postgres}
		names, err := fs.Glob(all, "migrations/*.sql")
		if must(t, err); len(names) < 14 {
			t.Errorf("%q", names)
		}
		for _, name := range names {
			f, err := all.Open(name)
			must(t, err)
			info, err := f.Stat()
			must(t, err)
			text, err := io.ReadAll(f)
			if must(t, err, f.Close()); int(info.Size()) != len(text) || strings.Contains(string(text), " alone\n") {
				t.Errorf("%s: %d bytes of %d:\n%s", name, len(text), info.Size(), text)
			}
		}
		if _, err := all.Open("migrations/none.sql"); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}

func TestPlacesAndRawBytes(t *testing.T) {
	for want, c := range map[string][2]int{"($1)": {1, 1}, "($1, $2)": {1, 2}, "($1), ($2)": {2, 1}, "($1, $2, $3), ($4, $5, $6)": {2, 3}} {
		if got := places(c[0], c[1]); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	address, err := postgresAddress(t)
	must(t, err)
	if got, is := (&Store{pg: address}).raw([]byte("x")).([]byte); !is || string(got) != "x" {
		t.Errorf("%q", got)
	}
	if got, is := (&Store{}).raw([]byte("x")).(string); !is || got != "x" {
		t.Errorf("%q", got)
	}
	for _, t1 := range movedTables() { // every one of them is shut, and opened again
		if shut := strings.Join(refuseWrites(true), "\n"); !strings.Contains(shut, " ON "+t1.name+" ") || !strings.Contains(shut, ErrMoved.Error()) {
			t.Errorf("%s takes writes", t1.name)
		}
	}
	if open := strings.Join(refuseWrites(false), "\n"); strings.Contains(open, "CREATE") || !strings.Contains(open, "DROP FUNCTION IF EXISTS relay_was_migrated() CASCADE") {
		t.Error(open)
	}
}

func TestHowADatabaseIsCalled(t *testing.T) {
	address := "postgres://u:secret@db.example/relay?sslmode=verify-full"
	name, err := PostgresName(address)
	if err != nil || strings.Contains(name, "secret") || !strings.Contains(name, "db.example") {
		t.Errorf("%q, %v", name, err)
	}
	if name, err := PostgresName("postgres://u@db.example/relay?sslmode=no"); err == nil || name != "" {
		t.Errorf("%q, %v", name, err)
	}
	if _, err := CheckPostgres("postgres://u@db.example/relay?sslmode=no"); err == nil {
		t.Error("an address that is none")
	}
	s := newStore(address, time.Second)
	must(t, s.connectPostgres(address))
	if s.Name() != name || !s.IsServer() {
		t.Errorf("%q, %v", s.Name(), s.IsServer())
	}
	for what, db := range map[string]int{"writer": s.writer.Stats().MaxOpenConnections, "reader": s.reader.Stats().MaxOpenConnections, "lister": s.lister.Stats().MaxOpenConnections} {
		if want := map[string]int{"writer": 1, "reader": 2, "lister": 2}[what]; db != want {
			t.Errorf("the %s has %d connections, want %d", what, db, want)
		}
	}
	must(t, s.Close())
	file := open(t, t.TempDir()+"/relay.db")
	if file.Name() != file.path || file.IsServer() || file.Serve(t.Context()) != nil || file.Ready(t.Context()) != nil {
		t.Errorf("%q, %v", file.Name(), file.IsServer())
	}
	if file.writer.Stats().MaxOpenConnections != 1 || file.reader.Stats().MaxOpenConnections != 2 || file.lister.Stats().MaxOpenConnections != 2 {
		t.Error("the connections are not bounded")
	}
}

// A computer whose clock is wrong goes by that of the database.
func TestTheClockThatCounts(t *testing.T) {
	s := newStore("x", time.Second)
	for _, ahead := range []time.Duration{0, time.Hour, -time.Hour} {
		s.ahead.Store(int64(ahead))
		if off := time.Until(s.Now()) - ahead; off > time.Second || off < -time.Minute {
			t.Errorf("%v ahead: %v off", ahead, off)
		}
	}
}
