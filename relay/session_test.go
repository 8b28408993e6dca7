package relay

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/wire"
	"supportd/relay/store"
)

func TestA4_UsedNumber(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	first := w.joined(n)
	if m := w.computer(testkit.NewKey(t), "").join(n); m.Code != wire.CodeUsed || len(m.Certificate) != 0 || m.Owner != "" {
		t.Errorf("a second computer: %+v", m)
	}
	// The first one may say it again: its welcome may have been lost.
	if m := w.computer(first.key, "").join(n); m.Code != wire.CodeOK {
		t.Errorf("the same computer: code %d", m.Code)
	}
	receive(t, first.done)
}

func TestA3_TwoComputersAtOnceWithOneNumber(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	codes := make(chan wire.Code)
	for range 4 {
		p := w.computer(testkit.NewKey(t), "")
		go func() { codes <- p.join(n).Code }()
	}
	got := map[wire.Code]int{}
	for range 4 {
		got[receive(t, codes)]++
	}
	if got[wire.CodeOK] != 1 || got[wire.CodeUsed] != 3 {
		t.Errorf("codes: %v", got)
	}
}

func TestA5_ExpiredNumber(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.NumberLife = 50 * time.Millisecond })
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	v := alice.await(n, api.Ended)
	if v.EndedBy != journal.ByRelay || v.Reason != "the number was not used in time" {
		t.Errorf("%+v", v)
	}
	if m := w.computer(testkit.NewKey(t), "").join(n); m.Code != wire.CodeExpired {
		t.Errorf("code %d", m.Code)
	}
	if _, problems, code := alice.run("", "session end "+string(n)); code != 6 || !strings.Contains(problems, "no open session") {
		t.Errorf("%d %s", code, problems)
	}
}

func TestJoinCodes(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	unused, over := alice.start(), alice.start()
	p := w.joined(over)
	alice.ok("session end " + string(unused))
	alice.ok("session end --reason 'all done' " + string(over))
	if m := receive(t, p.ended); m.By != "alice" || m.Reason != "all done" {
		t.Errorf("the computer heard %+v", m)
	}
	receive(t, p.done)
	join := func(version uint32, n string) wire.Code {
		return w.computer(testkit.NewKey(t), "127.0.0.9").request(wire.JoinRequest, wire.Join{Version: version, Number: n}.Marshal()).Code
	}
	for _, c := range []struct {
		version uint32
		number  string
		want    wire.Code
	}{
		{wire.ProtocolVersion, string(unused), wire.CodeEnded},
		{wire.ProtocolVersion, string(over), wire.CodeEnded},
		{wire.ProtocolVersion, string(wire.NewNumber()), wire.CodeUnknown},
		{wire.ProtocolVersion, "482 913 077", wire.CodeUnknown}, // not in canonical form
		{wire.ProtocolVersion + 1, string(unused), wire.CodeVersion},
		{0, string(unused), wire.CodeVersion},
	} {
		if got := join(c.version, c.number); got != c.want {
			t.Errorf("version %d, number %q: code %d, want %d", c.version, c.number, got, c.want)
		}
	}
	if m := w.computer(p.key, "").resume(); m.Code != wire.CodeEnded {
		t.Errorf("resume of an ended session: code %d", m.Code)
	}
	if m := w.computer(p.key, "").request(wire.ResumeRequest, wire.Resume{Version: wire.ProtocolVersion + 1}.Marshal()); m.Code != wire.CodeVersion {
		t.Errorf("resume of another version: code %d", m.Code)
	}
	if m := w.computer(testkit.NewKey(t), "").resume(); m.Code != wire.CodeUnknown {
		t.Errorf("resume of a stranger: code %d", m.Code)
	}
}

func TestResume(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice := w.login("alice", key)
	n := alice.start()
	p := w.joined(n)
	p.Close()
	if v := alice.await(n, api.Away); v.AwaySince.IsZero() {
		t.Error("away, but not since when")
	}
	back := w.computer(p.key, "")
	if m := back.resume(); m.Code != wire.CodeOK || m.Number != string(n) || m.Certificate == nil {
		t.Fatalf("%+v", m)
	}
	back.ready(n)
	if v := alice.session("session show --json " + string(n)); v.State != api.Active || !v.AwaySince.IsZero() {
		t.Errorf("%+v", v)
	}

	// A computer may be back before anybody noticed that it was lost.
	again := w.computer(p.key, "")
	if m := again.resume(); m.Code != wire.CodeOK {
		t.Fatalf("code %d", m.Code)
	}
	receive(t, back.done)
	again.ready(n)
	go again.echo()
	if _, _, err := alice.direct(n.Host(), 22); err != nil {
		t.Error(err)
	}

	// The relay stops and another takes over.
	w.restart(nil)
	receive(t, again.done)
	alice = w.login("alice", key)
	alice.await(n, api.Away)
	after := w.computer(p.key, "")
	if m := after.resume(); m.Code != wire.CodeOK {
		t.Fatalf("after a restart: code %d", m.Code)
	}
	after.ready(n)
	alice.await(n, api.Active)
}

