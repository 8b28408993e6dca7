package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportd/library"
)

// set changes rows as if much had been stored before.
func set(t *testing.T, s *Store, statement string, args ...any) {
	t.Helper()
	if _, err := s.writer.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// fits tries to add a script, and reports whether there was room.
func fits(t *testing.T, s *Store, name, owner string, p library.Package) bool {
	t.Helper()
	before := everything(t, s)
	_, err := s.AddScript(t.Context(), script(name, owner), p)
	if err != nil && (!errors.Is(err, ErrLimit) || everything(t, s) != before) {
		t.Errorf("%s: %v, or something was stored", name, err)
	}
	return err == nil
}

// One account cannot fill the relay's disk, however many versions it makes: what
// is stored counts, as it is stored.
func TestWhatAnAccountOwnsIsLimited(t *testing.T) {
	s := withScripts(t)
	add(t, s, script("a", "alice"), program("echo"))
	var stored int
	if err := s.reader.QueryRowContext(t.Context(), `SELECT length(archive) FROM packages`).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	room := 2*versionRow + stored // this version, and the next one with a package of the same size
	set(t, s, `UPDATE script_versions SET stored = $1 WHERE editor = 'alice'`, MaxOwned-room+1)
	if fits(t, s, "b", "alice", program("ohce")) {
		t.Error("one byte too many")
	}
	if _, err := s.ChangeScript(t.Context(), "a", edit("x")); err != nil {
		t.Errorf("there is room for a row: %v", err)
	}
	room += versionRow
	set(t, s, `UPDATE script_versions SET stored = $1 WHERE editor = 'alice'`, MaxOwned-room)
	if !fits(t, s, "b", "alice", program("ohce")) || !fits(t, s, "c", "bob", program("other")) {
		t.Error("there was room")
	}
	if _, err := s.ChangeScript(t.Context(), "b", edit("x")); !errors.Is(err, ErrLimit) {
		t.Errorf("a version without files takes room too: %v", err)
	}
}

// Files without a byte in them are stored with their names, a hundred of which
// are more than most scripts.
func TestEmptyFilesCount(t *testing.T) {
	s := withScripts(t)
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh"}}}
	for i := range library.MaxFiles - 1 {
		p.Files = append(p.Files, library.File{Path: strings.Repeat(strings.Repeat("d", 200)+"/", 5) + fmt.Sprint(i)})
	}
	add(t, s, script("empty", "alice"), p)
	_, has, err := scanScript(s.reader.QueryRowContext(t.Context(), selectScripts))
	if err != nil || has.stored < 200_000 || p.Size() != 0 {
		t.Errorf("%d bytes of files count %d, %v", p.Size(), has.stored, err)
	}
}

// Scripts of an account and versions of a script are limited in number; what is
// published can be taken back all the same.
func TestScriptsAndVersionsAreLimited(t *testing.T) {
	s, ctx := withScripts(t), t.Context()
	for i := range MaxScripts - 1 {
		set(t, s, `INSERT INTO scripts (id, key, name, category, description, owner, published, created, version)
			VALUES ($1, $1, $1, 'Printers', '', 'alice', 0, 0, 1)`, fmt.Sprint("x", i))
	}
	shown := script("last", "alice")
	shown.Published = true
	add(t, s, shown, program("echo"))
	if fits(t, s, "more", "alice", program("echo")) || !fits(t, s, "more", "bob", program("echo")) {
		t.Error("an account has too many scripts, or another one cannot have any")
	}
	set(t, s, `UPDATE script_versions SET version = $1 WHERE editor = 'alice'`, MaxVersions-1)
	set(t, s, `UPDATE scripts SET version = $1 WHERE name = 'last'`, MaxVersions-1)
	if _, err := s.ChangeScript(ctx, "last", edit("x")); err != nil {
		t.Error(err)
	}
	if _, err := s.ChangeScript(ctx, "last", edit("y")); !errors.Is(err, ErrLimit) {
		t.Errorf("version %d: %v", MaxVersions+1, err)
	}
	withdraw := ScriptChange{By: "root", Edit: func(sc *library.Script) error { sc.Published = false; return nil }}
	if sc, err := s.ChangeScript(ctx, "last", withdraw); err != nil || sc.Published {
		t.Errorf("it cannot be taken back: %v", err)
	}
	if _, err := s.ChangeScript(ctx, "last", withdraw); !errors.Is(err, ErrLimit) {
		t.Errorf("again: %v", err)
	}
}

// An account may have exactly so many keys.
func TestKeysOfAnAccountAreBounded(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	if err := s.AddAccount(ctx, Account{Name: "alice", Keys: []Key{{Fingerprint: "1"}}}, false); err != nil {
		t.Fatal(err)
	}
	if err := s.AddKeys(ctx, "alice", []Key{{Fingerprint: "2"}, {Fingerprint: "3"}}, 2); !errors.Is(err, ErrLimit) {
		t.Errorf("one too many: %v", err)
	}
	if err := s.AddKeys(ctx, "alice", []Key{{Fingerprint: "2"}, {Fingerprint: "3"}}, 3); err != nil {
		t.Errorf("as many as there may be: %v", err)
	}
}

// The limits that SECURITY.md names, and others on which disk and memory depend.
func TestTheLimitsOfTheStore(t *testing.T) {
	for name, same := range map[string]bool{
		"library": MaxOwned == 256<<20 && MaxScripts == 1000 && MaxVersions == 1000 && versionRow == 2<<10, "invitations": MaxTries == 5,
		"wrong numbers": keptMisses == 5 && mostMisses == 20_000, "names": maxNames == 1000 && maxNameLength == 255, "alike": maxAlike == 100,
		"pictures": pictureEvents == 1000, "patience": DefaultPatience == 12*time.Second && workLimit == 10*time.Second, "shared": maxShared == 256<<10 && changeWeight == 1<<10,
		"pages": pageRows == 128 && eventRows == 256 && largeRows == 8 && smallRows == 500, "deleted at once": pruneRows == 2000 && pruneBytes == 2<<20, "cache": cacheKiB == 2048,
	} {
		if !same {
			t.Errorf("%s: another limit", name)
		}
	}
}
