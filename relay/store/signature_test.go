package store

import (
	"errors"
	"testing"

	"supportd/library"
	"supportd/library/author"
)

// What an author has signed is kept with the version that it is about, and with no other one:
// of another name, owner, category or number, or with another one before.
func TestASignatureIsForOneVersion(t *testing.T) {
	s, ctx := withScripts(t), t.Context()
	signs := func(change func(*author.Signed)) Signature {
		signed := author.Signed{Library: s.Library(), Name: "fix", Owner: "alice", Category: "Printers", Version: 1, Certificate: "c", Signature: "s"}
		if change != nil {
			change(&signed)
		}
		return Signature{Signer: "SHA256:a", Signed: signed}
	}
	others := map[string]func(*author.Signed){
		"name": func(a *author.Signed) { a.Name = "Fix" }, "owner": func(a *author.Signed) { a.Owner = "bob" },
		"category": func(a *author.Signed) { a.Category = "Network" }, "version": func(a *author.Signed) { a.Version++ }, "version before": func(a *author.Signed) { a.Previous = "x" },
	}
	for what, change := range others {
		if sc, err := s.AddSigned(ctx, script("fix", "alice"), program("1"), signs(change)); !errors.Is(err, ErrSigned) {
			t.Errorf("another %s: %+v, %v", what, sc, err)
		}
	}
	if all, err := s.Scripts(ctx); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	sc, err := s.AddSigned(ctx, script("fix", "alice"), program("1"), signs(nil))
	must(t, err)
	has := func(version int, want *author.Signed) {
		t.Helper()
		got, err := s.Signature(ctx, sc.ID, version)
		if err != nil || (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("version %d: %+v, %v, want %+v", version, got, err, want)
		}
		versions, err := s.Versions(ctx, sc.ID)
		must(t, err)
		if signer := versions[version-1].Signer; (signer == "SHA256:a") != (want != nil) || want == nil && signer != "" {
			t.Errorf("version %d is signed by %q", version, signer)
		}
	}
	first := signs(nil).Signed
	has(1, &first)
	// A description is not signed; files, a name and a category are.
	change := func(c ScriptChange) error {
		t.Helper()
		c.By = "alice"
		_, err := s.ChangeScript(ctx, "fix", c)
		return err
	}
	must(t, change(edit("better")))
	has(2, &first)
	p := program("2")
	must(t, change(ScriptChange{Edit: func(*library.Script) error { return nil }, Package: &p}))
	has(3, nil)
	before, err := s.Script(ctx, "fix")
	must(t, err)
	p = program("3")
	next := func(a *author.Signed) { a.Version, a.Previous = 4, before.Current.SHA256 }
	for what, other := range others {
		if err := change(ScriptChange{Edit: func(*library.Script) error { return nil }, Package: &p, Signature: signs(func(a *author.Signed) { next(a); other(a) })}); !errors.Is(err, ErrSigned) {
			t.Errorf("a change with another %s: %v", what, err)
		}
	}
	fourth := signs(next)
	must(t, change(ScriptChange{Edit: func(*library.Script) error { return nil }, Package: &p, Signature: fourth}))
	has(4, &fourth.Signed)
	must(t, s.AddCategory(ctx, Category{Name: "Network"}), change(ScriptChange{Edit: func(sc *library.Script) error { sc.Category = "Network"; return nil }}))
	has(5, nil)
	if got, err := s.Signature(ctx, sc.ID, 6); err != nil || got != nil {
		t.Errorf("a version that there is not: %+v, %v", got, err)
	}
	set(t, s, `UPDATE script_versions SET signature = '{' WHERE version = 1`)
	if _, err := s.Signature(ctx, sc.ID, 1); err == nil {
		t.Error("what is no signature was read")
	}
}

// An edit that is refused, or is of a version that is not the newest, changes nothing.
func TestAChangeOfAnotherVersionIsRefused(t *testing.T) {
	s, ctx := withScripts(t), t.Context()
	add(t, s, script("fix", "alice"), program("1"))
	refused := errors.New("not yours")
	for version, want := range map[int]error{1: nil, 2: ErrChanged, 0: nil, 9: ErrChanged} {
		change := edit("x")
		change.IfVersion = version
		before, err := s.Script(ctx, "fix")
		must(t, err)
		if version == 1 && before.Current.Number != 1 || version == 2 && before.Current.Number == 2 {
			continue // in another order
		}
		if _, err := s.ChangeScript(ctx, "fix", change); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("version %d: %v", version, err)
		}
	}
	before := everything(t, s)
	if _, err := s.ChangeScript(ctx, "fix", ScriptChange{By: "bob", Edit: func(*library.Script) error { return refused }}); !errors.Is(err, refused) {
		t.Error(err)
	}
	if err := s.RemoveScript(ctx, "fix", func(library.Script) error { return refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	if everything(t, s) != before {
		t.Error("something was changed")
	}
}
