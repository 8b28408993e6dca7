package relay

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
)

// A computer joins at one relay of a group and comes back at another one: that one has the
// session then, and what the first one does late about it does nothing.
func TestM6_ASessionGoesWhereItsComputerGoes(t *testing.T) {
	nodes, _ := newNodes(t, "a", "b")
	a, b := nodes[0], nodes[1]
	s := a.opened()
	n := s.row.Load().Number
	testkit.Eventually(t, "b knows it", func() bool { return b.relay.find(n) != nil })
	waiting := s.row.Load()
	key := testkit.NewKey(t)
	group := func(p *pc) *pc {
		t.Helper()
		if ok, _, err := p.SendRequest(wire.GroupRequest, true, nil); !ok || err != nil {
			t.Fatal(ok, err)
		}
		return p
	}
	first := group(b.computer(key, ""))
	m := first.join(n)
	row := b.inDatabase(s)
	if m.Code != wire.CodeOK || m.Generation == 0 || m.Generation != uint64(row.Generation) || row.Node != "b" || row.State != api.Active {
		t.Fatalf("%+v, %+v", m, row)
	}
	testkit.Eventually(t, "a knows where the computer is", func() bool { return s.row.Load().Node == "b" })

	// What a knew before does not count: another computer does not join, and the time is not over.
	s.mu.Lock()
	now := s.row.Load()
	s.row.Store(waiting)
	s.mu.Unlock()
	s.expire(waiting)
	if row := b.inDatabase(s); row.State != api.Active {
		t.Errorf("it was ended: %+v", row)
	}
	if strings.Contains(a.log.String(), "cannot end a session") {
		t.Error("a tries to end it again")
	}
	if s.row.Load() == waiting { // a has not heard of anything else meanwhile
		if m := a.computer(testkit.NewKey(t), "").join(n); m.Code != wire.CodeUsed {
			t.Errorf("another computer: code %d", m.Code)
		}
	}
	late := *waiting
	late.Created = late.Created.Add(-a.relay.opts.NumberLife)
	if s.row.CompareAndSwap(waiting, &late) { // nor is the number late because a knows no better
		if m := a.computer(testkit.NewKey(t), "").join(n); m.Code != wire.CodeBusy {
			t.Errorf("another computer, late: code %d", m.Code)
		}
		s.row.CompareAndSwap(&late, now)
	}

	// One that knows nothing of groups hears nothing of them.
	second := a.computer(key, "")
	if m := second.resume(); m.Code != wire.CodeOK || m.Generation != 0 || m.Relays != nil {
		t.Fatalf("%+v", m)
	}
	taken := a.inDatabase(s)
	if taken.Node != "a" || taken.Generation <= row.Generation {
		t.Errorf("%+v after %+v", taken, row)
	}
	// The first relay hears late that its connection has gone.
	first.Close()
	testkit.Eventually(t, "b knows where the computer is", func() bool { there := b.relay.find(n); return there != nil && there.row.Load().Node == "a" })
	testkit.Eventually(t, "b has let go of it", func() bool { return b.relay.find(n).tunnel.Load() == nil })
	if row := a.inDatabase(s); row.State != api.Active || row.Node != "a" || strings.Contains(b.log.String(), "cannot write that a computer is away") {
		t.Errorf("%+v", row)
	}
	// Nor can it end it for the customer.
	if err := b.relay.find(n).end(t.Context(), "alice", "enough"); err != nil {
		t.Error(err)
	}
	testkit.Eventually(t, "a has ended it, too", func() bool { return a.relay.find(n) == nil })
	if m := b.computer(key, "").resume(); m.Code != wire.CodeEnded {
		t.Errorf("code %d", m.Code)
	}
}

