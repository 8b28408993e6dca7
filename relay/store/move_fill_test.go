package store

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/library"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay/store/postgres"
)

// twoDatabases are a file, and what is to be moved there and back: an empty PostgreSQL
// database where there is a server, else another file.
func twoDatabases(t *testing.T) (path, place string) {
	t.Helper()
	return filepath.Join(t.TempDir(), "relay.db"), file(t)
}

// must ends the test at the first error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// fillAll makes a database in whose tables all is that a relay stores.
func fillAll(t *testing.T, place string) {
	t.Helper()
	s, err := Open(t.Context(), place, 0)
	must(t, err)
	ctx, now := t.Context(), time.UnixMilli(1_700_000_000_000).UTC()
	alice := account("alice")
	alice.Display, alice.Admin = "Alice 김 ☃ '\";--", true
	_, err = s.Invite(ctx, Invitation{Name: "abcdefgh", Hash: "h", Account: "carol", Expires: now}, Account{Name: "carol", Created: now}, false)
	must(t, err, s.AddAccount(ctx, alice, false), s.AddAccount(ctx, account("bob"), false), s.DisableAccount(ctx, "bob", true),
		s.AddCategory(ctx, Category{Name: "Printers", Created: now}), s.AddCategory(ctx, Category{Name: "프린터", Created: now}))
	good := program("good")
	add(t, s, script("good", "alice"), good)
	_, err = s.ChangeScript(ctx, "good", edit("better"))
	must(t, err)
	_, err = s.AddSigned(ctx, script("signed", "alice"), program(strings.Repeat("x", 1<<19)),
		Signature{"SHA256:signer", author.Signed{Library: s.Library(), Name: "signed", Owner: "alice", Category: "Printers", Version: 1, Signature: "s"}})
	must(t, err)
	for i := range largeRows + 2 {
		add(t, s, script(fmt.Sprint("more ", i), "bob"), program(fmt.Sprint(i)))
	}
	must(t, s.RemoveScript(ctx, "more 3", func(library.Script) error { return nil }))
	for _, name := range []string{"waits", "lasts", "is away", "short"} {
		must(t, s.AddSession(ctx, new(session(name))))
	}
	for name, state := range map[string]api.State{"lasts": api.Active, "is away": api.Active} {
		_, err := s.ChangeSession(ctx, name, state, func(row *Session) {
			row.Customer, row.Host, row.OS, row.Identity, row.Joined = "Bob'; --", "\x1b[2J\u202e", "김", "ssh-ed25519 "+name, now
		})
		must(t, err)
	}
	must(t, s.LoseSessions(ctx, now), s.AppendEvents(ctx, "lasts", happened(t,
		journal.KindRunStart, started("1", good), journal.KindScriptExit, exited("1", 1, "exit", 0))))
	signer := newSigner(t, 1)
	for i, name := range []string{"long", "old"} {
		row := ended(t, s, name, wire.Number(fmt.Sprint(100_000_001+i)), func(row *Session) { row.Ticket, row.Note, row.Name = "T-1%", "note", "name" })
		events := follow(journal.Event{}, 2*eventRows+10, "한국어\x00\u202e")
		must(t, s.AppendEvents(ctx, name, events))
		number := wire.NewNumber()
		seal, err := journal.NewSeal(signer, number, events[len(events)-1])
		must(t, err, s.SetSeal(ctx, name, seal))
		if name == "old" {
			must(t, s.Prune(ctx, row.ID, `{"number":"1"}`))
		}
	}
	// The deletion of a journal was interrupted.
	ended(t, s, "half deleted", "100000009", nil)
	must(t, s.AppendEvents(ctx, "half deleted", follow(journal.Event{}, 5, "x")))
	set(t, s, `DELETE FROM events WHERE session = 'half deleted' AND seq < 3`)
	set(t, s, `INSERT INTO tombstones (session, header) VALUES ('half deleted', '{}')`)
	must(t, s.AddMisses(ctx, []Miss{miss(1, 1), miss(1, 1), miss(2, 2)}, true, time.Unix(0, 0)))
	_, err = s.Unlock(ctx, from(3), now, time.Unix(0, 0))
	must(t, err, s.Close())
}

// database is one past the store.
func database(t *testing.T, place string) *sql.DB {
	t.Helper()
	if IsPostgres(place) {
		address, err := postgres.ParseAddress(place)
		must(t, err)
		return address.Open(postgres.Options{})
	}
	db, err := sql.Open(driverName, place)
	must(t, err)
	return db
}

// tablesOf are the rows of all tables of the schema, each as a text.
func tablesOf(t *testing.T, place string) map[string][]string {
	t.Helper()
	scheme, err := Open(t.Context(), filepath.Join(t.TempDir(), "scheme.db"), 0)
	must(t, err)
	columns, err := query(t.Context(), scheme, scheme.reader, `SELECT m.name, group_concat(c.name) FROM sqlite_master m
		JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%' AND m.name <> 'nodes' AND c.name <> 'change_number' GROUP BY m.name`, nil,
		func(r *sql.Rows) (pair [2]string, err error) { return pair, r.Scan(&pair[0], &pair[1]) })
	must(t, err, scheme.Close())
	db := database(t, place)
	defer db.Close()
	all := map[string][]string{}
	for _, pair := range columns {
		rows, err := db.QueryContext(t.Context(), `SELECT `+pair[1]+` FROM `+pair[0])
		must(t, err)
		for rows.Next() {
			values, into := make([]any, 1+strings.Count(pair[1], ",")), []any{}
			for i := range values {
				into = append(into, &values[i])
			}
			must(t, rows.Scan(into...))
			for i, v := range values {
				if raw, is := v.([]byte); is {
					values[i] = string(raw)
				}
			}
			all[pair[0]] = append(all[pair[0]], fmt.Sprintf("%q", values))
		}
		must(t, rows.Err(), rows.Close())
		slices.Sort(all[pair[0]])
		if len(all[pair[0]]) == 0 {
			t.Errorf("the table %s of %s is empty", pair[0], place)
		}
	}
	return all
}
