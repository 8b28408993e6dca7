package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestO8_InvitationsCountOnceInTimeAndForOneAccount(t *testing.T) {
	const most = 3
	now := time.Now()
	inv := Invitation{Name: "abcdefgh", Hash: "right", Account: "alice", Expires: now.Add(24 * time.Hour)}
	change := func(f func(*Invitation)) Invitation { other := inv; f(&other); return other }
	alice := Account{Name: "alice", Created: now}
	key := func(n int) Key {
		return Key{Fingerprint: fmt.Sprintf("SHA256:%d", n), Line: "ssh-ed25519 AAAA", Created: now}
	}
	begin := func(t *testing.T) *Store {
		s := open(t, file(t))
		if added, err := s.Invite(t.Context(), inv, alice, false); err != nil || !added {
			t.Fatal(added, err)
		}
		return s
	}
	wrong := func(t *testing.T, s *Store, offered Invitation, at time.Time) {
		t.Helper()
		if err := s.Register(t.Context(), offered, key(9), most, at); !errors.Is(err, ErrInvitation) {
			t.Errorf("%+v: %v", offered, err)
		}
	}
	right := func(t *testing.T, s *Store, want error) {
		t.Helper()
		if err := s.Register(t.Context(), inv, key(1), most, now); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	t.Run("used twice", func(t *testing.T) {
		s := begin(t)
		right(t, s, nil)
		wrong(t, s, inv, now)
		accounts, err := s.Accounts(t.Context())
		if err != nil || len(accounts[0].Keys) != 1 || !accounts[0].Invited.IsZero() {
			t.Errorf("%+v, %v", accounts, err)
		}
	})
	t.Run("used twice at once", func(t *testing.T) {
		s := begin(t)
		var done sync.WaitGroup
		for n := range 8 {
			done.Go(func() {
				if err := s.Register(t.Context(), inv, key(n), 8, now); err != nil && !errors.Is(err, ErrInvitation) {
					t.Error(err)
				}
			})
		}
		done.Wait()
		if accounts, err := s.Accounts(t.Context()); err != nil || len(accounts[0].Keys) != 1 {
			t.Errorf("%+v, %v", accounts, err)
		}
	})
	t.Run("late", func(t *testing.T) {
		s := begin(t)
		wrong(t, s, inv, now.Add(24*time.Hour))
		right(t, s, nil)
	})
	t.Run("guessed", func(t *testing.T) {
		s := begin(t)
		for range 2 * MaxTries { // one that does not exist takes nobody's tries
			wrong(t, s, change(func(o *Invitation) { o.Name = "hgfedcba" }), now)
		}
		for range MaxTries - 1 {
			wrong(t, s, change(func(o *Invitation) { o.Hash = "wrong" }), now)
		}
		right(t, s, nil)
	})
	t.Run("guessed too often", func(t *testing.T) {
		s := begin(t)
		for range MaxTries {
			wrong(t, s, change(func(o *Invitation) { o.Account = "bob" }), now)
		}
		right(t, s, ErrInvitation)
	})
	t.Run("another one was made", func(t *testing.T) {
		s := begin(t)
		newer := change(func(o *Invitation) { o.Name, o.Hash = "bbbbbbbb", "newer" })
		if added, err := s.Invite(t.Context(), newer, alice, false); err != nil || added {
			t.Fatal(added, err)
		}
		right(t, s, ErrInvitation)
		if err := s.Register(t.Context(), newer, key(1), most, now); err != nil {
			t.Error(err)
		}
	})
	t.Run("account locked, removed or full", func(t *testing.T) {
		s := begin(t)
		if err := s.DisableAccount(t.Context(), "alice", true); err != nil {
			t.Fatal(err)
		}
		right(t, s, ErrInvitation)
		if err := errors.Join(s.DisableAccount(t.Context(), "alice", false), s.AddKeys(t.Context(), "alice", []Key{key(2), key(3), key(4)}, most)); err != nil {
			t.Fatal(err)
		}
		right(t, s, ErrLimit)
		if err := errors.Join(s.RemoveKey(t.Context(), "alice", key(2).Fingerprint), s.AddAccount(t.Context(), Account{Name: "bob", Keys: []Key{key(1)}}, false)); err != nil {
			t.Fatal(err)
		}
		right(t, s, ErrExists)
		if err := s.RemoveAccount(t.Context(), "alice", "operator", now); err != nil {
			t.Fatal(err)
		}
		right(t, s, ErrInvitation)
	})
	t.Run("an account that is there is not changed", func(t *testing.T) {
		s := begin(t)
		if _, err := s.Invite(t.Context(), inv, Account{Name: "alice", Admin: true}, false); !errors.Is(err, ErrExists) {
			t.Error(err)
		}
		right(t, s, nil)
	})
	t.Run("restored from a backup", func(t *testing.T) {
		s := begin(t)
		if err := s.VoidInvitations(t.Context()); err != nil {
			t.Fatal(err)
		}
		right(t, s, ErrInvitation)
	})
}
