package daemon

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"supportd/daemon/link"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/journal"
)

// settledSoon waits until the relay has the whole journal of an earlier session, and
// nothing tells of it here any more.
func (w *world) settledSoon(identity string) {
	w.t.Helper()
	testkit.Eventually(w.t, "the earlier journal", func() bool {
		_, sealed := w.relay.brought(identity)
		return sealed && !strings.Contains(strings.Join(w.files(), "\n"), "owed-")
	})
}

// What the relay could not be given at a Stop comes with the next support session.
func TestR1_TheNextSessionBringsWhatIsOwed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.relay.open()
	addr, before := w.relay.addr, public(w.daemon.identity)
	w.relay.kill()
	await(t, w.ui, anyOf[notice.Retrying])
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) || w.daemon.HandedOver() {
		t.Errorf("%v, handed over: %v", err, w.daemon.HandedOver())
	}
	<-w.finished
	path := w.daemon.JournalPath()
	wrote, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	w.relay.start(addr)
	w.run(nil)
	if n := await(t, w.ui, anyOf[notice.Joined]); n.Resumed {
		t.Errorf("%+v", n)
	}
	w.settledSoon(before)
	if m := <-w.relay.ended; m.By != journal.ByCustomer {
		t.Errorf("%+v", m)
	}
	// Bringing it does not make it the newest.
	if now, err := os.Stat(path); err != nil || !now.ModTime().Equal(wrote.ModTime()) {
		t.Errorf("%v, %v", now.ModTime(), err)
	}
}

// The same for what a killed daemon left and nobody came back to.
func TestA1_AnotherNumberEndsWhatWasLeft(t *testing.T) {
	var left state.Saved
	w := newWorld(t, func(w *world, _ *Options) { left = w.killed("604131136", time.Hour) })
	if n := await(t, w.ui, anyOf[notice.Joined]); n.Resumed {
		t.Errorf("%+v", n)
	}
	id, err := link.IdentityOf(left.Identity)
	if err != nil {
		t.Fatal(err)
	}
	w.settledSoon(public(id))
	data, err := os.ReadFile(w.dir + "/" + left.Journal)
	if err != nil || !strings.Contains(string(data), `"kind":"session.end"`) {
		t.Errorf("%v: %s", err, data)
	}
}

// What the relay does not take is not offered for ever, and what is damaged or too
// old is forgotten.
func TestWhatIsOwedIsForgottenInTheEnd(t *testing.T) {
	var left state.Saved
	w := newWorld(t, func(w *world, _ *Options) {
		left = w.killed("604131136", time.Hour)
		clear(w.relay.known)
	})
	await(t, w.ui, anyOf[notice.Joined])
	testkit.Eventually(t, "the refusal", func() bool { return !strings.Contains(strings.Join(w.files(), "\n"), "owed-") })
	id, err := link.IdentityOf(left.Identity)
	if err != nil {
		t.Fatal(err)
	}
	if last, _ := w.relay.brought(public(id)); last.Seq != 0 {
		t.Errorf("%+v", last)
	}
}
