package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"supportd/library/api"
)

// A copy holds everything by itself, is for its owner alone, and takes nobody's place.
func TestCopy(t *testing.T) {
	onFile(t)
	s, ctx := withScripts(t), t.Context()
	must(t, s.AddAccount(ctx, account("alice"), false), s.AddSession(ctx, new(session("one"))), s.AddSession(ctx, new(session("two"))))
	add(t, s, script("a", "alice"), program("echo"))
	_, err := s.ChangeSession(ctx, "two", api.Ended, func(*Session) {})
	path := filepath.Join(t.TempDir(), "copy.db")
	must(t, err, s.Copy(ctx, path))
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	before, err := os.ReadFile(path)
	must(t, err)
	if err := s.Copy(ctx, path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over another file: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the other file was changed, %v", err)
	}
	copied, err := OpenExisting(ctx, path)
	must(t, err)
	defer copied.Close()
	for _, of := range []*Store{s, copied} {
		if got, err := of.Count(ctx); err != nil || got != (Counts{Accounts: 1, Sessions: 2, Open: 1, Scripts: 1}) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Copy(stopped, filepath.Join(t.TempDir(), "x.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("one that was cancelled: %v", err)
	}
	if err := s.Copy(ctx, filepath.Join(t.TempDir(), "no", "x.db")); err == nil {
		t.Error("into no directory")
	}
}

// What has to be a relay's database already is not made.
func TestOpenExisting(t *testing.T) {
	onFile(t)
	path := file(t)
	if s, err := OpenExisting(t.Context(), path); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v, %v", s, err)
	}
	must(t, open(t, path).Close())
	s, err := OpenExisting(t.Context(), path)
	must(t, err)
	must(t, s.Check(t.Context()), s.Close())
}
