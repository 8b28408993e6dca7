package store

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// What an admin does not mention stays as it is, and an edit is a change of the accounts.
func TestEditAccount(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	must(t, s.AddAccount(ctx, account("alice"), false), s.AddAccount(ctx, account("bob"), false))
	name, yes, no := "Alice 2", true, false
	for _, c := range []struct {
		display     *string
		admin       *bool
		wantDisplay string
		wantAdmin   bool
	}{
		{nil, nil, "Name of alice", false},
		{&name, nil, "Alice 2", false},
		{nil, &yes, "Alice 2", true},
		{&name, nil, "Alice 2", true},
		{nil, &no, "Alice 2", false},
	} {
		before, err := s.Revision(ctx)
		must(t, err, s.EditAccount(ctx, "alice", c.display, c.admin))
		all, err := s.Accounts(ctx)
		if err != nil || all[0].Display != c.wantDisplay || all[0].Admin != c.wantAdmin || all[1].Display != "Name of bob" || all[1].Admin {
			t.Errorf("%+v: %+v, %v", c, all, err)
		}
		if after, err := s.Revision(ctx); err != nil || after != before+1 {
			t.Errorf("revision %d after %d, %v", after, before, err)
		}
	}
	for what, err := range map[string]error{"display": s.EditAccount(ctx, "carol", &name, nil), "admin": s.EditAccount(ctx, "carol", nil, &yes)} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("the %s of nobody: %v", what, err)
		}
	}
}

// When a key was used is seen, and is no change of the accounts: nobody logs in anew.
func TestKeyUsed(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	must(t, s.AddAccount(ctx, account("alice"), false), s.AddAccount(ctx, account("bob"), false))
	before, err := s.Revision(ctx)
	used := time.UnixMilli(1_700_000_009_999).UTC()
	must(t, err, s.KeyUsed(ctx, "SHA256:alice", used), s.KeyUsed(ctx, "SHA256:nobody", used))
	all, err := s.Accounts(ctx)
	if err != nil || !all[0].Keys[0].Used.Equal(used) || !all[1].Keys[0].Used.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
	if after, err := s.Revision(ctx); err != nil || after != before {
		t.Errorf("revision %d after %d, %v", after, before, err)
	}
}

// Who asked for it is told of each revision that was made, and of none that was not.
func TestRevisionsAreTold(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	var told []int64
	telling := s.Telling(func(revision int64) { told = append(told, revision) })
	first, err := s.Revision(ctx)
	must(t, err, telling.AddAccount(ctx, account("alice"), false), telling.AddCategory(ctx, Category{Name: "x"}))
	if err := telling.AddAccount(ctx, account("alice"), false); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	must(t, s.DisableAccount(ctx, "alice", true)) // somebody else's
	must(t, telling.RemoveAccount(ctx, "alice", "x", time.Now()), telling.AddSession(ctx, new(session("s"))))
	if want := []int64{first + 1, first + 2, first + 4}; !slices.Equal(told, want) {
		t.Errorf("%d, want %d", told, want)
	}
}

// What happened last is remembered for other programs, each thing by itself.
func TestWhatIsNoted(t *testing.T) {
	place, ctx := file(t), t.Context()
	s, other := open(t, place), open(t, place)
	if at, err := s.Noted(ctx, NotePruned); err != nil || !at.IsZero() {
		t.Errorf("%v, %v", at, err)
	}
	for _, ms := range []int64{1_700_000_000_123, 1_700_000_000_456, 5} {
		must(t, s.Note(ctx, NotePruned, time.UnixMilli(ms)))
		if at, err := other.Noted(ctx, NotePruned); err != nil || at.UnixMilli() != ms {
			t.Errorf("%v, %v, want %d", at, err, ms)
		}
	}
	if at, err := s.LastAlarm(ctx); err != nil || !at.IsZero() {
		t.Errorf("the alarm: %v, %v", at, err)
	}
}

