package daemon

import (
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/wire"
)

// P12: what a daemon needs to come back is on its disk when the relay is asked to take
// the number. One that is killed before it has the answer comes back with the same
// number, which is used by then.
func TestK1P12_KilledBeforeTheRelaysAnswer(t *testing.T) {
	var w *world
	var once sync.Once
	asked := make(chan error, 1)
	w = newWorld(t, func(w *world, _ *Options) {
		w.relay.answer = func(wire.Join) wire.Code {
			once.Do(func() { asked <- os.CopyFS(w.dir+"-then", os.DirFS(w.dir)) })
			return wire.CodeOK
		}
	})
	await(t, w.ui, anyOf[notice.Joined])
	if err := <-asked; err != nil {
		t.Fatal(err)
	}
	first := public(w.daemon.identity)
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) {
		t.Fatal(err)
	}
	<-w.finished

	// The same moment once more, with the disk as it was then.
	w.dir += "-then"
	if err := os.Chmod(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.relay.set(func() {
		w.relay.answer = func(wire.Join) wire.Code { return wire.CodeUsed }
		w.relay.resumes = func() wire.Code { return wire.CodeOK }
		clear(w.relay.brings)
	})
	w.run(nil)
	if n := await(t, w.ui, anyOf[notice.Joined]); n.Resumed {
		t.Errorf("%+v", n)
	}
	if public(w.daemon.identity) != first {
		t.Error("it has another key")
	}
	if kinds := w.kinds(); len(kinds) == 0 || kinds[0] != journal.KindSessionJoin || slices.Contains(kinds[1:], journal.KindSessionJoin) {
		t.Errorf("%v", kinds)
	}
}

// One with another number leaves nothing of the first, in which nothing has happened.
func TestK1P12_AnotherNumberAfterTheKill(t *testing.T) {
	asked := make(chan error, 1)
	var once sync.Once
	w := newWorld(t, func(w *world, o *Options) {
		o.Join.Number = "604131136"
		w.relay.answer = func(wire.Join) wire.Code {
			once.Do(func() { asked <- os.CopyFS(w.dir+"-then", os.DirFS(w.dir)) })
			return wire.CodeOK
		}
	})
	if err := <-asked; err != nil {
		t.Fatal(err)
	}
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) {
		t.Fatal(err)
	}
	<-w.finished
	w.dir += "-then"
	if err := os.Chmod(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.run(nil)
	await(t, w.ui, anyOf[notice.Joined])
	journals := slices.DeleteFunc(w.files(), func(name string) bool { return !local.IsName(name) })
	if len(journals) != 1 {
		t.Errorf("%v", journals)
	}
}

// P22: a relay that does not know the support session any more never takes the rest of
// the journal, and nothing is owed.
func TestK1P22_ARelayThatHasForgottenUs(t *testing.T) {
	w := newWorld(t, func(w *world, o *Options) {
		w.killed(testNumber, time.Hour)
		clear(w.relay.known)
		o.Join = nil
	})
	var ended *state.Ended
	if err := w.ended(); !errors.As(err, &ended) || !w.daemon.Unwanted() || w.daemon.HandedOver() {
		t.Errorf("%v, unwanted %v, handed over %v", err, w.daemon.Unwanted(), w.daemon.HandedOver())
	}
	<-w.finished
	if files := w.files(); len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
}
