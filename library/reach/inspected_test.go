package reach

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"supportd/hack/testkit"
)

// inspector sits in between: it opens TLS with certificates of its own CA, and
// keeps and may change what passes.
type inspector struct {
	ca *authority

	mu     sync.Mutex
	change func(toClient []byte) // nil changes nothing
	seen   bytes.Buffer
}

// between is the peer that a client reaches instead of the real one.
func (i *inspector) between(host string, real peer) peer {
	return i.ca.serves(host, func(client net.Conn) {
		near, far := pipe()
		var wait sync.WaitGroup
		wait.Go(func() { defer far.Close(); real(far) })
		server := tls.Client(near, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
		pass := func(to io.Writer, from io.Reader, toClient bool) {
			for p := make([]byte, 32<<10); ; {
				n, err := from.Read(p)
				i.mu.Lock()
				i.seen.Write(p[:n])
				if n > 0 && toClient && i.change != nil {
					i.change(p[:n])
				}
				i.mu.Unlock()
				if _, broken := to.Write(p[:n]); err != nil || broken != nil {
					return
				}
			}
		}
		wait.Go(func() { defer near.Close(); pass(server, client, false) })
		pass(client, server, true)
		client.Close()
		near.Close()
		wait.Wait()
	})
}

const secret = "482913077-the-session-number"

// askSecret joins and lets the relay say the secret back, which then passes in both
// directions.
func (w *world) askSecret(d *Dialer, to ...string) (answer string, err error) {
	w.t.Helper()
	conn, err := Connect(w.t.Context(), d, addresses(w.t, to...), true, w.login)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_, said, err := conn.SendRequest("echo@test", true, []byte(secret))
	return string(said), err
}

// inspected is a world whose only way out is an inspecting proxy.
func inspected(t *testing.T, w *world, ssh peer) (*inspector, *Dialer) {
	i := &inspector{ca: newAuthority(t, "Example Company Proxy")}
	real := newAuthority(t, "Real CA").serves("relay.test", web(ssh, page))
	behindProxy(w, connectProxy("", map[string]peer{"relay.test:443": i.between("relay.test", real)}))
	d := w.dialer()
	d.Proxy = proxies("http://proxy.test:8080")
	return i, d
}

func TestW14_InspectingProxySeesOnlyCiphertext(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		i, d := inspected(t, w, w.relay)
		d.Roots.AddCert(i.ca.cert)
		answer, err := w.askSecret(d, "relay.test")
		if err != nil || answer != secret {
			t.Fatalf("the relay answered %q, %v", answer, err)
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		// What the server says is not masked, so a plain answer would be seen.
		if !bytes.Contains(i.seen.Bytes(), []byte("SSH-2.0-")) || !bytes.Contains(i.seen.Bytes(), []byte("GET /ssh ")) {
			t.Error("the inspector has seen nothing: this test proves nothing")
		}
		if bytes.Contains(i.seen.Bytes(), []byte(secret)) {
			t.Error("the inspector has read the session number")
		}
	}))
}

func TestW14_InspectingProxyCanChangeNothing(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		i, d := inspected(t, w, w.relay)
		d.Roots.AddCert(i.ca.cert)
		conn, err := Connect(t.Context(), d, addresses(t, "relay.test"), true, w.login)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, _, err := conn.SendRequest("echo@test", true, []byte(secret)); err != nil {
			t.Fatal(err)
		}
		i.mu.Lock()
		i.change = func(p []byte) { p[len(p)-1] ^= 1 }
		i.mu.Unlock()
		if _, said, err := conn.SendRequest("echo@test", true, []byte(secret)); err == nil {
			t.Errorf("an altered answer arrived: %q", said)
		}
		if err := conn.Wait(); err == nil {
			t.Error("the connection did not end")
		}
	}))
}

func TestW14_UnknownCAIsNamedAndTheNextWayTried(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		_, d := inspected(t, w, w.relay)
		failed := wantKind(t, w.join(d, "relay.test"), KindUntrusted, "Example Company Proxy")
		if !strings.Contains(failed.Error(), "Example Company Proxy") {
			t.Errorf("%v does not name the CA", failed)
		}
	}))
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		_, d := inspected(t, w, w.relay)
		w.peers["two.test:2222"] = w.relay
		if err := w.join(d, "https://relay.test", "two.test:2222"); err != nil {
			t.Errorf("the next way was not tried: %v", err)
		}
	}))
}

func TestW14_HostileNameOfACA(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		ca := newAuthority(t, "A\u202eB\x1b[2J\n"+strings.Repeat("x", 5000))
		w.peers["relay.test:443"] = ca.serves("relay.test", web(w.relay, page))
		failed := wantKind(t, w.join(w.dialer(), "https://relay.test"), KindUntrusted, "AB[2J "+strings.Repeat("x", 73)+"…")
		if n := len([]rune(failed.Who)); n > 80 {
			t.Errorf("the name has %d runes", n)
		}
		if strings.ContainsAny(failed.Error(), "\x1b\n\u202e") {
			t.Errorf("%q could drive a terminal", failed)
		}
	}))
}

func TestW14_AnotherKeyBehindTrustedTLSIsRefused(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		i, d := inspected(t, w, w.sshWith(testkit.NewKey(t)))
		d.Roots.AddCert(i.ca.cert)
		failed := wantKind(t, w.join(d, "relay.test"), KindHostKey, "")
		if len(failed.Attempts) != 6 {
			t.Errorf("%d ways were tried, want all", len(failed.Attempts))
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.requests) != 0 {
			t.Errorf("something was sent to the other key: %q", w.requests)
		}
	}))
}

// Somebody answers on one way with another key: the others go on, and nothing is
// lost but that way.
func TestW14_AnotherKeyOnOneWay(t *testing.T) {
	synctest.Test(t, inWorld(func(t *testing.T, w *world) {
		w.peers["relay.test:2222"] = w.sshWith(testkit.NewKey(t))
		w.peers["relay.test:443"] = w.relay
		d := w.dialer()
		if err := w.join(d, "relay.test"); err != nil {
			t.Fatal(err)
		}
		if d.Last() != "ssh relay.test:443" {
			t.Errorf("the last way is %q", d.Last())
		}
	}))
	synctest.Test(t, inWorld(func(t *testing.T, w *world) { // told first, whatever the others say
		w.peers["relay.test:2222"] = w.sshWith(testkit.NewKey(t))
		w.fails["relay.test:443"] = errBlackHole
		w.peers["relay.test:80"] = says("HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\n\r\n")
		failed := wantKind(t, w.join(w.dialer(), "relay.test"), KindHostKey, "")
		if i := slices.IndexFunc(failed.Attempts, func(a Attempt) bool { return a.Err == failed.Err }); i != 0 {
			t.Errorf("the cause is that of way %d", i)
		}
	}))
}