// An invitation bears five tries, and an account as many keys as it may, and no more.
func TestO8_TheLimitsOfAnInvitation(t *testing.T) {
	now := time.UnixMilli(1_700_000_000_000)
	inv := Invitation{Name: "abcdefgh", Hash: "h", Account: "alice", Expires: now.Add(time.Millisecond)}
	for tries, want := range map[int]error{4: nil, 5: ErrInvitation} {
		s, ctx := open(t, file(t)), t.Context()
		added, err := s.Invite(ctx, inv, Account{Name: "alice"}, false)
		if err != nil || !added {
			t.Fatal(added, err)
		}
		wrong := inv
		wrong.Hash = "x"
		for range tries {
			if err := s.Register(ctx, wrong, Key{Fingerprint: "a"}, 2, now); !errors.Is(err, ErrInvitation) {
				t.Error(err)
			}
		}
		if err := s.Register(ctx, inv, Key{Fingerprint: "a"}, 2, now); !errors.Is(err, want) {
			t.Errorf("%d tries: %v", tries, err)
		}
	}
	s, ctx := open(t, file(t)), t.Context()
	must(t, s.AddAccount(ctx, account("alice"), false)) // with one key
	for name, want := range map[int]error{2: nil, 1: ErrLimit} {
		_, err := s.Invite(ctx, inv, Account{Name: "alice"}, false)
		must(t, err)
		if err := s.Register(ctx, inv, Key{Fingerprint: "b"}, name, now); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%d keys: %v", name, err)
		}
		_ = s.RemoveKey(ctx, "alice", "b")
	}
	if err := s.Register(ctx, inv, Key{Fingerprint: "c"}, 9, now.Add(time.Millisecond)); !errors.Is(err, ErrInvitation) {
		t.Errorf("when it is over: %v", err)
	}
}

// Who is invited and has left sessions behind is not let in as another one; who is there is
// only invited, and not changed.
func TestO8_WhoMayBeInvited(t *testing.T) {
	s, ctx := open(t, file(t)), t.Context()
	must(t, s.AddSession(ctx, new(session("left by alice"))))
	inv := Invitation{Name: "abcdefgh", Hash: "h", Account: "alice", Expires: time.Now().Add(time.Hour)}
	if added, err := s.Invite(ctx, inv, Account{Name: "alice"}, false); !errors.Is(err, ErrOwns) {
		t.Errorf("%v, %v", added, err)
	}
	added, err := s.Invite(ctx, inv, Account{Name: "alice", Admin: true, Created: time.UnixMilli(7)}, true)
	all, listed := s.Accounts(ctx)
	if must(t, err, listed); !added || len(all) != 1 || all[0].Display != "alice" || !all[0].Admin || all[0].Disabled || all[0].Created.UnixMilli() != 7 || all[0].Invited.UnixMilli() != inv.Expires.UnixMilli() {
		t.Errorf("%v, %+v", added, all)
	}
	for what, a := range map[string]Account{"a display name": {Name: "alice", Display: "A"}, "an admin": {Name: "alice", Admin: true}} {
		if added, err := s.Invite(ctx, inv, a, false); !errors.Is(err, ErrExists) || added {
			t.Errorf("%s of one that is there: %v, %v", what, added, err)
		}
	}
	if _, err := s.Invite(ctx, inv, Account{Name: "alice"}, true); !errors.Is(err, ErrExists) {
		t.Errorf("the same person, who is there: %v", err)
	}
	if added, err := s.Invite(ctx, inv, Account{Name: "alice"}, false); err != nil || added {
		t.Errorf("%v, %v", added, err)
	}
	if added, err := s.Invite(ctx, Invitation{Name: "b", Account: "bob"}, Account{Name: "bob", Display: "Bob"}, false); err != nil || !added {
		t.Errorf("%v, %v", added, err)
	}
	if all, err := s.Accounts(ctx); err != nil || len(all) != 2 || all[1].Display != "Bob" || all[1].Admin {
		t.Errorf("%+v, %v", all, err)
	}
}
