package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/hack/testkit/pgtest"
	"supportd/library/api"
	"supportd/library/wire"
	"supportd/relay/store"
)

// newNodes are relays of one group, and the server of their database.
func newNodes(t *testing.T, names ...string) (nodes []*world, server *pgtest.Server) {
	t.Helper()
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	for i, name := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "data")
		w := &world{t: t, dir: dir, place: Place{dir, server.URL()}}
		w.onLoopback()
		if i > 0 {
			giveKeys(t, nodes[0].dir, w.dir)
		}
		w.restart(func(o *Options) { o.Database, o.Node, o.Peer = server.URL(), name, l.Addr().String() })
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- w.relay.ServePeers(ctx, l) }()
		t.Cleanup(func() { cancel(); <-done })
		nodes = append(nodes, w)
	}
	return nodes, server
}

// giveKeys makes a data directory with the group's keys, as the operator does.
func giveKeys(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{hostKeyFile, caKeyFile} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// opened is a session that was opened at a node.
func (w *world) opened() *session {
	w.t.Helper()
	s, err := w.relay.open(w.t.Context(), "alice", "")
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// inDatabase is what the database has about a session.
func (w *world) inDatabase(s *session) store.Session {
	w.t.Helper()
	row, err := w.relay.data.Store.Session(w.t.Context(), s.row.Load().ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return row
}

// What has been looked up and has ended before it is held, is not held.
func TestGroup_AnEndedSessionStaysEnded(t *testing.T) {
	nodes, _ := newNodes(t, "a", "b")
	a, b := nodes[0], nodes[1]
	s := a.opened()
	n := s.row.Load().Number
	late := a.inDatabase(s)
	testkit.Eventually(t, "b knows it", func() bool { return b.relay.find(n) != nil })
	if err := s.end(t.Context(), "alice", ""); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "b knows of its end", func() bool { return b.relay.find(n) == nil })
	if held := b.relay.learn(t.Context(), late); held.row.Load().State != api.Ended || b.relay.find(n) != nil {
		t.Error("b holds a session that has ended")
	}
	if err := a.relay.apply(t.Context(), late); err != nil || a.relay.find(n) != nil {
		t.Errorf("a holds a session that it has ended: %v", err)
	}
	b.relay.mu.Lock()
	defer b.relay.mu.Unlock()
	if len(b.relay.owned) != 0 {
		t.Errorf("%v are counted as open", b.relay.owned)
	}
}

// A computer that is connected to a node as far as is stored, and is not, is away: its node
// was not told that it was let in, or could not write that it had gone.
func TestM3_AComputerThatIsNotThereIsAway(t *testing.T) {
	nodes, _ := newNodes(t, "a")
	a := nodes[0]
	s := a.opened()
	_, err := a.relay.data.Store.ChangeSession(t.Context(), s.row.Load().ID, api.Active, func(row *store.Session) {
		a.relay.take(row, time.Now())
		row.Identity, row.Joined = "computer", time.Now()
	})
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "it is away", func() bool { return a.inDatabase(s).State == api.Away && s.row.Load().State == api.Away })
}

// M1: the sessions of a relay that does not come back are away, by the first that notices; one
// that lives is left alone.
func TestM1_ADeadRelayIsGivenUp(t *testing.T) {
	nodes, server := newNodes(t, "a")
	a, g := nodes[0], nodes[0].relay.group
	first, second := a.opened(), a.opened()
	err := server.Run(fmt.Sprintf(`INSERT INTO nodes (name, holder, peer, keys, names, until) VALUES ('dead', 'h', '', '', '', 1), ('other', 'h', '', '', '', %d);
		UPDATE sessions SET state = 'active', identity = 'c1', node = 'dead' WHERE id = '%s';
		UPDATE sessions SET state = 'active', identity = 'c2', node = 'other' WHERE id = '%s'`,
		a.relay.now().Add(time.Hour).UnixMilli(), first.row.Load().ID, second.row.Load().ID))
	if err != nil {
		t.Fatal(err)
	}
	all, err := a.relay.data.Store.Nodes(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	g.giveUpLater(all)
	testkit.Eventually(t, "its session is away", func() bool { return first.row.Load().State == api.Away })
	if row := a.inDatabase(second); row.State != api.Active {
		t.Errorf("one that lives is given up: %+v", row)
	}
}

// M9: a server that has taken over from one whose last changes it has not heard of counts
// changes anew: what is changed then is followed all the same.
func TestM9_ChangesAreFollowedAfterAFailover(t *testing.T) {
	nodes, server := newNodes(t, "a", "b")
	a, b := nodes[0], nodes[1]
	s := a.opened()
	n := s.row.Load().Number
	for _, note := range []string{"1", "2", "3", "4", "5"} {
		if err := s.setNote(t.Context(), note); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Eventually(t, "b knows it", func() bool { there := b.relay.find(n); return there != nil && there.row.Load().Note == "5" })
	// The next server does not know what this one has counted: it counts less, or gives the
	// newest number to another change.
	for note, from := range map[string]func() int64{"less": func() int64 { return 1 }, "the same": func() int64 { return s.row.Load().Changed }} {
		testkit.Eventually(t, "both know the newest change", func() bool { return s.row.Load().Changed == b.relay.find(n).row.Load().Changed })
		anew := fmt.Sprintf(`ALTER SEQUENCE changes RESTART WITH %d; UPDATE sessions SET note = '%s'`, from(), note)
		if err := errors.Join(server.Run(anew), server.Stop(), server.Restart()); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "both know of it", func() bool {
			return s.row.Load().Note == note && b.relay.find(n).row.Load().Note == note
		})
	}
	testkit.Eventually(t, "it can be changed", func() bool { return s.setNote(t.Context(), "again") == nil })
	testkit.Eventually(t, "b knows of that", func() bool { return b.relay.find(n).row.Load().Note == "again" })
}

// Z2, Z3: the computer's relay itself ends who may not be there any more, whatever the relay
// does that has brought them, and lets nobody in who may not be brought.
func TestZ2_Z3_TheComputersRelayEndsWhoWasBrought(t *testing.T) {
	nodes, _ := newNodes(t, "a", "b")
	a, b := nodes[0], nodes[1]
	ca, key, stranger := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	plain := a.account("alice", false)
	other := a.account("bob", false)
	s := a.opened()
	n := s.row.Load().Number
	pc := b.joined(n)
	go func() {
		for nc := range pc.channels {
			if ch, requests, err := nc.Accept(); err == nil {
				go ssh.DiscardRequests(requests)
				t.Cleanup(func() { ch.Close() })
			}
		}
	}()
	testkit.Eventually(t, "a knows where the computer is", func() bool { _, alive := a.relay.group.find("b"); return alive && s.elsewhere() == "b" })
	bring := func(account string, key ssh.PublicKey, number wire.Number, id string) (*side, error) {
		t.Helper()
		far, done, err := a.relay.group.passTo(t.Context(), "b", ssh.Marshal(passage{Session: id, Number: string(number), Account: account, Key: key.Marshal(), Source: "127.0.0.1"}))
		if err == nil {
			go func() { defer done(); ssh.DiscardRequests(far.requests); close(far.gone) }()
		}
		return far, err
	}
	set := func(keys ...ssh.PublicKey) {
		t.Helper()
		if err := b.relay.SetCSRCA(t.Context(), keys); err != nil {
			t.Fatal(err)
		}
	}
	set(ca.PublicKey())
	id := s.row.Load().ID
	for name, c := range map[string]struct {
		account string
		key     ssh.PublicKey
		number  wire.Number
		id      string
	}{
		"a stranger":               {"alice", stranger.PublicKey(), n, id},
		"another account":          {"bob", other.PublicKey(), n, id},
		"another's key":            {"alice", other.PublicKey(), n, id},
		"another session":          {"alice", plain.PublicKey(), n, "x"},
		"no number":                {"alice", plain.PublicKey(), "", id},
		"a foreign certificate":    {"alice", certificate(t, stranger, key, "alice", time.Hour, nil).PublicKey(), n, id},
		"a certificate that ended": {"alice", certificate(t, ca, key, "alice", -time.Hour, func(c *ssh.Certificate) { c.ValidAfter -= 7200 }).PublicKey(), n, id},
	} {
		if _, err := bring(c.account, c.key, c.number, c.id); refusal(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	certified := func(life time.Duration) ssh.PublicKey { return certificate(t, ca, key, "alice", life, nil).PublicKey() }
	for _, c := range []struct {
		name string
		key  func() ssh.PublicKey
		ends func()
	}{
		{"their certificate ends", func() ssh.PublicKey { return certified(8 * time.Second) }, func() {}},
		{"their CA does not count", func() ssh.PublicKey { return certified(time.Hour) }, func() { set() }},
		{"the account is disabled", plain.PublicKey, func() {
			a.beside(func(s *store.Store) error { return s.DisableAccount(t.Context(), "alice", true) })
		}},
	} {
		far, err := bring("alice", c.key(), n, id)
		if err != nil {
			t.Fatal(c.name, err)
		}
		c.ends()
		testkit.Eventually(t, c.name, func() bool {
			select {
			case <-far.gone:
				return true
			default:
				return false
			}
		})
	}
	if conns := b.relay.group.ssh.Conns(); len(conns) == 0 {
		t.Error("the relays' own connection has ended")
	}
}

// M4: who waits for a way to a node that hangs leaves when they are gone, and nobody who uses
// another way to it waits at all.
func TestM4_ANodeThatHangsHoldsNobody(t *testing.T) {
	r := newWorld(t, nil).relay
	l := &links{group: &group{relay: r, name: "a"}}
	of := l.to("b")
	of.dialing <- struct{}{} // somebody makes one
	other := &link{links: l, holder: "h", used: maxPassed, over: make(chan struct{})}
	of.all = append(of.all, other)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.take(ctx, store.Node{Name: "b", Holder: "h"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	other.give()
	if one, err := l.take(t.Context(), store.Node{Name: "b", Holder: "h"}); one != other || err != nil {
		t.Errorf("%v, %v", one, err)
	}
	close(other.over)
	if one := l.free(of, "h"); one != nil || len(of.all) != 0 {
		t.Errorf("a way that has ended: %v, %v", one, of.all)
	}
}

// While the host key is changed, which the operator does at one relay after the other, each
// still knows that it reaches one of its group.
func TestGroup_HostKeysChangeOneRelayAfterTheOther(t *testing.T) {
	r := newWorld(t, nil).relay
	g := &group{relay: r, name: "a"}
	others := func(keys ...string) {
		var all []store.Node
		for i, k := range keys {
			all = append(all, store.Node{Name: string(rune('a' + i)), Holder: "h", Keys: k, Until: time.Now().Add(time.Hour)})
		}
		g.others.Store(&all)
	}
	shown := func() string {
		t.Helper()
		keys := g.hostKeys()
		if len(keys) != 1 {
			t.Fatal(keys)
		}
		return string(keys[0].PublicKey().Marshal())
	}
	own := r.data.groupKeys()
	if err := r.data.NewHostKey(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "it has read the new key", func() bool { return r.data.keys.Load().next != nil })
	keys, err := r.data.peerKeys()
	if err != nil || len(keys) != 2 {
		t.Fatal(keys, err)
	}
	both := r.data.groupKeys()
	others(both, own, both)
	if shown() != string(keys[0].PublicKey().Marshal()) {
		t.Error("b does not know the new key, which is shown")
	}
	others(both, both, hostKeyLine(r.data.keys.Load().next))
	if shown() != string(keys[1].PublicKey().Marshal()) {
		t.Error("c knows the new key alone, and the old one is shown")
	}
}

// M4: who may not be here any more is ended also behind a computer that reads nothing, and
// nobody waits for that.
func TestM4_AComputerThatReadsNothingHoldsNobody(t *testing.T) {
	r := newWorld(t, nil).relay
	hangs, ended := make(chan struct{}), make(chan struct{})
	defer close(hangs)
	p := &passed{account: "nobody", key: testkit.NewKey(t).PublicKey(), from: &net.TCPAddr{}, ends: []func(){func() { <-hangs }, func() { close(ended) }}}
	g := &group{relay: r, passed: map[*passed]bool{p: true}}
	for range 2 {
		if err := g.followOnce(); err != nil {
			t.Fatal(err)
		}
		g.checked = time.Time{}
	}
	receive(t, ended)
}