func TestAwayForTooLong(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Window = 50 * time.Millisecond })
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	p.Close()
	if v := alice.await(n, api.Ended); v.EndedBy != journal.ByRelay || v.Reason != "the computer did not come back in time" {
		t.Errorf("%+v", v)
	}
	if m := w.computer(p.key, "").resume(); m.Code != wire.CodeEnded {
		t.Errorf("code %d", m.Code)
	}
}

func TestTheCustomerEnds(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	ok, _, err := p.SendRequest(wire.EndRequest, true, wire.End{By: "mallory", Reason: "enough\x1b[2J"}.Marshal())
	if !ok || err != nil {
		t.Fatalf("%v, %v", ok, err)
	}
	p.Close()
	if v := alice.await(n, api.Ended); v.EndedBy != wire.CustomerUser || v.Reason != "enough\x1b[2J" {
		t.Errorf("%+v", v)
	}
	if out := alice.ok("session show " + string(n)); strings.Contains(out, "\x1b") {
		t.Errorf("a control character on the CSR's terminal: %q", out)
	}
}

// H13 by every way in which access can end. What hangs on it has to be gone
// within 5 seconds, also when another process did it.
func TestH13_WhoLosesAccessLosesTheirConnections(t *testing.T) {
	const soon = 5 * time.Second
	for name, take := range map[string]func(w *world, admin *csr, key ssh.Signer, n wire.Number){
		"disabled beside": func(w *world, _ *csr, _ ssh.Signer, _ wire.Number) {
			w.beside(func(s *store.Store) error { return s.DisableAccount(t.Context(), "alice", true) })
		},
		"removed beside": func(w *world, _ *csr, _ ssh.Signer, _ wire.Number) {
			w.beside(func(s *store.Store) error { return s.RemoveAccount(t.Context(), "alice", "operator", time.Now()) })
		},
		"key removed beside": func(w *world, _ *csr, key ssh.Signer, _ wire.Number) {
			w.beside(func(s *store.Store) error {
				return s.RemoveKey(t.Context(), "alice", ssh.FingerprintSHA256(key.PublicKey()))
			})
		},
		"disabled":      func(_ *world, admin *csr, _ ssh.Signer, _ wire.Number) { admin.ok("csr disable alice") },
		"removed":       func(_ *world, admin *csr, _ ssh.Signer, _ wire.Number) { admin.ok("csr remove alice") },
		"session ended": func(_ *world, admin *csr, _ ssh.Signer, n wire.Number) { admin.ok("session end " + string(n)) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			key := w.account("alice", false)
			alice, admin := w.login("alice", key), w.login("admin", w.account("admin", true))
			n := alice.start()
			p := w.joined(n)
			near, far := pair(alice, p, n)
			from := time.Now()
			take(w, admin, key, n)
			go ssh.DiscardRequests(near.requests)
			gone := make(chan struct{})
			go func() { ssh.DiscardRequests(far.requests); close(gone) }()
			receive(t, gone)
			if took := time.Since(from); took > soon {
				t.Errorf("the connection to the computer was open for another %s", took)
			}
			if name == "session ended" {
				alice.await(n, api.Ended)
				return
			}
			if err := alice.Wait(); err == nil {
				t.Error("the CSR's connection ended without a reason")
			}
			if _, _, _, err := w.dial("alice", key, ""); err == nil {
				t.Error("alice can log in again")
			}
			if strings.HasPrefix(name, "removed") {
				admin.await(n, api.Ended)
				receive(t, p.ended)
			} else if m := receive(t, p.authorized); len(m.Entries) != 0 {
				t.Errorf("the computer still lets in %+v", m)
			}
		})
	}
}

func TestAComputerHearsOfNewKeys(t *testing.T) {
	w := newWorld(t, nil)
	alice, admin := w.login("alice", w.account("alice", false)), w.login("admin", w.account("admin", true))
	p := w.joined(alice.start())
	second := testkit.NewKey(t)
	if _, problems, code := admin.run(string(ssh.MarshalAuthorizedKey(second.PublicKey())), "csr key-add alice"); code != 0 {
		t.Fatal(problems)
	}
	if m := receive(t, p.authorized); len(m.Entries) != 2 {
		t.Errorf("%+v", m)
	}
	w.login("alice", second)
}

// However changes and their telling interleave, the last list is the true one.
func TestAComputerHearsTheLastChange(t *testing.T) {
	w := newWorld(t, nil)
	alice, admin := w.login("alice", w.account("alice", false)), w.login("admin", w.account("admin", true))
	p := w.joined(alice.start())
	const more = 12 // lists that nobody takes out hold up the computer's answers
	for range more {
		admin.run(string(ssh.MarshalAuthorizedKey(testkit.NewKey(t).PublicKey())), "csr key-add alice")
	}
	for len(receive(t, p.authorized).Entries) != 1+more {
	}
}

