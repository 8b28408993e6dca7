package relay

import (
	"net/netip"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/wire"
)

// W16: a page hears of its computer also where that has joined at another relay of the group,
// and another relay is only asked where a page waits.
func TestW16_AJoinAtAnotherRelayIsTold(t *testing.T) {
	nodes, _ := newNodes(t, "a", "b")
	a, b := nodes[0], nodes[1]
	awaited, other := a.opened(), a.opened()
	n, m := awaited.row.Load().Number, other.row.Load().Number
	for _, number := range []wire.Number{n, m} {
		testkit.Eventually(t, "b knows it", func() bool { return b.relay.find(number) != nil })
	}
	var from atomic.Pointer[netip.Prefix]
	a.relay.TellJoins(func(number wire.Number) bool { return number == n }, func(number wire.Number, source netip.Prefix) {
		if number != n {
			t.Errorf("%s is told", number)
		}
		from.Store(&source)
	})
	joined := func(number wire.Number) {
		t.Helper()
		if got := b.computer(testkit.NewKey(t), "127.0.0.7").join(number); got.Code != wire.CodeOK {
			t.Fatalf("%+v", got)
		}
	}
	joined(m)
	testkit.Eventually(t, "a knows that the other one has joined", func() bool { return other.row.Load().Node == "b" })
	joined(n)
	testkit.Eventually(t, "the page is told", func() bool { return from.Load() != nil })
	if got := *from.Load(); got != netip.MustParsePrefix("127.0.0.7/32") {
		t.Error(got)
	}

	// Only the relay that has the computer, and the right session, is answered for.
	row := awaited.row.Load()
	for what, c := range map[string]struct {
		w       *world
		payload []byte
		ok      bool
	}{
		"as it is":         {b, ssh.Marshal(joinedAt{row.ID, string(n)}), true},
		"another session":  {b, ssh.Marshal(joinedAt{other.row.Load().ID, string(n)}), false},
		"no session":       {b, ssh.Marshal(joinedAt{row.ID, "1"}), false},
		"no request":       {b, nil, false},
		"the wrong relay":  {a, ssh.Marshal(joinedAt{row.ID, string(n)}), false},
		"something behind": {b, append(ssh.Marshal(joinedAt{row.ID, string(n)}), 0), false},
	} {
		if ok, _ := c.w.relay.group.answerJoined(t.Context(), nil, c.payload); ok != c.ok {
			t.Errorf("%s: %v", what, ok)
		}
	}
}
