package relay

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/sshd"
	"supportd/library/wire"
)

func TestCSRReachesTheComputer(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice := w.login("alice", key)
	n := alice.start()
	p := w.computer(testkit.NewKey(t), "")
	m := p.join(n)
	if m.Code != wire.CodeOK || m.Number != string(n) || m.Owner != "ALICE" || m.Account != "alice" || m.Window != 3600 {
		t.Fatalf("%+v", m)
	}
	if d := time.Since(time.Unix(int64(m.Now), 0)); d < 0 || d > time.Minute {
		t.Errorf("the relay's clock differs by %s", d)
	}
	checkCertificate(t, w, m.Certificate, p.key.PublicKey(), n)
	if !p.forward(n.Host(), wire.TunnelPort) {
		t.Fatal("the forward was refused")
	}
	want := wire.Entry{Account: "alice", Name: "ALICE", Key: key.PublicKey().Marshal()}
	if a := receive(t, p.authorized); len(a.Entries) != 1 || a.Entries[0].Account != want.Account || a.Entries[0].Name != want.Name || !bytes.Equal(a.Entries[0].Key, want.Key) {
		t.Errorf("%+v", a)
	}
	if v := alice.session("session show --json " + string(n)); v.State != api.Active || v.Customer != "Bob" || v.Host != "PC-0417" || v.Owner != "alice" {
		t.Errorf("%+v", v)
	}

	text := make([]byte, 3<<20)
	_, _ = rand.Read(text)
	for _, host := range []string{n.Host(), string(n), strings.ToUpper(n.Host())} {
		go p.echo()
		ch, requests, err := alice.direct(host, wire.TunnelPort)
		if err != nil {
			t.Fatal(err)
		}
		go ssh.DiscardRequests(requests)
		go func() { _, _ = ch.Write(text); _ = ch.CloseWrite() }()
		if got, err := io.ReadAll(ch); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes came back, %v", host, len(got), err)
		}
	}
}

func checkCertificate(t *testing.T, w *world, blob []byte, key ssh.PublicKey, n wire.Number) {
	t.Helper()
	parsed, err := ssh.ParsePublicKey(blob)
	if err != nil {
		t.Fatal(err)
	}
	cert := parsed.(*ssh.Certificate)
	if !bytes.Equal(cert.Key.Marshal(), key.Marshal()) || cert.CertType != ssh.HostCert {
		t.Error("the certificate is for another key")
	}
	checker := ssh.CertChecker{IsHostAuthority: func(ca ssh.PublicKey, _ string) bool {
		return bytes.Equal(ca.Marshal(), w.relay.data.cas.Load().own.PublicKey().Marshal())
	}}
	for _, name := range []string{string(n), n.Host()} {
		if err := checker.CheckHostKey(name+":22", nil, cert); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"localhost", "999999990.support", "support"} {
		if err := checker.CheckHostKey(name+":22", nil, cert); err == nil {
			t.Errorf("the certificate is also good for %s", name)
		}
	}
	if life := time.Unix(int64(cert.ValidBefore), 0).Sub(time.Unix(int64(cert.ValidAfter), 0)); life != certificateLife+certificateLead {
		t.Errorf("the certificate is good for %s", life)
	}
}

// G10: the library's handler closes both ways at the first end of data.
func TestN9_G10_LateAnswerAfterEndOfData(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	for name, csrFirst := range map[string]bool{"the CSR ends first": true, "the computer ends first": false} {
		t.Run(name, func(t *testing.T) {
			near, far := pair(alice, p, n)
			go ssh.DiscardRequests(near.requests)
			go ssh.DiscardRequests(far.requests)
			first, second := near, far
			if !csrFirst {
				first, second = far, near
			}
			_, _ = io.WriteString(first, "question")
			_ = first.CloseWrite()
			if got, err := io.ReadAll(second); err != nil || string(got) != "question" {
				t.Fatalf("%q, %v", got, err)
			}
			_, _ = io.WriteString(second, "answer")
			_ = second.Close()
			if got, err := io.ReadAll(first); err != nil || string(got) != "answer" {
				t.Fatalf("%q, %v", got, err)
			}
		})
	}
}

