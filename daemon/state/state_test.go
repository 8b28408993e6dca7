//go:build unix

package state

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/disk"
	"supportd/library/journal"
	"supportd/library/reach"
	"supportd/library/wire"
)

func TestA2_SecondDaemonIsRefusedWithTheReason(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	first, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrBusy) {
		t.Errorf("second: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again.Close()
}

// What counts as private is tested in library/disk.
func TestA8_StateDirectoryIsPrivateOrRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "상태 ü")
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); !errors.Is(err, ErrUnsafe) {
		t.Errorf("others may enter: %v", err)
	}
}

func newState(t *testing.T) *Dir {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func savedExample() Saved {
	return Saved{
		Relay:  Relay{Addresses: []reach.Address{{Host: "127.0.0.1", Port: "1"}}, Keys: []string{"SHA256:x"}},
		Number: "482913077", Identity: make([]byte, ed25519.SeedSize),
		Journal: "journal-20260301T090000Z.jsonl", Allow: []consent.Kind{consent.SysInfo}, Window: time.Hour, Expires: time.Now().Add(time.Hour),
	}
}

func TestSavedSession(t *testing.T) {
	s := newState(t)
	if _, err := s.Saved(); !errors.Is(err, ErrNothing) {
		t.Errorf("nothing: %v", err)
	}
	want := savedExample()
	if err := s.Save(want); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(s.Path(sessionName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	got, err := s.Saved()
	if err != nil || got.Number != want.Number || string(got.Identity) != string(want.Identity) || len(got.Allow) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	want.Expires = time.Now().Add(-time.Second)
	if err := s.Save(want); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Saved(); !errors.Is(err, ErrNothing) {
		t.Errorf("expired: %v", err)
	}
	want.Journal = "../../etc/passwd"
	if err := s.Save(want); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Saved(); err == nil {
		t.Error("a journal elsewhere was accepted")
	}
	for range 2 {
		if err := s.Forget(); err != nil {
			t.Error(err)
		}
	}
}

// What the relay does not take is not offered for ever, and what is damaged or too
// old is forgotten.
func TestWhatIsOwedIsForgottenInTheEnd(t *testing.T) {
	left := savedExample()
	s := newState(t)
	o := OwedOf(left, wire.End{By: journal.ByCustomer})
	old := o
	old.Journal, old.Since = "journal-"+"old"+".jsonl", time.Now().Add(-owedLife-time.Hour)
	elsewhere := o
	elsewhere.Journal = "../journal-x.jsonl"
	for name, content := range map[string]any{old.name(): old, owedPrefix + "x.json": elsewhere, owedPrefix + "y.json": "nonsense"} {
		data, err := json.Marshal(content)
		if err == nil {
			err = os.WriteFile(s.Path(name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Owe(o); err != nil {
		t.Fatal(err)
	}
	list, err := s.Owing()
	if err != nil || len(list) != 1 || list[0].Journal != o.Journal {
		t.Errorf("%+v, %v", list, err)
	}
	for n := range mostOwed {
		o.Journal = "journal-" + strconv.Itoa(n) + ".jsonl"
		o.Since = o.Since.Add(time.Second)
		if err := s.Owe(o); err != nil {
			t.Fatal(err)
		}
	}
	if list, err = s.Owing(); err != nil || len(list) != mostOwed || list[0].Journal == left.Journal {
		t.Errorf("%d, %v", len(list), err)
	}
}

// P2: what lies where a file of ours should be is not waited for, whoever put it
// there, and a pipe in the way of a new file is removed.
func TestK1P2_NothingInTheDirectoryIsWaitedFor(t *testing.T) {
	s := newState(t)
	for _, name := range []string{sessionName, sessionName + ".new", owedPrefix + "x.json", owedPrefix + "y.json.new"} {
		if err := syscall.Mkfifo(s.Path(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Saved(); !errors.Is(err, disk.ErrNotRegular) {
		t.Errorf("a pipe as session file: %v", err)
	}
	if list, err := s.Owing(); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	want := savedExample()
	if err := s.Save(want); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Saved(); err != nil || got.Number != want.Number {
		t.Errorf("%+v, %v", got, err)
	}
}

// Where a program has put a pipe in the place of the directory itself, nobody waits for a
// writer: os.OpenRoot would, and takes no signal meanwhile.
func TestK1P2_APipeInThePlaceOfTheStateDirectory(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "state")
	if err := syscall.Mkfifo(pipe, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() error{
		"stop":   func() error { return Stop(t.Context(), pipe) },
		"status": func() error { _, err := Ask(t.Context(), pipe); return err },
		"start":  func() error { _, err := Open(pipe); return err },
		"sync":   func() error { return disk.SyncDir(pipe) },
		"held":   func() error { held(pipe); return errors.New("nobody") },
	} {
		got := make(chan error, 1)
		go func() { got <- open() }()
		select {
		case err := <-got:
			if err == nil {
				t.Errorf("%s: went well", name)
			}
		case <-time.After(testkit.Patience):
			t.Errorf("%s waits for a writer", name)
			f, err := os.OpenFile(pipe, os.O_RDWR, 0) // lets it go
			if err == nil {
				<-got
				f.Close()
			}
		}
	}
}

// A daemon that was killed while it wrote leaves half a file, with the key in it: it
// goes with the session.
func TestK1P12_HalfAFileGoesToo(t *testing.T) {
	s := newState(t)
	o := OwedOf(savedExample(), wire.End{By: journal.ByCustomer})
	for _, name := range []string{sessionName, o.name()} {
		if err := os.WriteFile(s.Path(disk.Unfinished(name)), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(s.Forget(), s.Brought(o)); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(s.Path("*.new")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
