//go:build unix

package e2e_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver of the databases that are kept

	"supportd/hack/internal/rig"
)

// keptDatabases are what relays of older versions have left: one for each schema, with
// two accounts, a category, a script from schema 5 on, a support session that has ended
// with a run and its journal (from schema 3 on), and one that waits.
const keptDatabases = "../../relay/store/testdata"

// older makes the data directory of a relay of a database that was kept, and returns the
// numbers of its two sessions.
func older(t *testing.T, name string) (dir, ended, waiting string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	fresh, err := rig.StartRelay(t.Context(), programs(), dir, "", nil) // for its keys
	if err != nil {
		t.Fatal(err)
	}
	if err := fresh.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"relay.db", "relay.db-wal", "relay.db-shm"} {
		if err := os.Remove(filepath.Join(dir, file)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "relay.db"), nil, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "relay.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := db.QueryRowContext(t.Context(), `SELECT number FROM sessions WHERE customer = 'Bob'`).Scan(&ended); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRowContext(t.Context(), `SELECT number FROM sessions WHERE state = 'waiting'`).Scan(&waiting); err != nil {
		t.Fatal(err)
	}
	return dir, ended, waiting
}

// TestD7_EveryOlderDatabaseIsTakenOver starts the relay on what each older version has
// left: nothing is lost, and the reports are proved as they were.
func TestD7_EveryOlderDatabaseIsTakenOver(t *testing.T) {
	kept, err := filepath.Glob(filepath.Join(keptDatabases, "schema-*.sql"))
	if err != nil || len(kept) < 11 {
		t.Fatalf("%d databases, %v", len(kept), err)
	}
	for _, name := range kept {
		var schema int
		if _, err := fmt.Sscanf(filepath.Base(name), "schema-%d.sql", &schema); err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprint(schema), func(t *testing.T) {
			t.Parallel()
			dir, ended, waiting := older(t, name)
			r, err := rig.StartRelay(t.Context(), programs(), dir, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(r.Kill)
			eve, err := rig.NewCSR(t.Context(), r, "eve", "Eve", filepath.Join(t.TempDir(), "eve"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Admin(t.Context(), "csr", "edit", "eve", "--admin"); err != nil {
				t.Fatal(err)
			}
			says := func(want string, command ...string) {
				t.Helper()
				out, err := rig.Run(eve.SSH(t.Context(), append([]string{"relay"}, command...)...))
				if err != nil || !regexp.MustCompile("(?s)"+want).MatchString(out) {
					t.Errorf("%s: %v\n%s\nwant %s", strings.Join(command, " "), err, out, want)
				}
			}
			says("alice.*Alice Kim.*carol.*Carol Lee", "csr", "list")
			says("Network", "category", "list")
			says(`"state": "(waiting|ended)".*"owner": "alice"`, "session", "show", waiting, "--json") // the number's time is over some day
			says(`"state": "ended".*"customer": "Bob"`, "session", "show", ended, "--json")
			if schema >= 3 {
				says("fix\\.sh.*fixed", "report", "show", ended)
				says("(?i)signed|proved", "report", "verify", ended)
			}
			if schema >= 5 {
				says("fix.*Network.*alice", "script", "list")
				says("echo fixed", "script", "get", "fix")
			}
			says(`"state": "waiting"`, "session", "start", "--json")
			if err := r.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
}
