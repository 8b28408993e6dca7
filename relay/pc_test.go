package relay

import (
	"io"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/wire"
	"supportd/relay/unjoined"
)

// pc is a customer's computer.
type pc struct {
	ssh.Conn
	t          testing.TB
	key        ssh.Signer
	authorized chan wire.Authorize
	revoked    chan []byte // lists of what the CSR CA has revoked
	ended      chan wire.End
	channels   chan ssh.NewChannel // what CSRs open
	done       chan struct{}       // closed when the connection has ended
}

// computer connects without joining.
func (w *world) computer(key ssh.Signer, from string) *pc {
	w.t.Helper()
	conn, channels, requests, err := w.dial(wire.CustomerUser, key, from)
	if err != nil {
		w.t.Fatalf("a computer cannot connect: %v", err)
	}
	p := &pc{
		Conn: conn, t: w.t, key: key, authorized: make(chan wire.Authorize, 16), ended: make(chan wire.End, 1),
		revoked: make(chan []byte, 16), channels: make(chan ssh.NewChannel, 16), done: make(chan struct{}),
	}
	go func() {
		defer close(p.done)
		for req := range requests {
			p.answer(req)
		}
	}()
	go func() {
		for nc := range channels {
			p.channels <- nc
		}
	}()
	return p
}

func (p *pc) answer(req *ssh.Request) {
	ok := true
	switch req.Type {
	case wire.AuthorizeRequest:
		m, err := wire.ParseAuthorize(req.Payload)
		if ok = err == nil; ok {
			p.authorized <- m
		}
	case wire.RevokeRequest:
		p.revoked <- req.Payload
	case wire.EndRequest:
		m, err := wire.ParseEnd(req.Payload)
		if ok = err == nil; ok {
			p.ended <- m
		}
	default:
		ok = false
	}
	if req.WantReply {
		_ = req.Reply(ok, nil)
	}
}

// request sends a global request and decodes the welcome.
func (p *pc) request(name string, payload []byte) wire.Welcome {
	p.t.Helper()
	ok, reply, err := p.SendRequest(name, true, payload)
	if err != nil || !ok {
		p.t.Fatalf("%s: %v, %v", name, ok, err)
	}
	m, err := wire.ParseWelcome(reply)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func (p *pc) join(n wire.Number) wire.Welcome {
	p.t.Helper()
	return p.request(wire.JoinRequest, wire.Join{Version: wire.ProtocolVersion, Number: string(n), Name: "Bob", Host: "PC-0417", OS: "Debian"}.Marshal())
}

func (p *pc) resume() wire.Welcome {
	p.t.Helper()
	return p.request(wire.ResumeRequest, wire.Resume{Version: wire.ProtocolVersion, Host: "PC-0417", OS: "Debian"}.Marshal())
}

func (p *pc) forward(host string, port uint32) bool {
	p.t.Helper()
	ok, _, err := p.SendRequest(wire.ForwardRequest, true, wire.Forward{Host: host, Port: port}.Marshal())
	if err != nil {
		p.t.Fatal(err)
	}
	return ok
}

// joined is a computer in a session, ready for CSRs.
func (w *world) joined(n wire.Number) *pc {
	w.t.Helper()
	p := w.computer(testkit.NewKey(w.t), "")
	if m := p.join(n); m.Code != wire.CodeOK {
		w.t.Fatalf("join: code %d", m.Code)
	}
	p.ready(n)
	return p
}

func (p *pc) ready(n wire.Number) {
	p.t.Helper()
	if !p.forward(n.Host(), wire.TunnelPort) {
		p.t.Fatal("the forward was refused")
	}
	receive(p.t, p.authorized)
}

// echo serves the next connection of a CSR until its end of data, answers with
// what came, and closes.
func (p *pc) echo() {
	nc := receive(p.t, p.channels)
	ch, requests, err := nc.Accept()
	if err != nil {
		p.t.Error(err)
		return
	}
	go ssh.DiscardRequests(requests)
	text, _ := io.ReadAll(ch)
	_, _ = ch.Write(text)
	_ = ch.CloseWrite()
	_ = ch.Close()
}

// Anybody can make a key, so connections that have not joined are few, and make
// room when they join or leave.
func TestUnjoinedConnectionsAreBounded(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	var waiting []*pc
	for range unjoined.MaxPerSource {
		waiting = append(waiting, w.computer(testkit.NewKey(t), "127.0.0.5"))
	}
	enters := func() bool {
		conn, _, _, err := w.dial(wire.CustomerUser, testkit.NewKey(t), "127.0.0.5")
		if err == nil {
			conn.Close()
		}
		return err == nil
	}
	if enters() {
		t.Error("one more has entered")
	}
	w.computer(testkit.NewKey(t), "127.0.0.6") // from elsewhere
	if m := waiting[0].join(n); m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	if all, _ := w.relay.unjoined.Taken(); all != unjoined.MaxPerSource {
		t.Errorf("%d places are taken when one has joined", all)
	}
	testkit.Eventually(t, "another one enters", enters)
	for _, p := range waiting {
		p.Close()
	}
	testkit.Eventually(t, "those who waited are gone", func() bool {
		all, sources := w.relay.unjoined.Taken()
		return all == 1 && sources == 1
	})
}

// H22 and O4: a CSR's ssh that stops reading holds up itself, and nobody else
// who uses the same tunnel.
func TestH22_AReaderThatStopsHoldsUpOnlyItself(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice, other := w.login("alice", key), w.login("alice", key)
	n := alice.start()
	p := w.joined(n)
	stuck, far := pair(alice, p, n)
	written := make(chan struct{})
	go func() { defer close(written); _, _ = far.Write(make([]byte, 16<<20)) }()
	for range 3 {
		go p.echo()
		ch, requests, err := other.direct(n.Host(), wire.TunnelPort)
		if err != nil {
			t.Fatal(err)
		}
		go ssh.DiscardRequests(requests)
		_, _ = io.WriteString(ch, "still there?")
		_ = ch.CloseWrite()
		if got, err := io.ReadAll(ch); err != nil || string(got) != "still there?" {
			t.Errorf("%q, %v", got, err)
		}
	}
	select {
	case <-written:
		t.Error("16 MiB went to somebody who does not read")
	default:
	}
	stuck.Close()
	p.Close()
	receive(t, written)
}
