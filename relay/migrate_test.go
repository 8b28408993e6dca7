package relay

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/relay/store"
)

// nowhere is the address of a database that does not answer.
const nowhere = "postgres://u@127.0.0.1:1/x?sslmode=disable"

// A directory that holds no relay, one that is served, and one in which something would be
// overwritten or mixed up are refused before anything is done. What does go on is tested
// with a PostgreSQL server: hack/e2e, relay/store.
func TestM8_WhatIsNotMigrated(t *testing.T) {
	put := func(t *testing.T, dir, name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(t *testing.T, dir, name string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		back    bool
		prepare func(t *testing.T, dir string)
		want    error
		says    string
	}{
		"no directory":       {prepare: func(t *testing.T, dir string) { os.RemoveAll(dir) }, want: ErrNoData},
		"no directory, back": {back: true, prepare: func(t *testing.T, dir string) { os.RemoveAll(dir) }, want: ErrNoData},
		"no relay":           {prepare: func(t *testing.T, dir string) { remove(t, dir, databaseFile) }, want: ErrNoData},
		"an older copy":      {prepare: func(t *testing.T, dir string) { put(t, dir, movedFile, "") }, want: ErrMovedFile},
		"moved already": {prepare: func(t *testing.T, dir string) {
			remove(t, dir, databaseFile)
			put(t, dir, elsewhereFile, "PostgreSQL x")
		}, want: ErrThere, says: "it is PostgreSQL x"},
		"back already":            {back: true, prepare: func(t *testing.T, dir string) {}, want: ErrThere},
		"a rest of another file":  {back: true, prepare: func(t *testing.T, dir string) { remove(t, dir, databaseFile); put(t, dir, databaseFile+"-wal", "x") }, want: ErrWritten},
		"without its host key":    {prepare: func(t *testing.T, dir string) { remove(t, dir, hostKeyFile) }, says: "host_key is missing"},
		"without its CA key":      {prepare: func(t *testing.T, dir string) { remove(t, dir, caKeyFile) }, says: "ca_key is missing"},
		"a server that is away":   {prepare: func(t *testing.T, dir string) {}, want: store.ErrAway},
		"others may change there": {prepare: func(t *testing.T, dir string) { os.Chmod(dir, 0o777) }, says: "chmod 700"},
		"a relay that serves": {prepare: func(t *testing.T, dir string) {
			lock, err := (&Data{dir: dir}).lockRelay("test")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { lock.Close() })
		}, want: ErrLocked},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "relay")
			d, err := OpenData(t.Context(), dir, true)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			c.prepare(t, dir)
			before := filesOf(dir)
			_, err = Migrate(t.Context(), Migration{Dir: dir, Database: nowhere, Back: c.back})
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %v %s", err, c.want, c.says)
			}
			if after := strings.ReplaceAll(filesOf(dir), " "+relayLockFile, ""); after != strings.ReplaceAll(before, " "+relayLockFile, "") {
				t.Errorf("there was%s, and is%s", before, after)
			}
		})
	}
}

// filesOf are the names of the files of a directory.
func filesOf(dir string) (names string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names += " " + e.Name()
	}
	return names
}
