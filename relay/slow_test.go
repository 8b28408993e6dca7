package relay

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/wire"
	"supportd/relay/store"
)

// slowDatabase makes the relay wait for its database, as a backup of it does,
// until release is called.
func (w *world) slowDatabase() (release func()) {
	w.t.Helper()
	db := w.database()
	conn, err := db.Conn(w.t.Context())
	if err == nil {
		_, err = conn.ExecContext(w.t.Context(), `BEGIN IMMEDIATE`)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		if _, err := conn.ExecContext(w.t.Context(), `ROLLBACK`); err != nil {
			w.t.Error(err)
		}
		conn.Close()
		db.Close()
	})
	w.t.Cleanup(release)
	return release
}

// changing waits until a change of the session is on its way to the database.
func (w *world) changing(n wire.Number) {
	w.t.Helper()
	s := w.relay.find(n)
	testkit.Eventually(w.t, "a change of the session is being written", func() bool {
		free := s.mu.TryLock()
		if free {
			s.mu.Unlock()
		}
		return !free
	})
}

// pass waits until a moment is over.
func pass(t *testing.T, at time.Time) {
	t.Helper()
	testkit.Eventually(t, "the time has passed", func() bool { return time.Now().After(at) })
}

// stays checks that a session is in a state, and for a while does not leave it.
func (c *csr) stays(n wire.Number, state api.State) {
	c.t.Helper()
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		if v := c.session("session show --json " + string(n)); v.State != state {
			c.t.Fatalf("the session is %s: %s", v.State, v.Reason)
		}
	}
}

// A computer that asks to come back in time comes back, however long the
// database takes.
func TestK1P27_BackJustInTimeIsBack(t *testing.T) {
	const window = 2 * time.Second
	w := newWorld(t, func(o *Options) { o.Window = window })
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	p.Close()
	over := alice.await(n, api.Away).AwaySince.Add(window)
	back := w.computer(p.key, "")
	release := w.slowDatabase()
	code := make(chan wire.Code, 1)
	go func() { code <- back.resume().Code }()
	w.changing(n)
	pass(t, over.Add(200*time.Millisecond)) // the timer has fired
	release()
	if c := receive(t, code); c != wire.CodeOK {
		t.Fatalf("code %d", c)
	}
	back.ready(n)
	alice.stays(n, api.Active)
}

// The same for a number that is used just before it expires.
func TestK1P27_ANumberUsedJustInTimeIsUsed(t *testing.T) {
	const life = 2 * time.Second
	w := newWorld(t, func(o *Options) { o.NumberLife = life })
	alice := w.login("alice", w.account("alice", false))
	v := alice.session("session start --json")
	p := w.computer(testkit.NewKey(t), "")
	release := w.slowDatabase()
	code := make(chan wire.Code, 1)
	go func() { code <- p.join(v.Number).Code }()
	w.changing(v.Number)
	pass(t, v.Created.Add(life+200*time.Millisecond))
	release()
	if c := receive(t, code); c != wire.CodeOK {
		t.Fatalf("code %d", c)
	}
	p.ready(v.Number)
	alice.stays(v.Number, api.Active)
}

// What is over is over, though the relay could not write that down yet.
func TestK1P27_TooLateThoughNotWritten(t *testing.T) {
	const life = 500 * time.Millisecond
	w := newWorld(t, func(o *Options) { o.NumberLife, o.Window = life, life })
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	unused := alice.session("session start --json")
	w.broken(func() {
		p.Close()
		pass(t, unused.Created.Add(life))
		if m := w.computer(testkit.NewKey(t), "").join(unused.Number); m.Code != wire.CodeExpired || len(m.Certificate) > 0 {
			t.Errorf("join: %+v", m)
		}
		testkit.Eventually(t, "the session could not be ended", func() bool {
			return strings.Count(w.log.String(), "cannot end a session whose time is over") == 2
		})
		if m := w.computer(p.key, "").resume(); m.Code != wire.CodeEnded || len(m.Certificate) > 0 {
			t.Errorf("resume: %+v", m)
		}
	})
}

// broken runs f while no change of a session can be written.
func (w *world) broken(f func()) {
	w.t.Helper()
	w.sql(`CREATE TRIGGER broken BEFORE UPDATE ON sessions BEGIN SELECT RAISE(FAIL, 'no'); END`)
	f()
	w.sql(`DROP TRIGGER broken`)
}

