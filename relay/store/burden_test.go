package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportd/library/journal"
)

// plan is how SQLite does a query.
func plan(t *testing.T, s *Store, query string, args ...any) (steps string) {
	t.Helper()
	rows, err := s.reader.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps += detail + "\n"
	}
	return steps
}

// What is asked for every day reads no more than it shows, whatever others have
// stored.
func TestK1P23_QueriesAreBounded(t *testing.T) {
	onFile(t)
	s := open(t, file(t))
	sessions := `SELECT ` + sessionColumns + ` FROM sessions `
	for name, c := range map[string]struct{ query, index string }{
		"a run before":   {`SELECT data FROM events WHERE session = $1 AND seq < $2 AND kind = 'run.start' ORDER BY seq DESC LIMIT 1`, "events_runs"},
		"one's ended":    {sessions + `WHERE owner = $2 AND state = 'ended' ORDER BY ended DESC, id LIMIT $1`, "sessions_owner_ended"},
		"everybody's":    {sessions + `WHERE state = 'ended' ORDER BY ended DESC, id LIMIT $1`, "sessions_ended"},
		"one's reports":  {sessions + `WHERE 1 = 1 AND owner = $2 ORDER BY created DESC, id LIMIT $1`, "sessions_owner"},
		"all reports":    {sessions + `WHERE 1 = 1 ORDER BY created DESC, id LIMIT $1`, "sessions_created"},
		"by its number":  {sessions + `WHERE number = $1 ORDER BY created DESC, id LIMIT 1`, "sessions_number"},
		"by its key":     {sessions + `WHERE identity = $1 AND identity <> ''`, "sessions_identity"},
		"a run's script": {`SELECT 1 FROM scripts s JOIN script_versions v ON v.script = s.id WHERE s.key = $1 AND v.parts = $2 LIMIT 1`, "script_versions_parts"},
	} {
		if steps := plan(t, s, c.query, "", "", ""); !strings.Contains(steps, c.index) || strings.Contains(steps, "SCAN sessions\n") || strings.Contains(steps, "SCAN events\n") {
			t.Errorf("%s: %s", name, steps)
		}
	}
}

// A script that ran is found at once, though an account has thousands of
// versions with the same files; the one that the folder names comes first.
func TestK1P23_ManyVersionsWithTheSameFiles(t *testing.T) {
	s, ctx := withScripts(t), t.Context()
	p := program("same")
	first := add(t, s, script("first", "alice"), p)
	set(t, s, `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
		INSERT INTO script_versions (script, version, name, editor, changed, published, executable, program, size, sha256, stored, parts)
		SELECT 's' || (i / 500), i, name, 'evil', changed, 1, executable, program, size, sha256, stored, parts FROM n, script_versions WHERE script = $1`, first.ID)
	set(t, s, `INSERT INTO scripts (id, key, name, category, description, owner, published, created, version)
		SELECT DISTINCT script, upper(script), script, 'Printers', '', 'evil', 1, 0, 1 FROM script_versions WHERE script NOT IN (SELECT id FROM scripts)`)
	if err := s.AddSession(ctx, new(session("s"))); err != nil {
		t.Fatal(err)
	}
	var events []string
	names := []string{"first/run.sh", "FIRST/run.sh", "s7/run.sh", "got/run.sh"}
	list := ""
	for _, name := range names {
		list += fmt.Sprintf(`,{"name":%q,"sha256":%q,"package":%q}`, name, p.Program().SHA256, p.Program().Sum())
	}
	events = append(events, journal.KindRunStart, `{"run":"1","scripts":[`+list[1:]+`]}`)
	for i := range names {
		for range 200 {
			events = append(events, journal.KindScriptExit, exited("1", i+1, "exit", 0))
		}
	}
	began := time.Now()
	uses, err := s.usesOf(ctx, "s", happened(t, events...))
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	counts := map[string]int{}
	for _, u := range uses {
		counts[u.script]++
	}
	if err != nil || len(uses) != 800 || counts[first.ID] != 400 || counts["s7"] < 200 {
		t.Errorf("%v, %v", counts, err)
	}
}

