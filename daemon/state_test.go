package daemon

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"supportd/consent"
	local "supportd/daemon/journal"
)

func TestA2_SecondDaemonIsRefusedWithTheReason(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	first, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenState(dir); !errors.Is(err, ErrStateBusy) {
		t.Errorf("second: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenState(dir)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again.Close()
}

// What counts as private is tested in library/disk.
func TestA8_StateDirectoryIsPrivateOrRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps lists, not modes")
	}
	dir := filepath.Join(t.TempDir(), "a", "상태 ü")
	s, err := OpenState(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenState(dir); !errors.Is(err, ErrStateUnsafe) {
		t.Errorf("others may enter: %v", err)
	}
}

func newState(t *testing.T) *State {
	t.Helper()
	s, err := OpenState(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func savedExample(t *testing.T, s *State) Saved {
	t.Helper()
	id, err := newIdentity()
	if err != nil {
		t.Fatal(err)
	}
	j, name, err := local.Create(s.root, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	j.Close()
	return Saved{
		Relay: "127.0.0.1:1", RelayKey: "SHA256:x", Number: testNumber, Identity: id.seed, Journal: name,
		Allow: []consent.Kind{consent.SysInfo}, Window: time.Hour, Expires: time.Now().Add(time.Hour),
	}
}

func TestSavedSession(t *testing.T) {
	s := newState(t)
	if _, err := s.Saved(); !errors.Is(err, ErrNothingSaved) {
		t.Errorf("nothing: %v", err)
	}
	want := savedExample(t, s)
	if err := s.save(want); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(s.path(sessionName))
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	got, err := s.Saved()
	if err != nil || got.Number != want.Number || string(got.Identity) != string(want.Identity) || len(got.Allow) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	want.Expires = time.Now().Add(-time.Second)
	if err := s.save(want); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Saved(); !errors.Is(err, ErrNothingSaved) {
		t.Errorf("expired: %v", err)
	}
	want.Journal = "../../etc/passwd"
	if err := s.save(want); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Saved(); err == nil {
		t.Error("a journal elsewhere was accepted")
	}
	for range 2 {
		if err := s.forget(); err != nil {
			t.Error(err)
		}
	}
}

func TestDamagedSessionDoesNotKeepAnybodyFromJoining(t *testing.T) {
	s := newState(t)
	for _, damage := range []string{"", "{", "[]", `{"identity":"AA=="}`} {
		if err := os.WriteFile(s.path(sessionName), []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.abandon(slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("%q: %v", damage, err)
		}
		if _, err := s.Saved(); !errors.Is(err, ErrNothingSaved) {
			t.Errorf("%q: %v", damage, err)
		}
	}
}