// An end that a computer asked for over a connection which was replaced while
// the database was slow ends nothing.
func TestK7T4_AReplacedConnectionEndsNothing(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	old := w.joined(n)
	back := w.computer(old.key, "")
	release := w.slowDatabase()
	code := make(chan wire.Code, 1)
	go func() { code <- back.resume().Code }()
	w.changing(n)
	asked := make(chan bool, 1)
	go func() {
		ok, _, _ := old.SendRequest(wire.EndRequest, true, wire.End{By: wire.CustomerUser, Reason: "enough"}.Marshal())
		asked <- ok
	}()
	testkit.Eventually(t, "the request waits for the session", func() bool {
		stacks := make([]byte, 1<<20)
		return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "relay.(*Relay).handleEnd")
	})
	release()
	if c := receive(t, code); c != wire.CodeOK {
		t.Fatalf("code %d", c)
	}
	if receive(t, asked) {
		t.Error("the end was confirmed")
	}
	receive(t, old.done)
	back.ready(n)
	alice.stays(n, api.Active)
	if strings.Contains(w.log.String(), "cannot end a session") {
		t.Error("it was tried to end the session")
	}
}

// One connection is one session's: a computer that has joined joins and resumes
// nothing else, and what it asked for stays as it was.
func TestK7T4_OneConnectionJoinsOnce(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	first, second := alice.start(), alice.start()
	p := w.joined(first)
	again := func(name string, payload []byte) {
		t.Helper()
		if ok, reply, err := p.SendRequest(name, true, payload); ok || len(reply) > 0 || err != nil {
			t.Errorf("%s: %v, %q, %v", name, ok, reply, err)
		}
	}
	join := wire.Join{Version: wire.ProtocolVersion, Number: string(second)}
	again(wire.JoinRequest, join.Marshal())
	join.Number = string(first)
	again(wire.JoinRequest, join.Marshal())
	again(wire.ResumeRequest, wire.Resume{Version: wire.ProtocolVersion}.Marshal())
	if v := alice.session("session show --json " + string(second)); v.State != api.Waiting || v.Customer != "" {
		t.Errorf("the second session: %+v", v)
	}
	if v := alice.session("session show --json " + string(first)); v.State != api.Active || v.Customer != "Bob" || v.Host != "PC-0417" {
		t.Errorf("the first session: %+v", v)
	}
	if back := w.computer(p.key, ""); back.resume().Code != wire.CodeOK {
		t.Error("it cannot come back")
	} else if ok, reply, _ := back.SendRequest(wire.JoinRequest, true, join.Marshal()); ok || len(reply) > 0 {
		t.Error("a join behind a resume")
	}
	w.beside(func(s *store.Store) error {
		row, err := s.SessionByNumber(t.Context(), second)
		if row.Identity != "" {
			t.Errorf("the second session has the key %s", row.Identity)
		}
		return err
	})
}

// What only a computer in a session may ask is refused to everybody else.
func TestK7T4_RequestsBeforeAJoinAndOfACSR(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	stranger := w.computer(testkit.NewKey(t), "")
	for name, payload := range map[string][]byte{
		wire.EndRequest:     wire.End{Reason: "x"}.Marshal(),
		wire.AwayRequest:    wire.Away{Reason: "x"}.Marshal(),
		wire.ForwardRequest: wire.Forward{Host: n.Host(), Port: wire.TunnelPort}.Marshal(),
		wire.CancelForward:  wire.Forward{Host: n.Host(), Port: wire.TunnelPort}.Marshal(),
		wire.JoinRequest:    wire.Join{Version: wire.ProtocolVersion, Number: string(n)}.Marshal(),
		wire.ResumeRequest:  wire.Resume{Version: wire.ProtocolVersion}.Marshal(),
		wire.GroupRequest:   nil,
	} {
		if ok, _, err := alice.SendRequest(name, true, payload); ok || err != nil {
			t.Errorf("a CSR's %s: %v, %v", name, ok, err)
		}
		if name == wire.JoinRequest || name == wire.ResumeRequest || name == wire.GroupRequest {
			continue
		}
		if ok, _, err := stranger.SendRequest(name, true, payload); ok || err != nil {
			t.Errorf("%s of a computer that has not joined: %v, %v", name, ok, err)
		}
	}
	alice.stays(n, api.Waiting)
}
