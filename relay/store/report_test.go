package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
)

func ended(t *testing.T, s *Store, id string, n wire.Number, edit func(*Session)) Session {
	t.Helper()
	row := Session{ID: id, Number: n, State: api.Waiting, Owner: "alice", Created: time.UnixMilli(1_700_000_000_000)}
	if edit != nil {
		edit(&row)
	}
	if err := s.AddSession(t.Context(), &row); err != nil {
		t.Fatal(err)
	}
	row, err := s.ChangeSession(t.Context(), id, api.Ended, func(r *Session) { r.Ended = row.Created.Add(time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func ids(rows []Session) string {
	var list []string
	for _, r := range rows {
		list = append(list, r.ID)
	}
	return strings.Join(list, " ")
}

func TestFindSessions(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	day := func(n int) time.Time { return time.UnixMilli(1_700_000_000_000).AddDate(0, 0, n) }
	ended(t, s, "a", "100000001", func(r *Session) { r.Customer, r.Ticket, r.Created = "김민지 Bob", "T-1%", day(0) })
	ended(t, s, "b", "100000002", func(r *Session) { r.Customer, r.Owner, r.Created = "Carol", "bob", day(1) })
	open := Session{ID: "c", Number: "100000003", State: api.Waiting, Owner: "alice", Created: day(2), Ticket: "T-1_"}
	run := journal.Event{Kind: journal.KindRunStart, Actor: "alice", Data: []byte(`{"scripts":[{"name":"Fix-\"DNS\"/run.sh","sha256":"abc"}]}`)}
	run.Seal(journal.Event{})
	if err := errors.Join(s.AddSession(ctx, &open), s.AppendEvents(ctx, "b", []journal.Event{run})); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		f    Filter
		want string
	}{
		{Filter{}, "a b c"},
		{Filter{Owner: "alice"}, "a c"},
		{Filter{State: api.Waiting}, "c"},
		{Filter{Customer: "bob"}, "a"},
		{Filter{Customer: "민지"}, "a"},
		{Filter{Customer: "%"}, ""},
		{Filter{Ticket: "t-1"}, "a c"},
		{Filter{Ticket: "1_"}, "c"},
		{Filter{Script: `"dns"`}, "b"},
		{Filter{Script: "abc"}, ""},
		{Filter{Script: "run", Owner: "alice"}, ""},
		{Filter{Since: day(1)}, "b c"},
		{Filter{Until: day(1)}, "a"},
		{Filter{Since: day(1), Until: day(2)}, "b"},
	} {
		rows, err := s.FindSessions(ctx, c.f, 9)
		if err != nil || ids(rows) != c.want {
			t.Errorf("%d: %q, %v, want %q", i, ids(rows), err, c.want)
		}
	}
	if rows, err := s.FindSessions(ctx, Filter{}, 2); err != nil || ids(rows) != "b c" {
		t.Errorf("the newest two: %q, %v", ids(rows), err)
	}
}

func TestNoteStaysWithEveryChange(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	row := Session{ID: "a", Number: "100000001", State: api.Waiting, Owner: "alice", Ticket: "T-1", Created: time.UnixMilli(1)}
	if err := s.AddSession(ctx, &row); err != nil {
		t.Fatal(err)
	}
	if got, err := s.SetNote(ctx, "a", "first"); err != nil || got.Note != "first" || got.Ticket != "T-1" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err := s.ChangeSession(ctx, "a", api.Ended, func(*Session) {})
	if err != nil || got.Note != "first" || got.Ticket != "T-1" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.SetNote(ctx, "nobody", ""); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestOutlineAndPresence(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	var events []journal.Event
	var last journal.Event
	for i := range 3 * pageRows {
		e := journal.Event{Time: time.UnixMilli(1), Kind: journal.KindScriptOutput, Actor: "a", Data: []byte("1")}
		if i%3 == 1 {
			e.Kind = journal.KindChatMessage
		} else if i%100 == 0 {
			e.Kind = journal.KindConnOpen
		}
		e.Seal(last)
		last, events = e, append(events, e)
	}
	if err := s.AppendEvents(ctx, "a", events); err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for e, err := range s.Outline(ctx, "a") {
		if err != nil || e.Kind == journal.KindScriptOutput || int(e.Seq) <= counts["seq"] {
			t.Fatalf("%+v, %v", e, err)
		}
		counts[e.Kind]++
		counts["seq"] = int(e.Seq)
	}
	for e, err := range s.Presence(ctx, "a") {
		if err != nil || e.Kind != journal.KindConnOpen {
			t.Fatalf("%+v, %v", e, err)
		}
		counts["presence"]++
	}
	if counts[journal.KindChatMessage] != pageRows || counts[journal.KindConnOpen] != counts["presence"] || counts["presence"] != 3 {
		t.Errorf("%v", counts)
	}
	if s.pg != nil {
		return // how it finds them is its own affair
	}
	for query, index := range map[string]string{noOutput: "events_outline", presence: "events_presence"} {
		rows, err := s.reader.Query(`EXPLAIN QUERY PLAN SELECT data FROM events WHERE session = $1 AND seq >= $2 `+query+` ORDER BY seq LIMIT $3`, "a", 0, 9)
		if err != nil {
			t.Fatal(err)
		}
		plan := ""
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan += detail + "\n"
		}
		if err := rows.Close(); err != nil || !strings.Contains(plan, index) || strings.Contains(plan, "TEMP") {
			t.Errorf("%s: %s, %v", index, plan, err)
		}
	}
}

func TestPrune(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	old := ended(t, s, "old", "100000001", nil)
	if err := s.AddSession(ctx, &Session{ID: "open", Number: "100000002", State: api.Waiting, Created: old.Created}); err != nil {
		t.Fatal(err)
	}
	ended(t, s, "silent", "100000003", nil) // nobody joined, nothing to delete
	for _, id := range []string{"old", "open"} {
		if err := s.AppendEvents(ctx, id, follow(journal.Event{}, pruneRows+3, "x")); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range map[int64]string{0: "", 1: "old"} {
		if rows, err := s.PrunableSessions(ctx, old.Ended.Add(time.Duration(n)*time.Millisecond), 9); err != nil || ids(rows) != want {
			t.Errorf("%d ms later: %q, %v", n, ids(rows), err)
		}
	}
	if err := s.Prune(ctx, "open", "{}"); !errors.Is(err, ErrState) {
		t.Errorf("an open session: %v", err)
	}
	if err := s.Prune(ctx, "nobody", "{}"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no session: %v", err)
	}
	for i := range 2 {
		if err := s.Prune(ctx, "old", fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AppendEvents(ctx, "old", follow(journal.Event{}, 1, "again")); !errors.Is(err, ErrState) {
		t.Errorf("what was deleted is written anew: %v", err)
	}
	if err := s.SetSeal(ctx, "old", journal.Seal{}); !errors.Is(err, ErrState) {
		t.Errorf("what was deleted is signed: %v", err)
	}
	if h, err := s.Tombstone(ctx, "old"); err != nil || h != "0" {
		t.Errorf("%q, %v", h, err)
	}
	if _, err := s.Tombstone(ctx, "open"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if n := len(stored(t, s, "open", 0)); n != pruneRows+3 {
		t.Errorf("the open session has %d events", n)
	}
	if n := len(stored(t, s, "old", 0)); n != 0 {
		t.Errorf("%d events are left", n)
	}
}

// Whatever somebody changes in the database shows when the journal is read: no
// field is made up for, and none is read that the chain does not cover.
func TestEveryChangeOfTheDatabaseShows(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	const n = 4
	events := follow(journal.Event{}, n, "x")
	seal, err := journal.NewSeal(newSigner(t, 1), "482913077", events[n-1])
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.AppendEvents(ctx, "s", events), s.SetSeal(ctx, "s", seal)); err != nil {
		t.Fatal(err)
	}
	// intact is what report.Verify does.
	intact := func() error {
		var last journal.Event
		for e, err := range s.Events(ctx, "s", 0) {
			if err == nil {
				err = e.Follows(last)
			}
			if err != nil {
				return err
			}
			last = e
		}
		seal, err := s.Seal(ctx, "s")
		if err == nil {
			err = seal.Verify(last)
		}
		return err
	}
	if err := intact(); err != nil {
		t.Fatal(err)
	}
	if err := s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TABLE backup AS SELECT * FROM events`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var changes []string
	for i := 1; i <= n; i++ {
		for _, set := range []string{
			`seq = seq + 100`, `seq = -seq`, `time = time + 1`, `kind = kind || 'x'`, `actor = 'mallory'`, `data = '{}'`, `data = data || ' '`, `hash = upper(hash) || 'g'`,
			`hash = (SELECT hash FROM backup WHERE seq <> events.seq LIMIT 1)`, `hash = ''`, `session = 'other'`,
		} {
			changes = append(changes, fmt.Sprintf(`UPDATE events SET %s WHERE seq = %d`, set, i))
		}
		changes = append(changes, fmt.Sprintf(`DELETE FROM events WHERE seq = %d`, i), fmt.Sprintf(`DELETE FROM events WHERE seq >= %d`, i),
			fmt.Sprintf(`DELETE FROM events WHERE seq <= %d`, i))
		for j := range i - 1 {
			changes = append(changes, fmt.Sprintf(`UPDATE events SET (time, kind, actor, data, hash) = (SELECT time + 0, kind, actor, data, b.hash FROM backup b
				WHERE b.seq = %[1]d + %[2]d - events.seq) WHERE seq IN (%[1]d, %[2]d)`, i, j+1))
		}
	}
	for _, change := range changes {
		if err := s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, change)
			return err
		}); err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		if err := intact(); !errors.Is(err, journal.ErrChain) && !errors.Is(err, journal.ErrSeal) {
			t.Errorf("%s: %v", change, err)
		}
		if err := s.write(ctx, people, "", func(ctx context.Context, tx *sql.Tx) error {
			return errors.Join(exec(ctx, tx, `DELETE FROM events`), exec(ctx, tx, `INSERT INTO events SELECT * FROM backup`))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := intact(); err != nil {
		t.Fatal(err)
	}
}

// The query names the kinds itself, because an index does: they are those that
// presence is made of.
func TestPresenceQueryNamesTheKinds(t *testing.T) {
	want := "AND kind IN ('" + strings.Join(journal.PresenceKinds(), "', '") + "')"
	if presence != want {
		t.Errorf("the query has %s, want %s", presence, want)
	}
	if noOutput != "AND kind <> '"+journal.KindScriptOutput+"'" {
		t.Error(noOutput)
	}
}