// N10, and G7, G8: nothing but a tunnel of one's own can be reached, and a
// refusal tells nothing about the sessions of others.
func TestN10_OnlyOwnSessionsCanBeReached(t *testing.T) {
	w := newWorld(t, nil)
	alice, bob := w.login("alice", w.account("alice", false)), w.login("bob", w.account("bob", true))
	waiting, theirs, away := alice.start(), bob.start(), alice.start()
	w.joined(theirs)
	w.joined(away).Close()
	alice.await(away, api.Away)
	half := alice.start()
	if m := w.computer(testkit.NewKey(t), "").join(half); m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	free := wire.NewNumber()
	mistyped := []byte(waiting)
	mistyped[8] = '0' + (mistyped[8]-'0'+1)%10
	unknown := " is open: it has ended or the number is mistyped"
	for _, c := range []struct {
		host string
		port uint32
		want string
	}{
		{"127.0.0.1", 22, `"127.0.0.1" is no session number`},
		{"::1", 22, `"::1" is no session number`},
		{"169.254.169.254", 80, `"169.254.169.254" is no session number`},
		{"localhost", 22, `"localhost" is no session number`},
		{"", 22, `"" is no session number`},
		{"evil\x1b[2J", 22, `"evil[2J" is no session number`},
		{strings.Repeat("x", 5000), 22, "the request is malformed"},
		{waiting.Host(), 22, "session " + waiting.Spoken() + " still waits for the customer to join"},
		{waiting.Host(), 23, "port 23 is not there: a computer is reached on port 22 only"},
		{waiting.Host(), 0, "port 0 is not there"},
		{string(mistyped), 22, "the last digit does not fit, one digit is probably mistyped"},
		{free.Host(), 22, "no session " + free.Spoken() + unknown},
		{theirs.Host(), 22, "no session " + theirs.Spoken() + unknown},
		{away.Host(), 22, "the computer of session " + away.Spoken() + " has been away for"},
		{half.Host(), 22, "the computer of session " + half.Spoken() + " is connecting"},
	} {
		_, _, err := alice.direct(c.host, c.port)
		if got := refusal(err); !strings.Contains(got, c.want) {
			t.Errorf("%.40q port %d: %q (%v), want %q", c.host, c.port, got, err, c.want)
		}
	}
	// An admin sees all sessions but does not enter those of others.
	if _, _, err := bob.direct(half.Host(), 22); refusal(err) != "no session "+half.Spoken()+unknown {
		t.Errorf("an admin: %v", err)
	}
}

// OpenSSH reads a bare number as an IPv4 address, see inet_aton(3).
func TestABareNumberThatBecameAnAddress(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	_, _, err := alice.direct("20.96.206.210", 22)
	if got := refusal(err); got != "your ssh took the number for the address 20.96.206.210: write 341888722.support" {
		t.Errorf("%q", got)
	}
}

func TestN11_G7_G8_OnlyTheOwnForwardIsGiven(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n, other := alice.start(), alice.start()
	victim := w.joined(other)
	p := w.computer(testkit.NewKey(t), "")
	if p.forward(n.Host(), 22) {
		t.Error("a forward before joining")
	}
	if m := p.join(n); m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	for _, c := range []wire.Forward{
		{Host: "", Port: 22},
		{Host: "0.0.0.0", Port: 22},
		{Host: "localhost", Port: 22},
		{Host: string(n), Port: 22},
		{Host: other.Host(), Port: 22},
		{Host: n.Host(), Port: 0},
		{Host: n.Host(), Port: 2222},
	} {
		for _, request := range []string{wire.ForwardRequest, wire.CancelForward} {
			if ok, _, err := p.SendRequest(request, true, c.Marshal()); ok || err != nil {
				t.Errorf("%s %+v: %v, %v", request, c, ok, err)
			}
		}
	}
	for _, garbage := range [][]byte{nil, {1}, bytes.Repeat([]byte{0xff}, 40)} {
		if ok, _, err := p.SendRequest(wire.ForwardRequest, true, garbage); ok || err != nil {
			t.Errorf("%x: %v, %v", garbage, ok, err)
		}
	}
	p.ready(n)
	// The victim's forward is still there, and its own cancel works.
	go victim.echo()
	ch, requests, err := alice.direct(other.Host(), 22)
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	ch.Close()
	if ok, _, err := p.SendRequest(wire.CancelForward, true, wire.Forward{Host: n.Host(), Port: 22}.Marshal()); !ok || err != nil {
		t.Errorf("cancel: %v, %v", ok, err)
	}
	if _, _, err := alice.direct(n.Host(), 22); !strings.Contains(refusal(err), "is connecting") {
		t.Errorf("after cancel: %v", err)
	}
}

// H8: what is no request of a computer that has joined changes nothing, nor panics.
func TestH8_RequestsThatChangeNothing(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	joined, stranger := w.joined(n), w.computer(testkit.NewKey(t), "")
	forward := wire.Forward{Host: n.Host(), Port: wire.TunnelPort}.Marshal()
	for name, payload := range map[string][]byte{
		wire.ForwardRequest: forward, wire.CancelForward: forward, wire.AwayRequest: wire.Away{Reason: "x"}.Marshal(), wire.EndRequest: wire.End{Reason: "x"}.Marshal(),
		wire.JoinRequest: wire.Join{Version: wire.ProtocolVersion, Number: string(n)}.Marshal(), wire.ResumeRequest: wire.Resume{Version: wire.ProtocolVersion}.Marshal(),
	} {
		join := name == wire.JoinRequest || name == wire.ResumeRequest
		for who, c := range map[string]struct {
			ssh.Conn
			payload []byte
		}{
			"a CSR": {alice, payload}, "garbage of a computer": {joined, append(payload, 0)}, "a computer that has not joined": {stranger, payload}, "once more": {joined, payload},
		} {
			if who == "a computer that has not joined" && join || who == "once more" && !join {
				continue
			}
			if ok, _, err := c.SendRequest(name, true, c.payload); ok || err != nil {
				t.Errorf("%s of %s: %t, %v", name, who, ok, err)
			}
		}
	}
	alice.await(n, api.Active)
	go joined.echo()
	if _, _, err := alice.direct(n.Host(), wire.TunnelPort); err != nil {
		t.Error(err)
	}
	if strings.Contains(w.log.String(), "panicked") {
		t.Error(w.log.String())
	}
}