// step is a script of a run whose package is not named.
func step(name, sum string) (ran journal.Ran) {
	ran.Name, ran.SHA256 = name, sum
	return ran
}

// A computer that names neither files nor program counts nothing up, though there
// are versions whose files are not known.
func TestK1P23_NoFilesAreNoScript(t *testing.T) {
	s := withScripts(t)
	add(t, s, script("old", "alice"), program("x"))
	set(t, s, `UPDATE script_versions SET parts = ''`)
	for i, ran := range []journal.Ran{
		{}, step("old/run.sh", ""), step("old/run.sh", "other"), step("got/run.sh", "other"),
	} {
		if id, err := s.scriptThatRan(t.Context(), "s", ran); id != "" || err != nil {
			t.Errorf("%d: %q, %v", i, id, err)
		}
	}
	ranOnce(t, s, "1", "old/run.sh", program("x"))
	if n := runsOf(t, s, "old"); n != 1 {
		t.Errorf("%d runs", n)
	}
}

// A list that is longer than a customer can be shown is none; one of the most that
// is allowed counts.
func TestK1P23_TheLengthOfARun(t *testing.T) {
	for n, want := range map[int]int{100: 1, 101: 0} {
		s := withScripts(t)
		add(t, s, script("a", "alice"), program("x"))
		if err := s.AddSession(t.Context(), new(session("s"))); err != nil {
			t.Fatal(err)
		}
		start := strings.Replace(started("1", program("x")), `]}`, strings.Repeat(`,{}`, n-1)+`]}`, 1)
		err := s.AppendEvents(t.Context(), "s", happened(t, journal.KindRunStart, start, journal.KindScriptExit, exited("1", 1, "exit", 0)))
		if runs := runsOf(t, s, "a"); runs != want || err != nil {
			t.Errorf("%d scripts: %d runs, %v", n, runs, err)
		}
		found, err := s.FindSessions(t.Context(), Filter{Script: "run.sh"}, 9)
		if len(found) != want || err != nil {
			t.Errorf("%d scripts: %d sessions are found, %v", n, len(found), err)
		}
	}
}

