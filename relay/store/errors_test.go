package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/journal"
)

// dump is everything that is in the database.
func dump(t *testing.T, s *Store) string {
	t.Helper()
	tables, err := query(t.Context(), s, s.reader, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`, nil, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) })
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range tables {
		rows, err := s.reader.QueryContext(t.Context(), `SELECT * FROM `+table+` ORDER BY 1, 2`)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&b, table, values)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// all reads a list to its end.
func all(list iter.Seq2[journal.Event, error]) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// Whatever breaks of what is asked of the database, whoever asked hears of it, and
// nothing is half done: each action with its first use of the database failing,
// then its second, and so on to the last.
func TestK7T7_EveryErrorIsHeardAndNothingIsHalfDone(t *testing.T) {
	onFile(t)
	f := registered("failing: " + t.Name())
	s, err := openWith(t.Context(), "failing: "+t.Name(), file(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, now := t.Context(), time.UnixMilli(1_700_000_000_000)
	p := program("echo")
	if err := errors.Join(
		s.AddAccount(ctx, account("alice"), false), s.AddAccount(ctx, account("bob"), false),
		s.AddCategory(ctx, Category{Name: "Printers"}), s.AddCategory(ctx, Category{Name: "unused"}),
		s.AddSession(ctx, new(session("open"))), s.AddSession(ctx, new(session("journal"))), s.AddSession(ctx, new(session("sealed"))),
	); err != nil {
		t.Fatal(err)
	}
	add(t, s, script("a", "alice"), p)
	add(t, s, script("b", "alice"), p)
	ended(t, s, "old", "100000001", nil)
	ran := happened(t, journal.KindRunStart, started("1", p), journal.KindScriptExit, exited("1", 1, "exit", 0), journal.KindConnOpen, `{}`)
	seal, err := journal.NewSeal(newSigner(t, 1), "482913077", ran[2])
	if err := errors.Join(err, s.AppendEvents(ctx, "journal", ran[:1]), s.AppendEvents(ctx, "sealed", ran), s.AppendEvents(ctx, "old", ran), s.SetSeal(ctx, "sealed", seal)); err != nil {
		t.Fatal(err)
	}
	version, err := s.Script(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	invite := func(ctx context.Context, name, account string) error {
		_, err := s.Invite(ctx, Invitation{Name: name, Hash: "h", Account: account, Expires: now}, Account{Name: account}, false)
		return err
	}
	register := func(ctx context.Context, hash string) error {
		return s.Register(ctx, Invitation{Name: "open", Hash: hash, Account: "dave"}, Key{Fingerprint: "z"}, 9, now.Add(-time.Hour))
	}
	if err := invite(ctx, "open", "dave"); err != nil {
		t.Fatal(err)
	}
	set(t, s, `UPDATE sessions SET picture = '' WHERE id = 'journal'`)
	display, admin, copies := "Bob 2", true, t.TempDir()
	change := edit("x")
	change.Package = &library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte("other")}}}
	second := func(_ any, err error) error { return err }
	third := func(_, _ any, err error) error { return err }
	for _, c := range []struct {
		name  string
		reads bool // changes nothing
		parts bool // of several transactions
		do    func(context.Context) error
	}{
		{name: "AddAccount", do: func(ctx context.Context) error { return s.AddAccount(ctx, account("carol"), false) }},
		{name: "AddKeys", do: func(ctx context.Context) error {
			return s.AddKeys(ctx, "bob", []Key{{Fingerprint: "x"}, {Fingerprint: "y"}}, 9)
		}},
		{name: "RemoveKey", do: func(ctx context.Context) error { return s.RemoveKey(ctx, "bob", "SHA256:bob") }},
		{name: "DisableAccount", do: func(ctx context.Context) error { return s.DisableAccount(ctx, "bob", true) }},
		{name: "AddCategory", do: func(ctx context.Context) error { return s.AddCategory(ctx, Category{Name: "new"}) }},
		{name: "RemoveCategory", do: func(ctx context.Context) error { return s.RemoveCategory(ctx, "unused") }},
		{name: "Accounts", reads: true, do: func(ctx context.Context) error { return second(s.Accounts(ctx)) }},
		{name: "Categories", reads: true, do: func(ctx context.Context) error { return second(s.Categories(ctx)) }},
		{name: "Revision", reads: true, do: func(ctx context.Context) error { return second(s.Revision(ctx)) }},
		{name: "Check", reads: true, do: func(ctx context.Context) error { return s.Check(ctx) }},

		{name: "EditAccount", do: func(ctx context.Context) error { return s.EditAccount(ctx, "bob", &display, &admin) }},
		{name: "KeyUsed", do: func(ctx context.Context) error { return s.KeyUsed(ctx, "x", now) }},
		{name: "Register, wrong", do: func(ctx context.Context) error {
			if err := register(ctx, "wrong"); err != ErrInvitation && err.Error() != ErrInvitation.Error() {
				return err
			}
			return nil
		}},
		{name: "Register", do: func(ctx context.Context) error { return register(ctx, "h") }},
		{name: "Invite, somebody new", do: func(ctx context.Context) error { return invite(ctx, "new", "erin") }},
		{name: "Invite", do: func(ctx context.Context) error { return invite(ctx, "newer", "erin") }},
		{name: "VoidInvitations", do: func(ctx context.Context) error { return s.VoidInvitations(ctx) }},
		{name: "Ready", reads: true, do: func(ctx context.Context) error { return s.Ready(ctx) }},
		{name: "Count", reads: true, do: func(ctx context.Context) error { return second(s.Count(ctx)) }},
		{name: "NearLimits", reads: true, do: func(ctx context.Context) error { return second(s.NearLimits(ctx, 80, 9)) }},
		{name: "Copy", reads: true, do: func(ctx context.Context) error {
			return errors.Join(s.Copy(ctx, filepath.Join(copies, rand.Text())), second(s.Revision(ctx)))
		}},
		{name: "CatchUpPictures", do: func(ctx context.Context) error { return s.CatchUpPictures(ctx) }},

		{name: "AddSession", do: func(ctx context.Context) error { return s.AddSession(ctx, new(session("new"))) }},
		{name: "ChangeSession", do: func(ctx context.Context) error {
			return second(s.ChangeSession(ctx, "open", api.Active, func(row *Session) { row.Identity = "key" }))
		}},
		{name: "SetNote", do: func(ctx context.Context) error { return second(s.SetNote(ctx, "open", "note")) }},
		{name: "LoseSessions", do: func(ctx context.Context) error { return s.LoseSessions(ctx, now) }},
		{name: "OpenSessions", reads: true, do: func(ctx context.Context) error { return second(s.OpenSessions(ctx)) }},
		{name: "EndedSessions", reads: true, do: func(ctx context.Context) error { return second(s.EndedSessions(ctx, "alice", 9)) }},
		{name: "FindSessions", reads: true, do: func(ctx context.Context) error { return second(s.FindSessions(ctx, Filter{Script: "run"}, 9)) }},
		{name: "Session", reads: true, do: func(ctx context.Context) error { return second(s.Session(ctx, "open")) }},
		{name: "SessionByNumber", reads: true, do: func(ctx context.Context) error { return second(s.SessionByNumber(ctx, "100000001")) }},
		{name: "SessionByIdentity", reads: true, do: func(ctx context.Context) error { return second(s.SessionByIdentity(ctx, "key")) }},

		{name: "CountSessions", reads: true, do: func(ctx context.Context) error { return second(s.CountSessions(ctx)) }},

		{name: "AddMisses", do: func(ctx context.Context) error {
			return s.AddMisses(ctx, []Miss{miss(2, 2), miss(3, 3)}, true, time.Unix(1, 0))
		}},
		{name: "Misses", reads: true, do: func(ctx context.Context) error { return second(s.Misses(ctx, time.Unix(1, 0))) }},
		{name: "Note", do: func(ctx context.Context) error { return s.Note(ctx, NotePruned, now) }},
		{name: "Noted", reads: true, do: func(ctx context.Context) error { return second(s.Noted(ctx, NotePruned)) }},
		{name: "LastAlarm", reads: true, do: func(ctx context.Context) error { return second(s.LastAlarm(ctx)) }},
		{name: "Unlock", do: func(ctx context.Context) error { return second(s.Unlock(ctx, from(2), now, time.Unix(1, 0))) }},
		{name: "Unlocks", reads: true, do: func(ctx context.Context) error { return second(s.Unlocks(ctx, time.Unix(1, 0))) }},

		{name: "AppendEvents", do: func(ctx context.Context) error { return s.AppendEvents(ctx, "journal", ran) }},
		{name: "AppendEvents again", reads: true, do: func(ctx context.Context) error { return s.AppendEvents(ctx, "journal", ran[1:]) }},
		{name: "SetSeal", do: func(ctx context.Context) error { return s.SetSeal(ctx, "journal", seal) }},
		{name: "SetSeal again", reads: true, do: func(ctx context.Context) error { return s.SetSeal(ctx, "sealed", seal) }},
		{name: "LastEvent", reads: true, do: func(ctx context.Context) error { return second(s.LastEvent(ctx, "sealed")) }},
		{name: "JournalEnd", reads: true, do: func(ctx context.Context) error { return third(s.JournalEnd(ctx, "sealed")) }},
		{name: "Events", reads: true, do: func(ctx context.Context) error { return all(s.Events(ctx, "sealed", 0)) }},
		{name: "Outline", reads: true, do: func(ctx context.Context) error { return all(s.Outline(ctx, "sealed")) }},
		{name: "Presence", reads: true, do: func(ctx context.Context) error { return all(s.Presence(ctx, "sealed")) }},
		{name: "Seal", reads: true, do: func(ctx context.Context) error { return second(s.Seal(ctx, "sealed")) }},
		{name: "PrunableSessions", reads: true, do: func(ctx context.Context) error {
			return second(s.PrunableSessions(ctx, now.AddDate(9, 0, 0), 9))
		}},
		{name: "Prune", parts: true, do: func(ctx context.Context) error { return s.Prune(ctx, "old", "{}") }},
		{name: "Tombstone", reads: true, do: func(ctx context.Context) error { return second(s.Tombstone(ctx, "old")) }},

		{name: "AddScript", do: func(ctx context.Context) error { return second(s.AddScript(ctx, script("c", "bob"), program("c"))) }},
		{name: "ChangeScript", do: func(ctx context.Context) error { return second(s.ChangeScript(ctx, "a", change)) }},
		{name: "ChangeScript alone", do: func(ctx context.Context) error { return second(s.ChangeScript(ctx, "a", edit("y"))) }},
		{name: "AddSigned", do: func(ctx context.Context) error {
			return second(s.AddSigned(ctx, script("signed", "bob"), p, Signature{"SHA256:b", author.Signed{Name: "signed", Owner: "bob", Category: "Printers", Version: 1}}))
		}},
		{name: "Signature", reads: true, do: func(ctx context.Context) error { return second(s.Signature(ctx, version.ID, 1)) }},
		{name: "Approve", do: func(ctx context.Context) error {
			sc, err := s.Script(ctx, "b")
			return errors.Join(err, s.Approve(ctx, sc, author.Second{Account: "bob", Certificate: "c", Signature: "s"}))
		}},
		{name: "Approval", reads: true, do: func(ctx context.Context) error { return second(s.Approval(ctx, version.ID, 1)) }},
		{name: "Scripts", reads: true, do: func(ctx context.Context) error { return second(s.Scripts(ctx)) }},
		{name: "Script", reads: true, do: func(ctx context.Context) error { return second(s.Script(ctx, "a")) }},
		{name: "Versions", reads: true, do: func(ctx context.Context) error { return second(s.Versions(ctx, version.ID)) }},
		{name: "Package", reads: true, do: func(ctx context.Context) error {
			_, _, err := s.Package(ctx, version.Current)
			return err
		}},
		{name: "RemoveScript", do: func(ctx context.Context) error {
			return s.RemoveScript(ctx, "a", func(library.Script) error { return nil })
		}},
		{name: "RemoveAccount", do: func(ctx context.Context) error { return s.RemoveAccount(ctx, "alice", "root", now) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := dump(t, s)
			for n := 0; ; n++ {
				f.after(n)
				err := c.do(ctx)
				if !f.after(-1) { // no use of the database was left to fail
					if err != nil {
						t.Errorf("%v", err)
					}
					if n < 2 {
						t.Errorf("only %d uses of the database were tried", n)
					}
					break
				}
				if !errors.Is(err, errBroken) {
					t.Errorf("use %d fails, and nobody hears of it: %v", n+1, err)
				}
				if !c.parts && dump(t, s) != before {
					t.Fatalf("use %d fails, and something is done", n+1)
				}
			}
			if after := dump(t, s); (after == before) != c.reads && c.name != "LoseSessions" && !c.parts {
				t.Errorf("it has changed something: %v", after != before)
			}
		})
	}
}

// What is deleted is overwritten: when the events of a session are pruned, none of
// what they said is in the database's files any more.
func TestK7T7_WhatIsDeletedIsGoneFromTheFile(t *testing.T) {
	onFile(t)
	path, ctx := file(t), t.Context()
	s := open(t, path)
	const secret = "a password that somebody has printed"
	found := func() (in []string) {
		for _, name := range []string{path, path + "-wal"} {
			text, err := os.ReadFile(name)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if bytes.Contains(text, []byte(secret)) {
				in = append(in, name)
			}
		}
		return in
	}
	checkpoint := func() {
		t.Helper()
		var busy, log, done int
		if err := s.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &done); err != nil || busy != 0 {
			t.Fatal(busy, err)
		}
	}
	ended(t, s, "old", "100000001", nil)
	if err := s.AppendEvents(ctx, "old", follow(journal.Event{}, 50, secret)); err != nil {
		t.Fatal(err)
	}
	checkpoint()
	if len(found()) == 0 {
		t.Fatal("the database holds nothing")
	}
	if err := s.Prune(ctx, "old", "{}"); err != nil {
		t.Fatal(err)
	}
	checkpoint()
	if in := found(); len(in) > 0 {
		t.Errorf("it is still in %v", in)
	}
}

// Opening a database hears every error, too: one that is there, and one that has
// to be made first, for which every ninth use is tried.
func TestK7T7_OpeningHearsEveryError(t *testing.T) {
	onFile(t)
	name := "failing: " + t.Name()
	f := registered(name)
	old := file(t)
	if err := open(t, old).Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path func() string
		step int
	}{{func() string { return old }, 1}, {func() string { return file(t) }, 9}} {
		for n := 0; ; n += c.step {
			f.after(n)
			s, err := openWith(t.Context(), name, c.path(), 0)
			hit := f.after(-1)
			// goose finds out in another way what it was not told, which is as good.
			if s != nil {
				if err := errors.Join(s.Check(t.Context()), s.AddSession(t.Context(), new(session(fmt.Sprint("new", n)))), s.Close()); err != nil {
					t.Errorf("use %d fails, opening does not, and the database is of no use: %v", n+1, err)
				}
			}
			if (s == nil) != (err != nil) || err != nil && (!hit || !errors.Is(err, errBroken)) {
				t.Errorf("use %d fails: %v, and opening says %v", n+1, hit, err)
			}
			if !hit {
				break
			}
		}
	}
}

// What stands in the database and cannot be read is an error, not nothing.
func TestK7T7_WhatCannotBeReadIsAnError(t *testing.T) {
	onFile(t)
	s, ctx := withScripts(t), t.Context()
	second := func(_ any, err error) error { return err }
	third := func(_, _ any, err error) error { return err }
	if err := errors.Join(s.AddAccount(ctx, account("alice"), false), s.AddSession(ctx, new(session("s"))), s.AppendEvents(ctx, "s", follow(journal.Event{}, 3, "x"))); err != nil {
		t.Fatal(err)
	}
	sc := add(t, s, script("a", "alice"), program("echo"))
	for _, c := range []struct {
		spoil string
		read  map[string]func() error
	}{
		{`UPDATE events SET time = 'never' WHERE seq = 2`, map[string]func() error{"Events": func() error { return all(s.Events(ctx, "s", 0)) }}},
		{`UPDATE events SET total = 'much' WHERE seq = 3`, map[string]func() error{
			"JournalEnd":   func() error { return third(s.JournalEnd(ctx, "s")) },
			"AppendEvents": func() error { return s.AppendEvents(ctx, "s", follow(journal.Event{}, 1, "x")) },
		}},
		{`UPDATE sessions SET created = 'once'`, map[string]func() error{
			"Session":      func() error { return second(s.Session(ctx, "s")) },
			"OpenSessions": func() error { return second(s.OpenSessions(ctx)) },
			"FindSessions": func() error { return second(s.FindSessions(ctx, Filter{}, 9)) },
			"ChangeSession": func() error {
				return second(s.ChangeSession(ctx, "s", api.Ended, func(*Session) {}))
			},
		}},
		{`UPDATE account_keys SET created = 'once'`, map[string]func() error{"Accounts": func() error { return second(s.Accounts(ctx)) }}},
		{`UPDATE accounts SET created = 'once'`, map[string]func() error{"Accounts": func() error { return second(s.Accounts(ctx)) }}},
		{`UPDATE categories SET created = 'once'`, map[string]func() error{"Categories": func() error { return second(s.Categories(ctx)) }}},
		{`UPDATE script_versions SET changed = 'once'`, map[string]func() error{
			"Versions": func() error { return second(s.Versions(ctx, sc.ID)) },
			"Scripts":  func() error { return second(s.Scripts(ctx)) },
			"Script":   func() error { return second(s.Script(ctx, "a")) },
		}},
		{`UPDATE revisions SET value = 'new'`, map[string]func() error{"Revision": func() error { return second(s.Revision(ctx)) }}},
	} {
		set(t, s, c.spoil)
		for name, read := range c.read {
			if read() == nil {
				t.Errorf("%s: %s reads it", c.spoil, name)
			}
		}
	}
}
