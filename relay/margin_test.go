package relay

import (
	"bufio"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// The connections of an account are bounded; whoever leaves makes room for one, and
// another account has its own.
func TestK1Margin_ConnectionsOfAnAccount(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	first := w.login("alice", key)
	w.relay.mu.Lock()
	w.relay.connected["alice"] += maxLogins - 2
	w.relay.mu.Unlock()
	last := w.login("alice", key)
	said := ""
	enters := func() bool {
		conn, _, _, err := dialWith(w, "alice", key, func(text string) error { said += text; return nil })
		if err == nil {
			w.t.Cleanup(func() { conn.Close() })
		}
		return err == nil
	}
	for range 2 {
		if enters() {
			t.Fatal("one too many")
		}
	}
	if !strings.Contains(said, "200 connections of this account are open") || !strings.Contains(said, "hint: ") {
		t.Errorf("they read %q", said)
	}
	w.login("bob", w.account("bob", false))
	first.ok("whoami")
	last.Close()
	testkit.Eventually(t, "there is room for one", enters)
	if enters() {
		t.Error("there was room for two")
	}
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	if w.relay.connected["alice"] != maxLogins || w.relay.connected["bob"] != 1 {
		t.Errorf("%v", w.relay.connected)
	}
}

func dialWith(w *world, user string, key ssh.Signer, banner ssh.BannerCallback) (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	nc := w.connect("")
	w.t.Cleanup(func() { nc.Close() })
	return ssh.NewClientConn(nc, "relay:22", &ssh.ClientConfig{
		Config: sshd.Algorithms(), User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, BannerCallback: banner,
		HostKeyCallback: ssh.FixedHostKey(w.relay.data.hostKey()), HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
	})
}

// A line that two programs could read differently is not taken, and costs the
// computer its journal's channel, not its tunnel.
func TestK1Margin_ALineWithTwoMeaningsIsNotTaken(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	for _, data := range []string{
		`{"text":"harmless","Text":"another"}`, `{"text":"harmless","text":"another"}`, `{"Text":"another"}`,
		`{"question":{"kind":"script","KIND":"sysinfo"}}`,
	} {
		_, last := lines(t, journal.KindChatMessage, data)
		d := p.journalAgain()
		d.send(last)
		d.answer("")
	}
	if events, _ := w.stored(n); len(events) != 0 {
		t.Errorf("%d events are stored", len(events))
	}
	good := follow(journal.Event{}, 1, "text")
	d := p.journalAgain()
	d.send(good...)
	d.answer("1")
	alice.await(n, api.Active)
}

// journalAgain opens the channel when the one before has ended.
func (p *pc) journalAgain() (d *diary) {
	p.t.Helper()
	testkit.Eventually(p.t, "the channel is free", func() bool {
		ch, requests, err := p.OpenChannel(wire.JournalChannel, nil)
		if err != nil {
			return false
		}
		go ssh.DiscardRequests(requests)
		d = &diary{ch, p.t, bufio.NewReader(ch)}
		return true
	})
	return d
}

// A key that has no session asks the database once for each connection.
func TestK1P23_AResumeIsLookedUpOnce(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	stranger := w.computer(testkit.NewKey(t), "")
	if m := stranger.resume(); m.Code != wire.CodeUnknown {
		t.Fatal(m.Code)
	}
	w.sql(`ALTER TABLE sessions RENAME TO elsewhere`)
	for range 3 {
		if m := stranger.resume(); m.Code != wire.CodeUnknown {
			t.Errorf("it was looked up again: %d", m.Code)
		}
	}
	if m := w.computer(testkit.NewKey(t), "").resume(); m.Code != wire.CodeBusy {
		t.Errorf("another one: %d", m.Code)
	}
	w.sql(`ALTER TABLE elsewhere RENAME TO sessions`)
	if m := stranger.join(n); m.Code != wire.CodeOK { // it may still join
		t.Errorf("join: %d", m.Code)
	}
}
