package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/journal"
)

// brought compares what the relay has with the journal on the computer.
func (w *world) brought(sealed bool) {
	w.t.Helper()
	here := w.events()
	last, there := w.relay.brought(public(w.daemon.identity))
	if last.Hash != here[len(here)-1].Hash || there != sealed {
		w.t.Errorf("the relay has %d events, sealed: %v; there are %d", last.Seq, there, len(here))
	}
}

// R1: what happens while the relay is away is brought when it is back, and at
// the end the seal.
func TestR1_TheRelayGetsTheWholeJournal(t *testing.T) {
	w := newWorld(t, nil)
	w.csr().Close()
	addr := w.relay.addr
	w.relay.kill()
	await(t, w.ui, anyOf[notice.Retrying])
	w.relay.start(addr)
	await(t, w.ui, func(n notice.Joined) bool { return n.Resumed })
	testkit.Eventually(t, "all events", func() bool {
		here := w.events()
		last, _ := w.relay.brought(public(w.daemon.identity))
		return last.Hash == here[len(here)-1].Hash
	})
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) {
		t.Fatal(err)
	}
	if !w.daemon.HandedOver() {
		t.Errorf("it is not handed over:\n%s", w.log)
	}
	w.brought(true)
}

// Without the relay the customer waits a few seconds, and is told. A daemon that
// was killed in these seconds hands over when it starts again.
func TestAStopWithoutTheRelay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.relay.open()
	session := filepath.Join(w.dir, "session.json")
	saved, err := os.ReadFile(session)
	if err != nil {
		t.Fatal(err)
	}
	addr := w.relay.addr
	w.relay.kill()
	await(t, w.ui, anyOf[notice.Retrying])
	began := time.Now()
	w.stop(errTestStop)
	await(t, w.ui, anyOf[notice.HandingOver])
	if err := w.ended(); !errors.Is(err, errTestStop) || w.daemon.HandedOver() {
		t.Errorf("%v, handed over: %v", err, w.daemon.HandedOver())
	}
	if took := time.Since(began); took < handOverStopped || took > handOverStopped+patience/2 {
		t.Errorf("it took %v", took)
	}
	<-w.finished
	if files := w.files(); len(files) != 3 { // the lock, the journal, and that the relay has not got it
		t.Errorf("left behind: %v", files)
	}

	if err := os.WriteFile(session, saved, 0o600); err != nil {
		t.Fatal(err)
	}
	w.relay.start(addr)
	w.run(nil)
	var ended *state.Ended
	if err := w.ended(); !errors.As(err, &ended) || ended.By != journal.ByCustomer || !w.daemon.HandedOver() {
		t.Errorf("%v, handed over: %v", err, w.daemon.HandedOver())
	}
	w.brought(true)
	if m := <-w.relay.ended; m.By != journal.ByCustomer {
		t.Errorf("%+v", m)
	}
}
