package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/reach"
	"supportd/library/wire"
)

// names is a network of relays that are known by name alone.
type names struct {
	mu    sync.Mutex
	at    map[string]*testRelay
	dials []string
}

func (n *names) dialer() *reach.Dialer { return &reach.Dialer{Net: n.dial} }

func (n *names) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	n.mu.Lock()
	n.dials = append(n.dials, addr)
	relay := n.at[addr]
	n.mu.Unlock()
	if relay == nil {
		return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
	}
	return new(net.Dialer).DialContext(ctx, network, relay.addr)
}

// dialed are the addresses that were dialed since the last call, without the look for a
// captive portal where it takes long.
func (n *names) dialed() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	dials := slices.DeleteFunc(n.dials, func(a string) bool { return strings.HasSuffix(a, ":80") })
	n.dials = nil
	return dials
}

const (
	relayA = "a.relay.test:2222"
	relayB = "b.relay.test:2222"
)

// newGroup is a world whose relay is one of two. The customer knows the address of a, which
// tells of more; b does not, as a relay that is not configured so.
func newGroup(t *testing.T, tells ...string) (w *world, b *testRelay, n *names) {
	t.Helper()
	n = &names{}
	w = newWorld(t, func(w *world, o *Options) {
		b = w.relay.beside()
		n.at = map[string]*testRelay{relayA: w.relay, relayB: b}
		w.relay.adds = func(m *wire.Welcome) { m.Generation, m.Relays = 7, tells }
		b.adds = func(m *wire.Welcome) { m.Generation = 8 }
		o.Join.Relay.Addresses, o.Dialer = addresses(t, relayA), n.dialer
	})
	w.joined(1)
	n.dialed()
	return w, b, n
}

// again starts the daemon anew, as after a crash or a restart of the computer.
func (w *world) again(n *names) {
	w.t.Helper()
	w.daemon.session.End(state.ErrRestarting) // leaves the files
	_ = w.ended()
	<-w.finished
	w.run(func(_ *world, o *Options) { o.Join, o.Dialer = nil, n.dialer })
}

// told are the notices of type N so far.
func told[N notice.Notice](w *world) (all []N) {
	w.ui.mu.Lock()
	defer w.ui.mu.Unlock()
	for _, one := range w.ui.all {
		if n, ok := one.(N); ok {
			all = append(all, n)
		}
	}
	return all
}

// joined waits until the relay has let this daemon in so often, and returns the last one.
func (w *world) joined(times int) notice.Joined {
	w.t.Helper()
	testkit.Eventually(w.t, fmt.Sprintf("the relay lets us in, time %d", times), func() bool { return len(told[notice.Joined](w)) >= times })
	return told[notice.Joined](w)[times-1]
}

// cut ends all connections to a relay.
func (r *testRelay) cut() {
	for _, c := range r.server.Conns() {
		c.End(errTestStop)
	}
}

// tells changes what a relay of the group adds.
func (r *testRelay) tells(generation uint64, relays ...string) {
	r.set(func() { r.adds = func(m *wire.Welcome) { m.Generation, m.Relays = generation, relays } })
}

// onDisk is all that is in the files of the state directory.
func (w *world) onDisk() string {
	w.t.Helper()
	var all strings.Builder
	for _, name := range w.files() {
		if data, err := os.ReadFile(filepath.Join(w.dir, name)); err == nil {
			all.Write(data)
		}
	}
	return all.String()
}