// The names by which a session is found are bounded, in number and length.
func TestK1P23_NamesOfScriptsAreBounded(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	if err := s.AddSession(ctx, new(session("s"))); err != nil {
		t.Fatal(err)
	}
	var pairs []string
	for i := range maxNames/100 + 2 {
		list := ""
		for j := range 100 {
			list += fmt.Sprintf(`,{"name":"run-%d-%d"}`, i, j)
		}
		pairs = append(pairs, journal.KindRunStart, `{"scripts":[`+list[1:]+`]}`)
	}
	pairs = append(pairs, journal.KindRunStart, `{"scripts":[{"name":"`+strings.Repeat("x", maxNameLength+1)+`"}]}`)
	events := happened(t, append([]string{journal.KindRunStart, `{"scripts":[{"name":"` + strings.Repeat("y", maxNameLength) + `"}]}`}, pairs...)...)
	for _, part := range [][]journal.Event{events[:5], events[5:]} { // what was there counts
		if err := s.AppendEvents(ctx, "s", part); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := s.FindSessions(ctx, Filter{Script: "yyy"}, 9); len(found) != 1 || err != nil {
		t.Errorf("a name of the greatest length: %v, %v", found, err)
	}
	var n int
	if err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM session_scripts`).Scan(&n); err != nil || n != maxNames {
		t.Errorf("%d names, %v", n, err)
	}
	if found, err := s.FindSessions(ctx, Filter{Script: "xxx"}, 9); len(found) > 0 || err != nil {
		t.Errorf("%v, %v", found, err)
	}
}

// Sessions from before the names were kept are found by them, and what a hostile
// computer had written keeps no database from being opened.
func TestK1P23_NamesFromBefore(t *testing.T) {
	onFile(t)
	path, ctx := file(t), t.Context()
	s := open(t, path)
	for id, data := range map[string]string{
		"good": `{"scripts":[{"name":"Fix-DNS/run.sh"},{"name":"b"}]}`, "1": `{"scripts":"Fix"}`, "2": `{"scripts":{"name":"Fix"}}`,
		"3": `{"scripts":["Fix",1,null,[{"name":"Fix"}],{"name":["Fix"]},{"name":null},{}]}`, "4": `[1]`, "5": `"Fix"`, "6": `{}`,
	} {
		row := session(id)
		if err := errors.Join(s.AddSession(ctx, &row), s.AppendEvents(ctx, id, happened(t, journal.KindRunStart, data))); err != nil {
			t.Fatal(err)
		}
	}
	set(t, s, `INSERT INTO events (session, seq, time, kind, actor, data, hash, total) VALUES ('odd', 1, 0, 'run.start', '', 'no JSON', '', 1)`)
	for _, back := range []string{
		`DROP TABLE session_scripts`, `DROP INDEX sessions_created`, `DROP INDEX sessions_owner_ended`,
		`DROP TABLE library`, `DROP INDEX script_versions_editor`, `CREATE INDEX script_versions_editor ON script_versions (editor, sha256, stored)`,
		`ALTER TABLE script_versions DROP COLUMN signed`, `ALTER TABLE script_versions DROP COLUMN signature`, `ALTER TABLE script_versions DROP COLUMN signer`,
		`ALTER TABLE script_versions DROP COLUMN approver`, `ALTER TABLE script_versions DROP COLUMN approval`, `DROP TABLE nodes`, `ALTER TABLE sessions DROP COLUMN node`, `ALTER TABLE sessions DROP COLUMN generation`, `ALTER TABLE sessions DROP COLUMN change_number`,
		`DROP TABLE invitations`, `DROP TABLE wrong_numbers`, `DROP TABLE unlocks`, `DROP TABLE alarms`,
		`ALTER TABLE account_keys DROP COLUMN used`, `ALTER TABLE account_keys DROP COLUMN comment`,
		`ALTER TABLE sessions DROP COLUMN picture`, `ALTER TABLE sessions DROP COLUMN name`,
		`DELETE FROM goose_db_version WHERE version_id >= 8`,
	} {
		set(t, s, back)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	found, err := s.FindSessions(ctx, Filter{Script: "fix-dns"}, 9)
	if ids(found) != "good" || err != nil {
		t.Errorf("%q, %v", ids(found), err)
	}
}

// Prune deletes large events in small pieces: none of them holds the writer long.
func TestK1P23_PruneDeletesInPieces(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	ended(t, s, "old", "100000001", nil)
	const size = 60 << 10
	if err := s.AppendEvents(ctx, "old", follow(journal.Event{}, 100, strings.Repeat("x", size))); err != nil {
		t.Fatal(err)
	}
	var pieces []int64
	for {
		n, err := s.pruneSome(ctx, "old")
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		pieces = append(pieces, n)
		if n*size > pruneBytes+size {
			t.Errorf("%d events at once", n)
		}
	}
	if len(pieces) < 100*size/pruneBytes {
		t.Errorf("pieces of %v events", pieces)
	}
}

// What takes too long is undone, and who waits too long hears it: nobody waits for
// ever.
func TestK1P23_TheWriterIsNobodysForEver(t *testing.T) {
	path := file(t)
	s, err := Open(t.Context(), path, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	held, done := make(chan struct{}), make(chan error)
	release := make(chan struct{})
	go func() {
		done <- s.write(t.Context(), journals, "evil", func(_ context.Context, _ *sql.Tx) error { close(held); <-release; return nil })
	}()
	<-held
	if err := s.AddSession(t.Context(), new(session("a"))); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), called(t, path)) {
		t.Errorf("who waits: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AddSession(ctx, new(session("a"))); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone: %v", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if err := s.AddSession(t.Context(), new(session("a"))); err != nil {
		t.Error(err)
	}
}
