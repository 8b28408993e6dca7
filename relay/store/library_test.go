package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/library"
)

// withScripts is a store with two categories.
func withScripts(t *testing.T) *Store {
	t.Helper()
	s := open(t, file(t))
	for _, name := range []string{"네트워크", "Printers"} {
		if err := s.AddCategory(t.Context(), Category{Name: name, Created: time.UnixMilli(1)}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func script(name, owner string) library.Script {
	return library.Script{Name: name, Category: "Printers", Owner: owner, Created: time.UnixMilli(1_700_000_000_000).UTC()}
}

func program(text string) library.Package {
	return library.Package{Executable: "run.sh", Files: []library.File{{Path: "data/표.txt", Data: []byte{0, 0xff}}, {Path: "run.sh", Data: []byte(text)}}}
}

// add adds a script that must go in.
func add(t *testing.T, s *Store, sc library.Script, p library.Package) library.Script {
	t.Helper()
	sc, err := s.AddScript(t.Context(), sc, p)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// edit is a change by the owner that sets the description.
func edit(text string) ScriptChange {
	return ScriptChange{By: "alice", At: time.UnixMilli(2_000), Edit: func(sc *library.Script) error {
		sc.Description = text
		return nil
	}}
}

// everything is the whole library, without what changes by reading.
func everything(t *testing.T, s *Store) string {
	t.Helper()
	all, err := s.Scripts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, sc := range all {
		versions, err := s.Versions(t.Context(), sc.ID)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%+v %+v\n", sc, versions)
	}
	for _, table := range []string{"scripts", "script_versions", "packages"} {
		var n int
		if err := s.reader.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s: %d\n", table, n)
	}
	return b.String()
}

func TestAScriptAndItsVersions(t *testing.T) {
	s, ctx := withScripts(t), t.Context()
	first := add(t, s, script("프린터 확인", "alice"), program("#!/bin/sh\n"))
	got, err := s.Script(ctx, "프린터 확인")
	if err != nil || got != first || got.Current.Number != 1 || got.Current.Executable != "run.sh" || got.Current.By != "alice" {
		t.Errorf("%+v, %v", got, err)
	}
	change := edit("better")
	second := program("#!/bin/sh\necho 2\n")
	change.Package, change.IfVersion = &second, 1
	if got, err = s.ChangeScript(ctx, "프린터 확인", change); err != nil || got.Current.Number != 2 || got.Description != "better" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = s.ChangeScript(ctx, "프린터 확인", edit("best")); err != nil || got.Current.Number != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	versions, err := s.Versions(ctx, first.ID)
	if err != nil || len(versions) != 3 || versions[0] != first.Current || versions[2].SHA256 != versions[1].SHA256 {
		t.Fatalf("%+v, %v", versions, err)
	}
	for i, want := range []string{"#!/bin/sh\n", "#!/bin/sh\necho 2\n", "#!/bin/sh\necho 2\n"} {
		archive, p, err := s.Package(ctx, versions[i])
		if err != nil || library.Sum(archive) != versions[i].SHA256 || p.Executable != "run.sh" || !bytes.Equal(p.Files[1].Data, []byte(want)) {
			t.Errorf("version %d: %+v, %v", i+1, p, err)
		}
	}
	// What ran can be shown after the script is gone, and the name is free.
	if err := s.RemoveScript(ctx, "프린터 확인", func(library.Script) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Versions(ctx, first.ID); err != nil || len(left) != 3 {
		t.Errorf("%+v, %v", left, err)
	}
	if _, _, err := s.Package(ctx, versions[0]); err != nil {
		t.Error(err)
	}
	if again := add(t, s, script("프린터 확인", "bob"), program("x")); again.ID == first.ID || again.Current.Number != 1 {
		t.Errorf("%+v", again)
	}
}

// Whatever is refused leaves the library as it was.
func TestRefusedChangesLeaveNothing(t *testing.T) {
	s, ctx := withScripts(t), t.Context()
	add(t, s, script("한글", "alice"), program("1"))
	add(t, s, script("Fix DNS", "alice"), program("2"))
	before := everything(t, s)
	no := errors.New("no")
	rename := func(to string) ScriptChange {
		return ScriptChange{Edit: func(sc *library.Script) error { sc.Name = to; return nil }}
	}
	move := ScriptChange{Edit: func(sc *library.Script) error { sc.Category = "none"; return nil }}
	late, denied := edit("x"), edit("x")
	late.IfVersion = 2
	denied.Edit = func(sc *library.Script) error { sc.Name = "half"; return no }
	fresh := program("3")
	for _, c := range []*ScriptChange{&late, &denied, &move} {
		c.Package = &fresh
	}
	addErr := func(name, category string) error {
		sc := script(name, "bob")
		sc.Category = category
		_, err := s.AddScript(ctx, sc, program("4"))
		return err
	}
	changeErr := func(name string, c ScriptChange) error { _, err := s.ChangeScript(ctx, name, c); return err }
	for name, c := range map[string]struct{ got, want error }{
		"the same name":           {addErr("Fix DNS", "Printers"), ErrExists},
		"in other letters":        {addErr("fix dns", "Printers"), ErrExists},
		"in another Unicode form": {addErr("\u1112\u1161\u11ab\u1100\u1173\u11af", "Printers"), ErrExists},
		"no category":             {addErr("new", ""), ErrCategory},
		"unknown category":        {addErr("new", "Nothing"), ErrCategory},
		"edit nothing":            {changeErr("nothing", edit("x")), ErrNotFound},
		"edit what has changed":   {changeErr("Fix DNS", late), ErrChanged},
		"edit refused":            {changeErr("Fix DNS", denied), no},
		"move to no category":     {changeErr("Fix DNS", move), ErrCategory},
		"rename over another":     {changeErr("Fix DNS", rename("한글")), ErrExists},
		"remove nothing":          {s.RemoveScript(ctx, "nothing", func(library.Script) error { return nil }), ErrNotFound},
		"remove a used category":  {s.RemoveCategory(ctx, "Printers"), ErrInUse},
		"remove refused":          {s.RemoveScript(ctx, "한글", func(library.Script) error { return no }), no},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	unfit := program("5")
	unfit.Files[0].Path = "a\x00b" // no archive can hold it
	if _, err := s.AddScript(ctx, script("unfit", "bob"), unfit); err == nil {
		t.Error("a package without an archive is stored")
	}
	if after := everything(t, s); after != before {
		t.Errorf("something was half done:\n%s\nwas\n%s", after, before)
	}
	if err := s.RemoveCategory(ctx, "네트워크"); err != nil {
		t.Error(err)
	}
	// A script may keep its name in another spelling.
	if got, err := s.ChangeScript(ctx, "FIX dns", rename("fix dns")); err != nil || got.Name != "fix dns" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A package that is stored for one script serves another one.
func TestPackagesAreStoredOnce(t *testing.T) {
	s := withScripts(t)
	a, b := add(t, s, script("a", "alice"), program("x")), add(t, s, script("b", "bob"), program("x"))
	if a.Current.SHA256 != b.Current.SHA256 || !strings.Contains(everything(t, s), "packages: 1\n") {
		t.Error(everything(t, s))
	}
	if _, err := s.writer.ExecContext(t.Context(), `UPDATE packages SET archive = 'AAAA'`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Package(t.Context(), a.Current); !errors.Is(err, ErrDamaged) {
		t.Errorf("a package that somebody has changed: %v", err)
	}
}

// R10: of many who add the same name at once, in two processes, one wins.
func TestR10_TheSameNameAtOnce(t *testing.T) {
	path := file(t)
	stores := []*Store{open(t, path), open(t, path)}
	if err := stores[0].AddCategory(t.Context(), Category{Name: "Printers"}); err != nil {
		t.Fatal(err)
	}
	const people = 20
	results := make([]error, people)
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() {
			name := []string{"Fix DNS", "fix dns", "FIX DNS"}[i%3]
			_, results[i] = stores[i%2].AddScript(context.Background(), script(name, fmt.Sprint("csr", i)), program(fmt.Sprint(i)))
		})
	}
	all.Wait()
	won := 0
	for i, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, ErrExists):
			t.Errorf("%d: %v", i, err)
		}
	}
	if text := everything(t, stores[0]); won != 1 || !strings.HasSuffix(text, "scripts: 1\nscript_versions: 1\npackages: 1\n") {
		t.Errorf("%d won\n%s", won, text)
	}
}

// What a library is called in signatures stays with its database, and no other has it.
func TestTheLibrarysNameStays(t *testing.T) {
	path := file(t)
	s := open(t, path)
	beside := open(t, path)
	other := open(t, file(t))
	if s.Library() == "" || beside.Library() != s.Library() || other.Library() == s.Library() {
		t.Errorf("%q, %q beside it, %q elsewhere", s.Library(), beside.Library(), other.Library())
	}
}

func TestABackupHasTheLibrarysName(t *testing.T) {
	onFile(t)
	s := open(t, file(t))
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := s.Copy(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	if again := open(t, copied); again.Library() != s.Library() {
		t.Errorf("a backup has %q, not %q", again.Library(), s.Library())
	}
}
