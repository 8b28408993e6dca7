package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportd/library/api"
	"supportd/library/wire"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func account(name string) Account {
	return Account{
		Name: name, Display: "Name of " + name, Created: time.UnixMilli(1_700_000_000_123).UTC(),
		Keys: []Key{{Fingerprint: "SHA256:" + name, Line: "ssh-ed25519 " + name, Created: time.UnixMilli(1).UTC()}},
	}
}

func session(id string) Session {
	return Session{ID: id, Number: wire.NewNumber(), State: api.Waiting, Owner: "alice", Created: time.UnixMilli(1_700_000_000_000).UTC()}
}

func TestAccounts(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	before, err := s.Revision(ctx)
	if err != nil {
		t.Fatal(err)
	}
	alice := account("alice")
	alice.Admin = true
	if err := errors.Join(s.AddAccount(ctx, account("bob"), false), s.AddAccount(ctx, alice, false)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Accounts(ctx)
	if err != nil || len(got) != 2 || got[0].Name != "alice" || !got[0].Admin || got[0].Created != alice.Created || len(got[0].Keys) != 1 || got[0].Keys[0] != alice.Keys[0] || got[1].Admin {
		t.Errorf("%+v, %v", got, err)
	}
	thief := account("carol")
	thief.Keys = append(thief.Keys, alice.Keys[0])
	for name, c := range map[string]struct{ got, want error }{
		"the same name":        {s.AddAccount(ctx, account("bob"), false), ErrExists},
		"somebody's key":       {s.AddAccount(ctx, thief, false), ErrExists},
		"a key twice":          {s.AddKeys(ctx, "bob", alice.Keys, 9), ErrExists},
		"a key of nobody":      {s.AddKeys(ctx, "carol", []Key{{Fingerprint: "x"}}, 9), ErrNotFound},
		"too many keys":        {s.AddKeys(ctx, "bob", []Key{{Fingerprint: "x"}, {Fingerprint: "y"}}, 2), ErrLimit},
		"disable nobody":       {s.DisableAccount(ctx, "carol", true), ErrNotFound},
		"remove nobody":        {s.RemoveAccount(ctx, "carol", "x", time.Now()), ErrNotFound},
		"remove another's key": {s.RemoveKey(ctx, "bob", alice.Keys[0].Fingerprint), ErrNotFound},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if got, err := s.Accounts(ctx); err != nil || len(got) != 2 || len(got[1].Keys) != 1 {
		t.Errorf("something was half done: %+v, %v", got, err)
	}
	after, err := s.Revision(ctx)
	if err != nil || after != before+2 {
		t.Errorf("revision %d after %d, %v", after, before, err)
	}
	if err := errors.Join(s.DisableAccount(ctx, "bob", true), s.RemoveKey(ctx, "bob", "SHA256:bob"), s.RemoveAccount(ctx, "alice", "bob", time.Now())); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Accounts(ctx); err != nil || len(got) != 1 || !got[0].Disabled || len(got[0].Keys) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	// The key of an account that is gone is free.
	if err := s.AddAccount(ctx, account("alice"), false); err != nil {
		t.Error(err)
	}
}

func TestCategories(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	c := Category{Name: "프린터", Created: time.UnixMilli(5).UTC()}
	if err := s.AddCategory(ctx, c); err != nil {
		t.Fatal(err)
	}
	if err := s.AddCategory(ctx, c); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if got, err := s.Categories(ctx); err != nil || len(got) != 1 || got[0] != c {
		t.Errorf("%+v, %v", got, err)
	}
	if err := errors.Join(s.RemoveCategory(ctx, c.Name)); err != nil {
		t.Error(err)
	}
	if err := s.RemoveCategory(ctx, c.Name); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// TestStates walks every change of state, the forbidden ones too.
func TestStates(t *testing.T) {
	allowed := map[[2]api.State]bool{
		{api.Waiting, api.Active}: true, {api.Waiting, api.Ended}: true,
		{api.Active, api.Active}: true, {api.Active, api.Away}: true, {api.Active, api.Ended}: true,
		{api.Away, api.Active}: true, {api.Away, api.Ended}: true,
	}
	way := map[api.State][]api.State{api.Waiting: {}, api.Active: {api.Active}, api.Away: {api.Active, api.Away}, api.Ended: {api.Ended}}
	s, ctx := open(t, file(t)), t.Context()
	for from, steps := range way {
		for _, to := range []api.State{api.Waiting, api.Active, api.Away, api.Ended, "", "other"} {
			id := string(from) + "-" + string(to)
			if err := s.AddSession(ctx, new(session(id))); err != nil {
				t.Fatal(err)
			}
			for _, step := range steps {
				if _, err := s.ChangeSession(ctx, id, step, func(*Session) {}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := s.ChangeSession(ctx, id, to, func(row *Session) { row.Reason = "changed" })
			row, lookup := s.Session(ctx, id)
			if lookup != nil {
				t.Fatal(lookup)
			}
			if allowed[[2]api.State{from, to}] {
				if err != nil || row.State != to || row.Reason != "changed" {
					t.Errorf("from %s to %q: %v, %+v", from, to, err, row)
				}
			} else if !errors.Is(err, ErrState) || row.State != from || row.Reason != "" {
				t.Errorf("from %s to %q: %v, %+v", from, to, err, row)
			}
		}
	}
	if _, err := s.ChangeSession(ctx, "nobody", api.Active, func(*Session) {}); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	active := session("begins-as-active")
	active.State = api.Active
	if err := s.AddSession(ctx, &active); !errors.Is(err, ErrState) {
		t.Error(err)
	}
}

func TestSessions(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	first := session("first")
	if err := s.AddSession(ctx, &first); err != nil {
		t.Fatal(err)
	}
	double := session("double")
	double.Number = first.Number
	if err := s.AddSession(ctx, &double); !errors.Is(err, ErrExists) {
		t.Errorf("a number twice: %v", err)
	}
	changed, err := s.ChangeSession(ctx, "first", api.Active, func(row *Session) {
		row.Customer, row.Host, row.OS, row.Identity, row.Joined = "Bob'; --", "\x1b[2J", "김", "ssh-ed25519 A", time.UnixMilli(7).UTC()
		row.ID, row.Number, row.State = "other", "1", api.Ended // not theirs to change
	})
	want := first
	want.State, want.Customer, want.Host, want.OS, want.Identity, want.Joined = api.Active, "Bob'; --", "\x1b[2J", "김", "ssh-ed25519 A", time.UnixMilli(7).UTC()
	want.Changed = changed.Changed // a number of the database's
	if err != nil || changed != want {
		t.Errorf("%+v, %v", changed, err)
	}
	for name, lookup := range map[string]func() (Session, error){
		"number":   func() (Session, error) { return s.SessionByNumber(ctx, first.Number) },
		"identity": func() (Session, error) { return s.SessionByIdentity(ctx, "ssh-ed25519 A") },
		"id":       func() (Session, error) { return s.Session(ctx, "first") },
	} {
		if got, err := lookup(); err != nil || got != want {
			t.Errorf("by %s: %+v, %v", name, got, err)
		}
	}
	if _, err := s.SessionByIdentity(ctx, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("a session without a computer was found by no key: %v", err)
	}
	if err := s.LoseSessions(ctx, time.UnixMilli(9)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Session(ctx, "first"); err != nil || got.State != api.Away || got.Away != time.UnixMilli(9).UTC() {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.ChangeSession(ctx, "first", api.Ended, func(row *Session) { row.Ended = time.UnixMilli(10) }); err != nil {
		t.Fatal(err)
	}
	// The number is free again, and leads to whoever has it now.
	double.Created = first.Created.Add(time.Hour)
	if err := s.AddSession(ctx, &double); err != nil {
		t.Fatal(err)
	}
	if got, err := s.SessionByNumber(ctx, first.Number); err != nil || got.ID != "double" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.OpenSessions(ctx); err != nil || len(got) != 1 || got[0].ID != "double" {
		t.Errorf("%+v, %v", got, err)
	}
	for owner, n := range map[string]int{"alice": 1, "": 1, "bob": 0} {
		if got, err := s.EndedSessions(ctx, owner, 10); err != nil || len(got) != n {
			t.Errorf("%q: %+v, %v", owner, got, err)
		}
	}
	if err := s.AddAccount(ctx, account("alice"), true); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveAccount(ctx, "alice", "operator", time.UnixMilli(11)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Session(ctx, "double"); err != nil || got.State != api.Ended || got.EndedBy != "operator" {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestTwoProcesses writes through two stores on one file, as the relay and its
// command line do, and sees both.
func TestTwoProcesses(t *testing.T) {
	path := file(t)
	a, b, ctx := open(t, path), open(t, path), t.Context()
	const each = 50
	done := make(chan error, 2)
	for i, s := range []*Store{a, b} {
		go func() {
			var err error
			for j := range each {
				err = errors.Join(err, s.AddSession(ctx, new(session(string(rune('a'+i))+string(rune('0'+j))))))
			}
			done <- err
		}()
	}
	if err := errors.Join(<-done, <-done); err != nil {
		t.Fatal(err)
	}
	if got, err := a.OpenSessions(ctx); err != nil || len(got) != 2*each {
		t.Errorf("%d sessions, %v", len(got), err)
	}
	before, err := a.Revision(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.AddAccount(ctx, account("alice"), true); err != nil {
		t.Fatal(err)
	}
	if after, err := a.Revision(ctx); err != nil || after == before {
		t.Errorf("revision %d after %d, %v", after, before, err)
	}
}

func TestD2_LockedDatabase(t *testing.T) {
	onFile(t)
	path := file(t)
	s, ctx := open(t, path), t.Context()
	impatient, err := Open(ctx, path, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer impatient.Close()
	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := impatient.AddAccount(ctx, account("bob"), false); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if _, err := impatient.Accounts(ctx); err != nil {
		t.Errorf("reading waits for a writer: %v", err)
	}
	begun, done := make(chan struct{}), make(chan error)
	go func() { close(begun); done <- s.AddAccount(ctx, account("alice"), false) }()
	<-begun
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("an action that could have waited: %v", err)
	}
	if got, err := s.Accounts(ctx); err != nil || len(got) != 1 || got[0].Name != "alice" {
		t.Errorf("%+v, %v", got, err)
	}
	if DefaultPatience < 10*time.Second {
		t.Error("an action gives up before a lock of 10 s is over")
	}
}

func TestACancelledActionIsNotDone(t *testing.T) {
	s := open(t, file(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AddAccount(ctx, account("alice"), false); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got, err := s.Accounts(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestD3_DamagedFiles(t *testing.T) {
	onFile(t)
	whole := file(t)
	s := open(t, whole)
	for i := range 200 {
		if err := s.AddSession(t.Context(), new(session(strings.Repeat("x", i+1)))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	zeroed := append([]byte(nil), text...)
	clear(zeroed[len(zeroed)/2 : len(zeroed)-4096])
	for name, c := range map[string]struct {
		text []byte
		mode os.FileMode
		want error
	}{
		"garbage":            {[]byte(strings.Repeat("no database at all\n", 1000)), 0o600, ErrDamaged},
		"truncated":          {text[:len(text)/2], 0o600, ErrDamaged},
		"pages lost":         {zeroed, 0o600, ErrDamaged},
		"read-only":          {text, 0o400, ErrReadOnly},
		"readable by others": {text, 0o640, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t)
			if err := os.WriteFile(path, c.text, c.mode); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), path, 0)
			if err == nil {
				err = s.Check(t.Context())
				defer s.Close()
			}
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(c.text) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	if _, err := Open(t.Context(), t.TempDir(), 0); !errors.Is(err, ErrDamaged) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "no", "relay.db"), 0); err == nil {
		t.Error("a directory that does not exist")
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := file(t)
	s := open(t, path)
	if _, err := s.writer.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, $1)`, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, 0); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), called(t, path)) {
		t.Errorf("%v", err)
	}
}

// What a removed account has left is not somebody else's who gets its name.
func TestANameKeepsWhatItOwns(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	if err := errors.Join(s.AddAccount(ctx, account("alice"), false), s.AddAccount(ctx, account("bob"), false), s.AddSession(ctx, new(session("one")))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob"} {
		if err := s.RemoveAccount(ctx, name, "x", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddAccount(ctx, account("alice"), false); !errors.Is(err, ErrOwns) || !strings.Contains(err.Error(), "sessions: 1, scripts: 0") {
		t.Errorf("another alice: %v", err)
	}
	if err := s.AddAccount(ctx, account("alice"), true); err != nil {
		t.Errorf("the same alice: %v", err)
	}
	if err := s.AddAccount(ctx, account("bob"), false); err != nil {
		t.Errorf("a bob who has left nothing: %v", err)
	}
	if err := s.AddAccount(ctx, account("alice"), false); !errors.Is(err, ErrExists) {
		t.Errorf("alice once more: %v", err)
	}
}
