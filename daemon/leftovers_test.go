package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/wire"
)

// killed leaves in the world's state directory what a daemon that was killed in
// the middle of a script leaves.
func (w *world) killed(number wire.Number, window time.Duration) state.Saved {
	w.t.Helper()
	s, err := state.Open(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	saved := savedExample(w.t, s)
	saved.Number, saved.Relay, saved.Window, saved.Expires = number, relayAt(w.t, w.relay.addr, w.relay.pin()), window, time.Now().Add(window)
	j, err := local.Open(context.Background(), s.Root(), saved.Journal)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range []journal.Payload{journal.SessionJoin{Presented: journal.Presented{Allow: saved.Allow}}, journal.RunStart{}, journal.ScriptStart{}} {
		if err := j.Append("alice", p); err != nil {
			w.t.Fatal(err)
		}
	}
	j.Close()
	if err := s.Save(saved); err != nil {
		w.t.Fatal(err)
	}
	for _, dir := range []string{"work/run-1/1/package", "staging/1"} {
		if err := os.MkdirAll(filepath.Join(w.dir, dir), 0o700); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(w.dir, dir, "secret.sh"), []byte("x"), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	id, err := link.IdentityOf(saved.Identity)
	if err != nil {
		w.t.Fatal(err)
	}
	w.relay.known[public(id)] = true
	return saved
}

func TestA1_KilledDaemonComesBack(t *testing.T) {
	for name, change := range map[string]func(*world, *Options){
		"resume":                    func(_ *world, o *Options) { o.Join = nil },
		"join with the same number": nil,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(w *world, o *Options) {
				w.killed(testNumber, time.Hour)
				if change != nil {
					change(w, o)
				}
			})
			if n := await(t, w.ui, anyOf[notice.Joined]); !n.Resumed {
				t.Errorf("%+v", n)
			}
			want := []string{journal.KindSessionJoin, journal.KindRunStart, journal.KindScriptStart, journal.KindScriptExit, journal.KindRunEnd, journal.KindSessionResume}
			if got := w.kinds(); !slices.Equal(got[:len(want)], want) {
				t.Errorf("%v", got)
			}
			for _, f := range w.files() {
				if strings.Contains(f, "secret") {
					t.Errorf("left behind: %s", f)
				}
			}
		})
	}
}

func TestAwayForTooLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world, o *Options) {
		w.killed(testNumber, time.Second)
		o.Join, o.Dialer = nil, failing(os.ErrDeadlineExceeded).dialer
	})
	if err := w.ended(); !errors.Is(err, state.ErrWindow) {
		t.Errorf("%v", err)
	}
	if files := w.files(); len(files) != 3 { // the lock, the journal, and that the relay has not got it
		t.Errorf("left behind: %v", files)
	}
}

func TestNothingToComeBackTo(t *testing.T) {
	w := newWorld(t, nil)
	w.stop(errTestStop)
	if err := w.ended(); err != errTestStop {
		t.Fatal(err)
	}
	<-w.finished
	resume := func() {
		t.Helper()
		s, err := state.Open(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		opts := w.options()
		opts.State, opts.Join = s, nil
		if _, err := New(context.Background(), opts); !errors.Is(err, state.ErrNothing) {
			t.Errorf("%v", err)
		}
	}
	resume()
	// What has expired is not come back to; its journal stays, and that it is owed.
	before := w.files()
	w.killed(testNumber, -time.Second)
	resume()
	if after := w.files(); len(after) != len(before)+2 {
		t.Errorf("left behind: %v; before: %v", after, before)
	}
}

func newState(t *testing.T) *state.Dir {
	t.Helper()
	s, err := state.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// savedExample is a support session with an empty journal.
func savedExample(t *testing.T, s *state.Dir) state.Saved {
	t.Helper()
	id, err := link.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	j, name, err := local.Create(s.Root(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	j.Close()
	return state.Saved{
		Relay: relayAt(t, "127.0.0.1:1", "SHA256:x"), Number: testNumber, Identity: id.Seed, Journal: name,
		Allow: []consent.Kind{consent.SysInfo}, Window: time.Hour, Expires: time.Now().Add(time.Hour),
	}
}

func TestDamagedSessionDoesNotKeepAnybodyFromJoining(t *testing.T) {
	s := newState(t)
	for _, damage := range []string{"", "{", "[]", `{"identity":"AA=="}`} {
		if err := os.WriteFile(s.Path("session.json"), []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := endLeftSession(t.Context(), s, slog.New(slog.DiscardHandler)); err != nil {
			t.Errorf("%q: %v", damage, err)
		}
		if _, err := s.Saved(); !errors.Is(err, state.ErrNothing) {
			t.Errorf("%q: %v", damage, err)
		}
	}
}