// A relay whose lease has ended lets nobody in.
func TestM1_ARelayWithoutALeaseLetsNobodyIn(t *testing.T) {
	nodes, _ := newNodes(t, "a")
	a := nodes[0]
	key := a.account("alice", false)
	over := func() { a.relay.group.until.Store(new(time.Now().Add(-time.Second))) }
	a.login("alice", key).Close()
	// The lease begins anew every now and then, so it is tried again.
	testkit.Eventually(t, "no CSR is let in", func() bool {
		over()
		conn, _, _, err := a.dial("alice", key, "")
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	testkit.Eventually(t, "no computer is let in", func() bool {
		s, err := a.relay.open(t.Context(), "alice", "")
		if err != nil {
			t.Fatal(err)
		}
		over()
		p := a.computer(testkit.NewKey(t), "")
		defer p.Close()
		code := p.join(s.row.Load().Number).Code
		if code == wire.CodeBusy && a.inDatabase(s).State != api.Waiting {
			t.Error("it was let in")
		}
		return code == wire.CodeBusy
	})
	testkit.Eventually(t, "it is let in with a lease", func() bool {
		conn, _, _, err := a.dial("alice", key, "")
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// The time of a session that another relay has opened is over a while later here: that one
// ends it, unless it cannot.
func TestM2_AnotherRelayEndsASessionLate(t *testing.T) {
	nodes, _ := newNodes(t, "a", "b")
	a, b := nodes[0], nodes[1]
	s := a.opened()
	n := s.row.Load().Number
	testkit.Eventually(t, "b knows it", func() bool { return b.relay.find(n) != nil })
	// Its time was over a moment ago, as b has it, and a does nothing.
	const since = lateEnd / 2
	there := b.relay.find(n)
	row := *there.row.Load()
	row.Created = b.relay.now().Add(-since - b.relay.opts.NumberLife)
	began := time.Now()
	there.mu.Lock()
	there.row.Store(&row)
	there.scheduleLocked()
	there.mu.Unlock()
	testkit.Eventually(t, "b ends it", func() bool { return b.inDatabase(s).State == api.Ended })
	if early := lateEnd - since - time.Since(began); early > 100*time.Millisecond {
		t.Errorf("%v too early", early)
	}
	testkit.Eventually(t, "a knows", func() bool { return a.relay.find(n) == nil })
	if row := a.inDatabase(s); row.Node != "a" || row.EndedBy != journal.ByRelay || row.Reason != "the number was not used in time" {
		t.Errorf("%+v", row)
	}
}

// A computer may come back at a relay of the group that has not heard of its session yet, and
// is counted there once; one whose session has ended is not let in, and its session not held.
func TestM6_AComputerComesBackWhereItsSessionIsNotKnown(t *testing.T) {
	nodes, _ := newNodes(t, "a", "b")
	a, b := nodes[0], nodes[1]
	a.relay.group.following.Lock() // it hears of nothing
	defer a.relay.group.following.Unlock()
	s, over := b.opened(), b.opened()
	n := s.row.Load().Number
	first, ended := b.joined(n), b.joined(over.row.Load().Number)
	if err := over.end(t.Context(), "alice", ""); err != nil {
		t.Fatal(err)
	}
	if m := a.computer(ended.key, "").resume(); m.Code != wire.CodeEnded {
		t.Errorf("code %d", m.Code)
	}
	if a.relay.find(over.row.Load().Number) != nil || a.count("alice") != 0 {
		t.Errorf("what has ended is held, %d are counted", a.count("alice"))
	}
	if m := a.computer(first.key, "").resume(); m.Code != wire.CodeOK || m.Number != string(n) {
		t.Fatalf("code %d", m.Code)
	}
	if row := a.inDatabase(s); row.Node != "a" || a.relay.find(n) == nil {
		t.Errorf("%+v", row)
	}
	receive(t, first.done)
}

// How many computers would come back to a relay of a group is right at once, whether they have
// come new, again or from another relay. Each renewal counts anew; it may count one that is
// just being let in a second time, so that it is tried again after the next one.
func TestN12_AGroupsRelayCountsWhoComesBackToIt(t *testing.T) {
	nodes, _ := newNodes(t, "a", "b")
	a, b := nodes[0], nodes[1]
	counted := func(w *world, what string, want func() int64, comes func()) {
		t.Helper()
		for range 5 {
			comes()
			if w.relay.group.held.Load() == want() {
				return
			}
			testkit.Eventually(t, what+": counted anew", func() bool { return w.relay.group.held.Load() == want() })
		}
		t.Errorf("%s: counted wrong until it is counted anew", what)
	}
	var came []ssh.Signer
	counted(a, "one joins", func() int64 { return int64(len(came)) }, func() {
		came = append(came, a.joined(a.opened().row.Load().Number).key)
	})
	back := func(w *world, key ssh.Signer) {
		t.Helper()
		if m := w.computer(key, "").resume(); m.Code != wire.CodeOK {
			t.Errorf("code %d", m.Code)
		}
	}
	counted(a, "one comes back", func() int64 { return int64(len(came)) }, func() { back(a, came[0]) })
	goes := int64(0)
	counted(b, "one comes from the other relay", func() int64 { return goes }, func() {
		key := a.joined(a.opened().row.Load().Number).key
		testkit.Eventually(t, "b knows of it", func() bool {
			s := b.relay.findIdentity(authorizedKey(key.PublicKey()))
			return s != nil && s.row.Load().Node == "a"
		})
		back(b, key)
		goes++
	})
}