// A computer whose relay died comes back at another one that it was told of, and so does
// the next daemon; nothing of the list is left at the end, though the journal is owed.
func TestM1_AComputerComesBackAtAnotherRelay(t *testing.T) {
	w, b, n := newGroup(t, relayB)
	w.relay.kill()
	if back := w.joined(2); !back.Resumed || back.Way != "ssh "+relayB {
		t.Errorf("%+v", back)
	}
	if got := len(b.server.Conns()); got != 1 {
		t.Errorf("%d connections", got)
	}
	if saved := w.daemon.session.Saved(); saved.Relay.String() != relayA || saved.Relay.Way != "ssh "+relayA || !slices.Equal(saved.Group.Relays, []string{relayB}) {
		t.Errorf("%+v, %+v", saved.Relay, saved.Group)
	}
	for _, lost := range told[notice.Retrying](w) {
		if lost.Relay != relayA {
			t.Errorf("the customer is told of %q", lost.Relay)
		}
	}
	w.again(n)
	if back := w.joined(1); !back.Resumed || back.Way != "ssh "+relayB {
		t.Errorf("%+v", back)
	}
	if kept := w.onDisk(); !strings.Contains(kept, relayB) {
		t.Errorf("the session file has no address: %s", kept)
	}
	b.kill()
	w.stop(errTestStop)
	<-w.finished
	if kept := w.onDisk(); strings.Contains(kept, "b.relay.test") || !strings.Contains(kept, relayA) {
		t.Errorf("left behind: %s", kept)
	}
}

// The relay that is left gets the end, too: the customer was given the address of the one that
// died.
func TestM1_TheRelayThatIsLeftGetsTheEnd(t *testing.T) {
	w, b, _ := newGroup(t, relayB)
	w.relay.kill()
	w.joined(2)
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) {
		t.Fatal(err)
	}
	here := w.events()
	if last, sealed := b.brought(public(w.daemon.identity)); !sealed || last.Hash != here[len(here)-1].Hash || !w.daemon.HandedOver() {
		t.Errorf("sealed: %v, event %d of %d, handed over: %v", sealed, last.Seq, len(here), w.daemon.HandedOver())
	}
}

// A relay that was paused answers with the lease that it had: another one has been told of
// since, also when this program or the computer has restarted.
func TestM6_AnOlderLeaseIsRefused(t *testing.T) {
	w, _, n := newGroup(t)
	stale := func() int { return strings.Count(w.log.String(), "its lease of the support session is number 6") }
	refusals := func(least int) {
		t.Helper()
		testkit.Eventually(t, "the refusal", func() bool { return stale() >= least })
		if got := w.daemon.session.Saved().Group.Generation; got != 7 {
			t.Errorf("generation %d", got)
		}
	}
	w.relay.open()
	before := len(w.kinds())
	w.relay.tells(6)
	w.relay.cut()
	refusals(2) // it goes on trying
	for _, e := range w.events()[before:] {
		if e.Kind == journal.KindSessionResume {
			t.Error("a relay with an older lease was joined")
		}
	}
	if last := told[notice.Retrying](w); last[len(last)-1].Problem != notice.ProblemBusy {
		t.Errorf("%+v", last)
	}
	// The same relay after a lost connection.
	w.relay.tells(7)
	w.joined(2)
	w.relay.open()
	// One that does not count changes nothing.
	w.relay.tells(0)
	w.relay.cut()
	w.joined(3)
	w.relay.open()
	seen := stale()
	w.relay.tells(6)
	w.relay.cut()
	refusals(seen + 1)
	seen = stale()
	w.again(n)
	refusals(seen + 1)
	w.relay.tells(9)
	w.joined(1)
	if got := w.daemon.session.Saved().Group.Generation; got != 9 {
		t.Errorf("generation %d", got)
	}
}

// Who is refused by a relay that answers tries another one, and comes back to the first
// only in the end.
func TestM6_ARefusedComputerTriesAnotherRelay(t *testing.T) {
	w, b, n := newGroup(t, relayB)
	w.relay.open()
	w.relay.set(func() { w.relay.resumes = func() wire.Code { return wire.CodeBusy } })
	w.relay.cut()
	if back := w.joined(2); back.Way != "ssh "+relayB {
		t.Errorf("%+v", back)
	}
	if got := n.dialed(); len(got) < 2 || got[0] != relayA || got[1] != relayB {
		t.Errorf("dialed %q", got)
	}
	// It has an older lease: b's was newer.
	w.relay.set(func() { w.relay.resumes = nil })
	b.open()
	b.set(func() { b.resumes = func() wire.Code { return wire.CodeBusy } })
	b.cut()
	testkit.Eventually(t, "the refusal", func() bool {
		return strings.Contains(w.log.String(), "is number 7, and another relay has had number 8")
	})
	b.set(func() { b.resumes = func() wire.Code { return wire.CodeOK } })
	if back := w.joined(3); back.Way != "ssh "+relayB {
		t.Errorf("%+v", back)
	}
}

