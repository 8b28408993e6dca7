package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/wire"
)

// P9: the actor of an end is who really ended the support session. Of whomever the relay says
// that they did, it is the relay's word: it stands beside it where it may be an account.
func TestK1P9_TheRelaySpeaksForNobodyElse(t *testing.T) {
	for by, want := range map[string]string{
		"alice": "alice", "customer": journal.ByRelay, "daemon": journal.ByRelay, "relay": journal.ByRelay, "": journal.ByRelay,
		"mallory: call +1-900": journal.ByRelay, "a\x01": journal.ByRelay, "김민지": journal.ByRelay, strings.Repeat("a", wire.MaxAccount+1): journal.ByRelay,
	} {
		w := newWorld(t, nil)
		_, _, _ = w.relay.open().SSH().SendRequest(wire.EndRequest, true, wire.End{By: by}.Marshal())
		var ended *state.Ended
		if err := w.ended(); !errors.As(err, &ended) || ended.By != want {
			t.Errorf("%q: %v", by, err)
		}
		events := w.events()
		if last := events[len(events)-1]; last.Actor != journal.ByRelay || journal.Of[journal.SessionEnd](last).By != want {
			t.Errorf("%q: %s %s", by, last.Actor, last.Data)
		}
	}
}

// P9: a relay with another key is not the relay. The support session waits for the
// right one, and the customer is warned.
func TestK1P9_AnotherHostKeyIsNoEnd(t *testing.T) {
	w := newWorld(t, nil)
	w.relay.open() // it has joined
	addr, key := w.relay.addr, w.relay.key
	w.relay.kill()
	w.relay.key = testkit.NewKey(t)
	w.relay.start(addr)
	if n := await(t, w.ui, func(n notice.Retrying) bool { return n.Problem == notice.ProblemHostKey }); n.Lost {
		t.Errorf("%+v", n)
	}
	w.relay.kill()
	w.relay.key = key
	w.relay.start(addr)
	await(t, w.ui, func(n notice.Joined) bool { return n.Resumed })
}

// P24: what the relay calls an account passes the rule for accounts that are made.
func TestK1P24_NamesFromTheRelayPassTheRule(t *testing.T) {
	for _, account := range []string{"", "a\x01", "customer", "relay", "daemon", "Alice", "a b", "-a", "김", strings.Repeat("a", wire.MaxAccount+1)} {
		w := newWorld(t, nil)
		w.relay.authorize(wire.Entry{Account: account, Name: "X", Key: w.alice.PublicKey().Marshal()})
		if c, err := w.connect(w.alice); err == nil {
			c.Close()
			t.Errorf("%q entered", account)
		}
		w.events() // all of them can be read
	}
}

// P24, Z5: likewise whose support session it is. With a CSR CA the customer sees it where they
// see no name.
func TestZ5_TheOwnerIsAnAccount(t *testing.T) {
	for _, account := range []string{"", "customer", "relay", "Your Bank: press yes", "a\x1b[2J", strings.Repeat("a", wire.MaxAccount+1)} {
		w := newWorld(t, func(w *world, _ *Options) {
			w.relay.set(func() { w.relay.lies = func(m *wire.Welcome) { m.Account = account } })
		})
		if n := await(t, w.ui, anyOf[notice.Retrying]); n.Problem != notice.ProblemBroken {
			t.Errorf("%q: %+v", account, n)
		}
		w.relay.set(func() { w.relay.lies = nil })
		if n := await(t, w.ui, anyOf[notice.Joined]); n.Owner.Account != "alice" {
			t.Errorf("%q: %+v", account, n)
		}
		for _, e := range w.events() {
			if e.Kind == journal.KindSessionJoin && journal.Of[journal.SessionJoin](e).Owner != "alice" {
				t.Errorf("%q: the journal has %s", account, e.Data)
			}
		}
	}
}

// Z5: whose support session it is, and their name, stay what they were when the customer
// joined, whatever the relay says at a return.
func TestZ5_AReturnMakesNobodyElseOfTheOwner(t *testing.T) {
	ca := testkit.NewKey(t)
	for name, want := range map[string]string{"without a CA": "Alice Kim", "with a CA": ""} {
		w := newWorld(t, func(_ *world, o *Options) {
			if want == "" {
				o.Join.CSRCA = []ssh.PublicKey{ca.PublicKey()}
			}
		})
		w.relay.open()
		w.relay.set(func() { w.relay.lies = func(m *wire.Welcome) { m.Owner, m.Account = "Your Bank", "carol" } })
		w.relay.open().SSH().Close()
		if n := await(t, w.ui, func(n notice.Joined) bool { return n.Resumed }); n.Owner.Account != "alice" || n.Owner.Name != want {
			t.Errorf("%s: %+v", name, n)
		}
		if saved := w.kept(); saved.Owner != "alice" {
			t.Errorf("%s: it is saved as that of %q", name, saved.Owner)
		}
	}
}

// P5: reading what an earlier support session left heeds a Stop.
func TestK1P5_ReadingAJournalHeedsTheStop(t *testing.T) {
	s := newState(t)
	saved := savedExample(t, s)
	if err := s.Save(saved); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errTestStop)
	_, err := New(ctx, Options{
		State: s, Supervisor: []string{"unused"}, Log: slog.New(slog.DiscardHandler),
		Join: &Join{Number: saved.Number, Relay: relayAt(t, "relay.example:2222", "SHA256:unused")},
	})
	if !errors.Is(err, errTestStop) {
		t.Errorf("%v", err)
	}
	if _, err := s.Saved(); err != nil {
		t.Errorf("and the support session is lost: %v", err)
	}
}

// P4: somebody else has ended the session and the relay is silent; a Ctrl-C now does
// not wait for it, and what the relay has not got is owed.
func TestK1P4_AStopInAHandoverEndsIt(t *testing.T) {
	w := newWorld(t, nil)
	c := w.relay.open()
	_, _, _ = c.SSH().SendRequest(wire.EndRequest, false, wire.End{By: "alice"}.Marshal())
	w.relay.kill()
	await(t, w.ui, anyOf[notice.HandingOver])
	began := time.Now()
	w.stop(errTestStop)
	_ = w.ended()
	if took := time.Since(began); took > testkit.Soon {
		t.Errorf("it took %v", took)
	}
	<-w.finished
	dir, err := os.ReadDir(w.dir)
	owed := false
	for _, e := range dir {
		owed = owed || strings.HasPrefix(e.Name(), "owed-")
	}
	if err != nil || !owed && !w.daemon.HandedOver() {
		t.Errorf("%v, %v", dir, err)
	}
}
