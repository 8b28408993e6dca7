package store

import (
	"errors"
	"testing"
	"time"

	"supportd/library"
	"supportd/library/author"
)

// Z4: the signature of somebody else goes with the version that they have signed, as long as
// files, name and category stay and their account is there. It is counted as the author's is.
func TestZ4_AnApprovalGoesWithItsVersion(t *testing.T) {
	s := withScripts(t)
	for _, name := range []string{"alice", "bob", "carol"} {
		if err := s.AddAccount(t.Context(), account(name), false); err != nil && !errors.Is(err, ErrExists) {
			t.Fatal(err)
		}
	}
	signed := Signature{Signer: "SHA256:a", Signed: author.Signed{Name: "fix", Owner: "alice", Version: 1, Category: "Printers", Signature: "s"}}
	sc, err := s.AddSigned(t.Context(), script("fix", "alice"), program("echo 1"), signed)
	if err != nil {
		t.Fatal(err)
	}
	has := func(version int, want string) {
		t.Helper()
		n, err := s.Approval(t.Context(), sc.ID, version)
		if err != nil || (n == nil) != (want == "") || n != nil && n.Account != want {
			t.Errorf("version %d: %+v, %v, want %q", version, n, err, want)
		}
		versions, err := s.Versions(t.Context(), sc.ID)
		if err != nil || len(versions) < version || versions[version-1].Approver != want {
			t.Errorf("version %d: %+v, %v, want %q", version, versions, err, want)
		}
	}
	change := func(edit func(*library.Script)) library.Script {
		t.Helper()
		changed, err := s.ChangeScript(t.Context(), "fix", ScriptChange{By: "alice", At: time.Now(), Edit: func(sc *library.Script) error { edit(sc); return nil }})
		if err != nil {
			t.Fatal(err)
		}
		return changed
	}
	has(1, "")
	bobs, carols := author.Second{Account: "bob", Certificate: "c", Signature: "s"}, author.Second{Account: "carol", Certificate: "c", Signature: "s"}
	if err := s.Approve(t.Context(), sc, carols); err != nil {
		t.Fatal(err)
	}
	has(1, "carol")
	if err := s.Approve(t.Context(), sc, bobs); err != nil {
		t.Fatal(err)
	}
	has(1, "bob")
	before := change(func(sc *library.Script) { sc.Description = "better" })
	has(2, "bob")
	if err := s.Approve(t.Context(), sc, carols); !errors.Is(err, ErrChanged) {
		t.Errorf("an older version: %v", err)
	}
	long := bobs
	long.Signature = string(make([]byte, author.MaxSigned))
	if err := s.Approve(t.Context(), before, long); err == nil {
		t.Error("one that is too long is kept")
	}
	var taken int
	if err := s.reader.QueryRowContext(t.Context(), `SELECT signed - length(signature) - length(approval) FROM script_versions WHERE script = $1 AND version = 2`, sc.ID).Scan(&taken); err != nil || taken != 0 {
		t.Errorf("%d bytes are counted wrongly, %v", taken, err)
	}
	if err := s.DisableAccount(t.Context(), "bob", true); err != nil {
		t.Fatal(err)
	}
	has(2, "")
	if err := s.DisableAccount(t.Context(), "bob", false); err != nil {
		t.Fatal(err)
	}
	has(2, "bob")
	change(func(sc *library.Script) { sc.Category = "네트워크" })
	has(3, "")
	has(2, "bob")
	if err := s.RemoveAccount(t.Context(), "bob", "root", time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.AddAccount(t.Context(), account("bob"), true); err != nil {
		t.Fatal(err)
	}
	has(2, "")
}
