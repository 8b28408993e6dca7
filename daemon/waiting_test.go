package daemon

import (
	"errors"
	"testing"
	"time"

	"supportd/daemon/notice"
	"supportd/hack/testkit"
	"supportd/library/wire"
)

// limited is a relay that makes a number wait: it answers with each of these waits, in
// seconds, and then takes it.
func limited(w *world, waits ...uint32) (joins func() int) {
	n := 0
	w.relay.answer = func(wire.Join) wire.Code {
		if n++; n > len(waits) {
			return wire.CodeOK
		}
		w.relay.wait = waits[n-1]
		return wire.CodeLimited
	}
	return func() int {
		w.relay.mu.Lock()
		defer w.relay.mu.Unlock()
		return n
	}
}

// A number that has to wait is tried again over the same connection, and the customer
// is told for how long: once, and again only when it takes longer than that.
func TestW4_AComputerThatHasToWaitTriesAgainByItself(t *testing.T) {
	t.Parallel()
	var joins func() int
	w := newWorld(t, func(w *world, _ *Options) { joins = limited(w, 30, 28, 60) })
	for _, want := range []time.Duration{30 * time.Second, time.Minute} {
		await(t, w.ui, func(n notice.Waiting) bool { return n.For == want })
	}
	await(t, w.ui, anyOf[notice.Joined])
	if n := joins(); n != 4 {
		t.Errorf("%d joins", n)
	}
	w.ui.mu.Lock()
	defer w.ui.mu.Unlock()
	told := 0
	for _, n := range w.ui.all {
		switch n := n.(type) {
		case notice.Waiting:
			told++
		case notice.Retrying:
			t.Errorf("%+v", n)
		}
	}
	if told != 2 {
		t.Errorf("told %d times", told)
	}
}

func TestW4_StopWhileItWaits(t *testing.T) {
	w := newWorld(t, func(w *world, _ *Options) { limited(w, 300, 300, 300) })
	await(t, w.ui, anyOf[notice.Waiting])
	began := time.Now()
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) {
		t.Error(err)
	}
	if took := time.Since(began); took > testkit.Soon {
		t.Errorf("it took %v", took)
	}
	if files := w.files(); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// Where the connection is lost meanwhile, it is made again.
func TestW4_AConnectionLostWhileItWaits(t *testing.T) {
	w := newWorld(t, func(w *world, _ *Options) { limited(w, 2) })
	await(t, w.ui, anyOf[notice.Waiting])
	for _, c := range w.relay.server.Conns() {
		c.End(errTestStop)
	}
	if n := await(t, w.ui, anyOf[notice.Retrying]); n.Problem != notice.ProblemBusy {
		t.Errorf("%+v", n)
	}
	await(t, w.ui, anyOf[notice.Joined])
}