func TestSpliceLeavesNothingBehind(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	before := runtime.NumGoroutine()
	closing := map[string]func(near, far held){
		"near closes":     func(near, _ held) { near.Close() },
		"far closes":      func(_, far held) { far.Close() },
		"both halves end": func(near, far held) { near.CloseWrite(); far.CloseWrite() },
		"unread data":     func(near, far held) { _, _ = far.Write(make([]byte, 1<<20)); near.Close() },
	}
	for name, end := range closing {
		near, far := pair(alice, p, n)
		// What people can send on a spliced channel is refused, and drained.
		if ok, err := near.SendRequest("exec", true, nil); ok || err != nil {
			t.Errorf("%s: a request on a spliced channel: %v, %v", name, ok, err)
		}
		end(near, far)
		drained := make(chan struct{})
		go func() { ssh.DiscardRequests(near.requests); ssh.DiscardRequests(far.requests); close(drained) }()
		receive(t, drained)
	}
	testkit.Eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
	tunnel := w.relay.find(n).tunnel.Load()
	testkit.Eventually(t, "no place in the tunnel is taken", func() bool { return tunnel.splices.Load() == 0 })
}

// A CSR who is faster than the computer's tunnel waits a moment instead of
// being turned away.
func TestTheCSRIsEarly(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.computer(testkit.NewKey(t), "")
	if m := p.join(n); m.Code != wire.CodeOK {
		t.Fatal(m.Code)
	}
	got := make(chan error)
	go func() {
		_, _, err := alice.direct(n.Host(), 22)
		got <- err
	}()
	go p.echo()
	p.ready(n)
	if err := receive(t, got); err != nil {
		t.Error(err)
	}
}

func TestTheComputerRefuses(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	go func() { _ = receive(t, p.channels).Reject(ssh.Prohibited, "\x1b]0;hostile") }()
	if _, _, err := alice.direct(n.Host(), 22); refusal(err) != "the customer's computer refused the connection" {
		t.Errorf("%v", err)
	}
}

// C9: a computer that has no room says so by the reason alone.
func TestK5C9_TheReasonComesThrough(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	go func() { _ = receive(t, p.channels).Reject(ssh.ResourceShortage, "\x1b]0;hostile") }()
	if _, _, err := alice.direct(n.Host(), 22); !strings.Contains(refusal(err), "64 connections already, which is the most") || strings.Contains(refusal(err), "hostile") {
		t.Errorf("%v", err)
	}
}

func TestTunnelHasPlacesForSoMany(t *testing.T) {
	w := newWorld(t, nil)
	key := w.account("alice", false)
	alice := w.login("alice", key)
	n := alice.start()
	p := w.joined(n)
	go func() {
		for nc := range p.channels {
			_, requests, err := nc.Accept()
			if err != nil {
				return
			}
			go ssh.DiscardRequests(requests)
		}
	}()
	open := 0
	for open < maxSplices {
		c := w.login("alice", key)
		for range min(sshd.MaxChannels, maxSplices-open) {
			_, requests, err := c.direct(n.Host(), 22)
			if err != nil {
				t.Fatalf("connection %d: %v", open, err)
			}
			go ssh.DiscardRequests(requests)
			open++
		}
	}
	if _, _, err := alice.direct(n.Host(), 22); !strings.Contains(refusal(err), "connections already") {
		t.Errorf("one more: %v", err)
	}
}

func TestALostComputerTakesTheConnectionsWithIt(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	near, _ := pair(alice, p, n)
	go ssh.DiscardRequests(near.requests)
	p.Close()
	if _, err := io.ReadAll(near); err != nil && !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	alice.await(n, api.Away)
}

// A computer that stays for a week comes back for another certificate before
// CSRs would be warned of the old one. Here its time comes at once.
func TestACertificateIsRenewedInTime(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	tunnel := w.relay.find(n).tunnel.Load()
	if !tunnel.grace.Stop() {
		t.Fatal("nothing ends the connection before its certificate does")
	}
	tunnel.grace.Reset(0)
	receive(t, p.done)
	testkit.Eventually(t, "the log says why", func() bool { return strings.Contains(w.log.String(), errRenewal.Error()) })
	if m := w.computer(p.key, "").resume(); m.Code != wire.CodeOK || len(m.Certificate) == 0 {
		t.Errorf("it may not come back: %v", m.Code)
	}
}
