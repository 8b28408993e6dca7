package store

import (
	"fmt"
	"testing"
)

// An operator is told before somebody cannot go on.
func TestNearLimits(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	if err := s.AddCategory(ctx, Category{Name: "General"}); err != nil {
		t.Fatal(err)
	}
	many := func(n int, insert string) {
		t.Helper()
		if _, err := s.writer.ExecContext(ctx, fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) `, n)+insert); err != nil {
			t.Fatal(err)
		}
	}
	for owner, n := range map[string]int{"alice": 80, "bob": 79} {
		many(n, fmt.Sprintf(`INSERT INTO sessions (id, number, state, owner, customer, host, os, identity, created, joined, away, ended, ended_by, reason)
			SELECT '%[1]s' || i, '%[1]s' || i, 'waiting', '%[1]s', '', '', '', '', 1, 0, 0, 0, '', '' FROM n`, owner))
		many(10*n, fmt.Sprintf(`INSERT INTO scripts (id, key, name, category, description, owner, published, created, version)
			SELECT '%[1]s' || i, '%[1]s' || i, 'x', 'General', '', '%[1]s', 0, 1, 1 FROM n`, owner))
		// A package counts once for all of its versions, a row each time.
		many(2, fmt.Sprintf(`INSERT INTO script_versions (script, version, name, editor, changed, published, executable, program, size, sha256, stored, parts)
			SELECT '%[1]s', i, 'x', '%[1]s', 1, 0, 'x', 'x', 1, '%[1]s', %[2]d, '' FROM n`, owner, n*(MaxOwned/100)))
	}
	// Sessions that have ended do not count.
	many(10, `INSERT INTO sessions (id, number, state, owner, customer, host, os, identity, created, joined, away, ended, ended_by, reason)
		SELECT 'e' || i, 'e' || i, 'ended', 'bob', '', '', '', '', 1, 0, 0, 0, '', '' FROM n`)
	got, err := s.NearLimits(ctx, 80, 100)
	want := []Near{{"alice", OpenSessions, 80, 100}, {"alice", Scripts, 800, MaxScripts}, {"alice", ScriptBytes, 80*(MaxOwned/100) + 2*versionRow, MaxOwned}}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, not %v; %v", got, want, err)
	}
}
