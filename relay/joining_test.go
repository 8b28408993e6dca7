package relay

import (
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/wire"
	"supportd/relay/store"
)

// tunnelOf is the relay's end of the only computer that is connected with a key.
func (w *world) tunnelOf(p *pc) (found *tunnel) {
	w.t.Helper()
	testkit.Eventually(w.t, "the computer is connected", func() bool {
		found = nil
		for _, c := range w.relay.ssh.Conns() {
			if t := computer(c); t != nil && t.identity() == authorizedKey(p.key.PublicKey()) {
				found = t
			}
		}
		return found != nil
	})
	return found
}

// nobody awaits a join at another relay.
func nobody(wire.Number) bool { return false }

// Whoever asked for it is told of each computer that is let in, by its number and from where
// it came, and of nobody else.
func TestJoinsAreTold(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	first, second := alice.start(), alice.start()
	w.joined(first)
	type join struct {
		number wire.Number
		from   netip.Prefix
	}
	told := make(chan join, 16) // before the computer has its answer
	w.relay.TellJoins(nobody, func(n wire.Number, from netip.Prefix) { told <- join{n, from} })
	if m := w.computer(testkit.NewKey(t), "127.0.0.7").join(first); m.Code != wire.CodeUsed || len(told) != 0 {
		t.Errorf("code %d, %d are told", m.Code, len(told))
	}
	w.broken(func() {
		if m := w.computer(testkit.NewKey(t), "").join(second); m.Code != wire.CodeBusy || len(told) != 0 {
			t.Errorf("code %d, %d are told", m.Code, len(told))
		}
	})
	if m := w.computer(testkit.NewKey(t), "127.0.0.8").join(second); m.Code != wire.CodeOK || len(told) != 1 {
		t.Fatalf("code %d, %d are told", m.Code, len(told))
	}
	if got, want := <-told, (join{second, netip.MustParsePrefix("127.0.0.8/32")}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// A computer that has asked in time is not disconnected because the session is busy: its time
// to join does not run then.
func TestTheTimeToJoinStopsWhileTheRelayAnswers(t *testing.T) {
	w := newWorld(t, nil)
	s := w.opened()
	p := w.computer(testkit.NewKey(t), "")
	tun := w.tunnelOf(p)
	s.mu.Lock()
	release := sync.OnceFunc(s.mu.Unlock)
	t.Cleanup(release)
	code := make(chan wire.Code, 1)
	go func() { code <- p.join(s.row.Load().Number).Code }()
	// What asks sets it anew, but only as long as it runs.
	testkit.Eventually(t, "its time stops", func() bool { return !tun.grace.Reset(joinGrace) })
	tun.grace.Stop()
	release()
	if c := receive(t, code); c != wire.CodeOK {
		t.Errorf("code %d", c)
	}
}

// Who was refused has no more time than before, but enough to read why.
func TestTheTimeToJoinGoesOnForWhoIsRefused(t *testing.T) {
	w := newWorld(t, nil)
	s := w.opened()
	if err := s.end(t.Context(), "alice", ""); err != nil {
		t.Fatal(err)
	}
	p := w.computer(testkit.NewKey(t), "")
	tun := w.tunnelOf(p)
	refused := func() {
		t.Helper()
		if m := s.attach(t.Context(), tun, func(*store.Session) {}); m.Code != wire.CodeEnded {
			t.Fatalf("code %d", m.Code)
		}
	}
	if refused(); !tun.grace.Stop() {
		t.Error("its time has stopped")
	}
	tun.joinBy = time.Now()
	refused()
	receive(t, p.done)
	if had := time.Since(tun.joinBy); had < answerGrace {
		t.Errorf("it had %v to read why", had)
	}
}

// A session that has ended while its computer was looking for it is over, whatever the
// database says just now.
func TestASessionThatEndedAMomentAgoIsOver(t *testing.T) {
	w := newWorld(t, nil)
	s := w.opened()
	p := w.computer(testkit.NewKey(t), "")
	tun := w.tunnelOf(p)
	if err := s.end(t.Context(), "alice", ""); err != nil {
		t.Fatal(err)
	}
	w.sql(`ALTER TABLE sessions RENAME TO gone`)
	if m := s.attach(t.Context(), tun, func(*store.Session) {}); m.Code != wire.CodeEnded || len(m.Certificate) != 0 {
		t.Errorf("code %d", m.Code)
	}
	w.sql(`ALTER TABLE gone RENAME TO sessions`)
	if tun.session.Load() != nil || strings.Contains(w.log.String(), "cannot let a computer in") {
		t.Error("it was tried to let the computer in")
	}
}

// A computer may lose its connection while its join is being written, and ask to come back as
// soon as it stands in the database: its session is no other one, and has not ended.
func TestK1P12_AComputerComesBackWhileItsJoinIsWritten(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	s := w.relay.find(n)
	// As it is in between: it is written, and the relay does not find the computer by its key yet.
	w.relay.mu.Lock()
	delete(w.relay.byIdentity, s.row.Load().Identity)
	w.relay.mu.Unlock()
	back := w.computer(p.key, "")
	if m := back.resume(); m.Code != wire.CodeOK || m.Number != string(n) {
		t.Fatalf("code %d", m.Code)
	}
	receive(t, p.done)
	if w.relay.find(n) != s || w.count("alice") != 1 {
		t.Errorf("found %p, held was %p, %d are counted", w.relay.find(n), s, w.count("alice"))
	}
	alice.await(n, api.Active)
}

// What has ended is not held again because its computer asks for it.
func TestAnEndedSessionIsNotHeldForItsComputer(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	alice.ok("session end " + string(n))
	receive(t, p.done)
	if m := w.computer(p.key, "").resume(); m.Code != wire.CodeEnded {
		t.Errorf("code %d", m.Code)
	}
	if w.relay.find(n) != nil || w.count("alice") != 0 {
		t.Errorf("found %p, %d are counted", w.relay.find(n), w.count("alice"))
	}
}