// What a relay may tell of, and what is tried of it: the address that the customer was
// given is always tried as well.
func TestAHostileListLeadsNowhere(t *testing.T) {
	bad := []string{"192.0.2.1:22", "10.0.0.1", "[2001:db8::1]:22", "127.0.0.1", "localhost", "intranet:22", "router", "127.0.0.0x1:22", "127.1", "a..b.test", "x-.test", ".."}
	var many []string
	for i := range wire.MaxRelays {
		many = append(many, fmt.Sprintf("dead%d.test:22", i))
	}
	w, _, n := newGroup(t, append(bad, relayA)...)
	for times, list := range [][]string{many, nil} {
		w.relay.open()
		w.relay.tells(7, list...)
		w.relay.set(func() { w.relay.resumes = refuseOnce(w.relay) })
		w.relay.cut()
		w.joined(times + 2)
		tried := n.dialed()
		dead := slices.DeleteFunc(slices.Clone(tried), func(a string) bool { return a == relayA })
		switch {
		case times == 0 && len(dead) > 0:
			t.Errorf("dialed %q", tried)
		case len(dead) > 3*2: // two attempts
			t.Errorf("dialed %q", tried)
		case slices.ContainsFunc(dead, func(a string) bool { return !slices.Contains(many, a) }):
			t.Errorf("dialed %q", tried)
		}
	}
	// What no relay of ours sends is no welcome.
	for name, list := range map[string][]string{
		"a thousand": slices.Repeat([]string{"relay.test"}, 1000), "a flag": {"-oProxyCommand=x"}, "an escape": {"\x1b[2J.test"}, "a line": {"a.test\nb.test"},
	} {
		times := len(told[notice.Joined](w))
		tries := len(told[notice.Retrying](w))
		w.relay.open()
		w.relay.tells(99, list...)
		w.relay.cut()
		testkit.Eventually(t, name+" is refused", func() bool { return len(told[notice.Retrying](w)) >= tries+2 })
		if saved := w.daemon.session.Saved(); saved.Group.Generation != 7 || len(saved.Group.Relays) > 0 || len(told[notice.Joined](w)) != times {
			t.Errorf("%s: %+v", name, saved.Group)
		}
		w.relay.tells(7)
		w.joined(times + 1)
		if got := n.dialed(); slices.ContainsFunc(got, func(a string) bool { return a != relayA }) {
			t.Errorf("%s: dialed %q", name, got)
		}
	}
}

// refuseOnce makes the way that worked last not the first any more.
func refuseOnce(r *testRelay) func() wire.Code {
	refused := false
	return func() wire.Code {
		if refused {
			r.resumes = nil
			return wire.CodeOK
		}
		refused = true
		return wire.CodeBusy
	}
}

// An address of the list is the relay's by its key, as every other one, and the customer is
// not warned of somebody in between where it is only the list that is wrong.
func TestAnAddressOfTheListHasTheRelaysKey(t *testing.T) {
	w, b, n := newGroup(t, relayB)
	other := newTestRelay(t)
	other.set(func() { other.resumes = b.resumes })
	n.mu.Lock()
	n.at[relayA], n.at[relayB] = nil, other
	n.mu.Unlock()
	w.relay.cut()
	testkit.Eventually(t, "two attempts", func() bool { return len(told[notice.Retrying](w)) >= 3 })
	for _, r := range told[notice.Retrying](w) {
		if r.Problem == notice.ProblemHostKey || r.Key != "" {
			t.Errorf("%+v", r)
		}
	}
	if !strings.Contains(w.log.String(), ssh.FingerprintSHA256(other.key.PublicKey())) || len(told[notice.Joined](w)) != 1 {
		t.Errorf("%s", w.log)
	}
	n.mu.Lock()
	n.at[relayA] = w.relay
	n.mu.Unlock()
	w.joined(2)
}