func TestAnUnreadableKeyDoesNotKeepOthers(t *testing.T) {
	w := newWorld(t, nil)
	w.beside(func(s *store.Store) error {
		return s.AddAccount(t.Context(), store.Account{Name: "broken", Keys: []store.Key{{Fingerprint: "x", Line: "no key"}}}, false)
	})
	w.login("alice", w.account("alice", false))
	if !strings.Contains(w.log.String(), "keys that cannot be read") {
		t.Error("nothing is in the log")
	}
}

func TestAComputerThatDoesNotJoinOrObey(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	conn, channels, requests, err := w.dial(wire.CustomerUser, testkit.NewKey(t), "")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for nc := range channels {
			_ = nc.Reject(ssh.Prohibited, "")
		}
	}()
	go ssh.DiscardRequests(requests) // says no to the list of who may enter
	_, _, _ = conn.SendRequest(wire.JoinRequest, true, wire.Join{Version: wire.ProtocolVersion, Number: string(n)}.Marshal())
	_, _, _ = conn.SendRequest(wire.ForwardRequest, true, wire.Forward{Host: n.Host(), Port: 22}.Marshal())
	if err := conn.Wait(); err == nil {
		t.Error("the connection ended without a reason")
	}
	alice.await(n, api.Away)
}

// D1 and D2 at the relay: what cannot be written does not happen.
func TestD2_AJoinThatCannotBeWritten(t *testing.T) {
	onFile(t)
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	db, err := sql.Open("sqlite", filepath.Join(w.dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TRIGGER broken BEFORE UPDATE ON sessions BEGIN SELECT RAISE(FAIL, 'no'); END`); err != nil {
		t.Fatal(err)
	}
	if m := w.computer(testkit.NewKey(t), "").join(n); m.Code != wire.CodeBusy || !strings.Contains(w.log.String(), "cannot let a computer in") {
		t.Errorf("code %d, or nothing is in the log", m.Code)
	}
	if _, problems, code := alice.run("", "session end "+string(n)); code != 1 || !strings.Contains(problems, "the relay cannot do it now") || strings.Contains(problems, w.dir) {
		t.Errorf("%d %s", code, problems)
	}
	alice.await(n, api.Waiting)
	if _, err := db.ExecContext(t.Context(), `DROP TRIGGER broken`); err != nil {
		t.Fatal(err)
	}
	w.joined(n)
	alice.await(n, api.Active)
}

// D2: nor does an end, or a resumption that cannot be looked up; a computer that is away
// is away, whether or not that can be written, for the reason that it has given.
func TestD2_WhatAComputerSaysThatCannotBeWritten(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	w.sql(`CREATE TRIGGER broken BEFORE UPDATE ON sessions BEGIN SELECT RAISE(FAIL, 'no'); END`)
	if ok, _, err := p.SendRequest(wire.EndRequest, true, wire.End{Reason: "x"}.Marshal()); ok || err != nil {
		t.Errorf("ended: %t, %v", ok, err)
	}
	if ok, _, err := p.SendRequest(wire.AwayRequest, true, wire.Away{Reason: "a \x1brestart"}.Marshal()); !ok || err != nil {
		t.Errorf("away: %t, %v", ok, err)
	}
	p.Close()
	alice.await(n, api.Away)
	if reason := w.relay.find(n).row.Load().Reason; reason != "a restart" {
		t.Errorf("away for %q", reason)
	}
	for _, line := range []string{"cannot end a session", "cannot write that a computer is away"} {
		if !strings.Contains(w.log.String(), line) {
			t.Errorf("%q is not in the log", line)
		}
	}
	w.sql(`DROP TRIGGER broken; ALTER TABLE sessions RENAME TO gone`)
	stranger := w.computer(testkit.NewKey(t), "")
	if m := stranger.resume(); m.Code != wire.CodeBusy {
		t.Errorf("resume without a table: code %d", m.Code)
	}
	w.sql(`ALTER TABLE gone RENAME TO sessions`)
	if m := stranger.resume(); m.Code != wire.CodeUnknown {
		t.Errorf("resume of a stranger: code %d", m.Code)
	}
}

func TestShutdownIsComplete(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice := w.login("alice", key)
	n := alice.start()
	p := w.joined(n)
	pair(alice, p, n)
	w.stop()
	receive(t, p.done)
	if err := w.relay.Shutdown(context.Background()); err != nil {
		t.Errorf("a second shutdown: %v", err)
	}
	w.beside(func(s *store.Store) error {
		row, err := s.SessionByNumber(t.Context(), n)
		if row.State != api.Away {
			t.Errorf("state %s", row.State)
		}
		return err
	})
}
