package relay

import (
	"runtime"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/wire"
)

// A computer that has joined is told within what time to come back, by how many there
// are; others are told nothing.
func TestN12_AComputerIsToldWhenToComeBack(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	if ok, _, err := w.computer(testkit.NewKey(t), "").SendRequest(wire.ReturnRequest, true, nil); ok || err != nil {
		t.Errorf("who has not joined: %v, %v", ok, err)
	}
	if ok, _, err := alice.SendRequest(wire.ReturnRequest, true, nil); ok || err != nil {
		t.Errorf("a CSR: %v, %v", ok, err)
	}
	for n := 1; n <= 2; n++ {
		ok, reply, err := w.joined(alice.start()).SendRequest(wire.ReturnRequest, true, nil)
		m, bad := wire.ParseReturn(reply)
		if want := returnWithin(n, runtime.GOMAXPROCS(0)); !ok || err != nil || bad != nil || m.Within != uint32(want.Milliseconds()) {
			t.Errorf("%d computers: %v, %+v, %v, %v, not %v", n, ok, m, err, bad, want)
		}
	}
	if got := returnWithin(10_000, 2); got != 25*time.Second {
		t.Errorf("10,000 on two processors: %v", got)
	}
}
