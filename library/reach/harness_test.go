package reach

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/wire"
)

// peer serves the other end of a connection and returns when that is over.
type peer func(nc net.Conn)

// world is a network in memory: addresses, and what answers there. What has no
// peer refuses connections.
type world struct {
	t     *testing.T
	log   *testkit.Buffer
	host  ssh.Signer // the relay's key
	begin time.Time
	wait  sync.WaitGroup // the peers

	mu       sync.Mutex
	peers    map[string]peer
	fails    map[string]error // instead of a connection
	dials    []string         // every address that was dialled, with the time: "250ms relay.test:443"
	open     int              // connections that are not closed by the client's end
	requests []string         // what the SSH server was asked
}

// inWorld makes a test for synctest.Test, in whose bubble the world has time of its
// own. All that the test started must be over at its end.
func inWorld(test func(t *testing.T, w *world)) func(*testing.T) {
	return func(t *testing.T) {
		w := &world{t: t, log: &testkit.Buffer{}, host: testkit.NewKey(t), begin: time.Now(), peers: map[string]peer{}, fails: map[string]error{}}
		test(t, w)
		w.wait.Wait() // does not end where a connection is left open
		synctest.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.open != 0 {
			t.Errorf("%d connections are still open", w.open)
		}
	}
}

// dialer is a Dialer in this world, with no proxy.
func (w *world) dialer() *Dialer {
	return &Dialer{Net: w.dial, Log: slog.New(slog.NewTextHandler(w.log, nil)), Roots: x509.NewCertPool(),
		addresses: func() ([]net.Addr, error) { return []net.Addr{&net.IPNet{IP: net.IPv4(192, 0, 2, 7)}}, nil }}
}

func (w *world) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	w.mu.Lock()
	w.dials = append(w.dials, fmt.Sprintf("%v %s", time.Since(w.begin), addr))
	serve, fails := w.peers[addr], w.fails[addr]
	w.mu.Unlock()
	host, _, _ := net.SplitHostPort(addr)
	failed := func(err error) (net.Conn, error) { return nil, &net.OpError{Op: "dial", Net: network, Err: err} }
	switch {
	case strings.HasPrefix(host, "unknown"):
		return failed(&net.DNSError{Err: "no such host", Name: host, IsNotFound: true})
	case strings.HasPrefix(host, "lost"):
		<-ctx.Done()
		return failed(&net.DNSError{Err: "i/o timeout", Name: host, IsTimeout: true, IsTemporary: true})
	case errors.Is(fails, errBlackHole):
		<-ctx.Done()
		return failed(ctx.Err())
	case fails != nil:
		return failed(fails)
	case serve == nil:
		return failed(os.NewSyscallError("connect", refused()[0]))
	}
	client, server := pipe()
	w.mu.Lock()
	w.open++
	w.mu.Unlock()
	w.wait.Go(func() {
		defer server.Close()
		serve(server)
	})
	return &counted{Conn: client, closed: sync.OnceFunc(func() { w.mu.Lock(); w.open--; w.mu.Unlock() })}, nil
}

var errBlackHole = errors.New("nobody ever answers")

// silent is a peer that takes the connection and says nothing.
func silent(nc net.Conn) { io.Copy(io.Discard, nc) }

// says is a peer that says one text, whatever it hears, and closes.
func says(s string) peer {
	return func(nc net.Conn) {
		io.WriteString(nc, s)
		io.ReadAtLeast(nc, make([]byte, 64), 1)
	}
}

// counted notes its end.
type counted struct {
	net.Conn
	closed func()
}

func (c *counted) Close() error { c.closed(); return c.Conn.Close() }

// relay is the SSH server with the world's key. It answers each request with what
// the request said.
func (w *world) relay(nc net.Conn) { w.sshWith(w.host)(nc) }

func (w *world) sshWith(key ssh.Signer) peer {
	return func(nc net.Conn) {
		cfg := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
		cfg.AddHostKey(key)
		cfg.ServerVersion = wire.Banner("test")
		conn, chans, requests, err := ssh.NewServerConn(nc, cfg)
		if err != nil {
			return
		}
		go func() {
			for c := range chans {
				c.Reject(ssh.Prohibited, "no")
			}
		}()
		for r := range requests {
			w.mu.Lock()
			w.requests = append(w.requests, string(r.Payload))
			w.mu.Unlock()
			r.Reply(true, r.Payload)
		}
		conn.Close()
	}
}

// login is the handshake of a client that pins the world's key.
func (w *world) login(_ context.Context, nc net.Conn, known func() error) (ssh.Conn, error) {
	var verdict error
	conn, chans, requests, err := ssh.NewClientConn(nc, "relay", &ssh.ClientConfig{
		User: "customer",
		Auth: []ssh.AuthMethod{ssh.PublicKeys(w.host)},
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			verdict = fmt.Errorf("test: %w", ErrHostKey)
			if bytes.Equal(key.Marshal(), w.host.PublicKey().Marshal()) {
				verdict = known()
			}
			return verdict
		},
	})
	if err != nil {
		return nil, errors.Join(verdict, err)
	}
	go ssh.DiscardRequests(requests)
	go func() {
		for c := range chans {
			c.Reject(ssh.Prohibited, "no")
		}
	}()
	return conn, nil
}

// join connects with the world's key pinned, has one request answered, and closes.
func (w *world) join(d *Dialer, to ...string) error {
	w.t.Helper()
	return w.joinPinned(w.t.Context(), d, true, to...)
}

func (w *world) joinPinned(ctx context.Context, d *Dialer, pinned bool, to ...string) error {
	w.t.Helper()
	conn, err := Connect(ctx, d, addresses(w.t, to...), pinned, w.login)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, answer, err := conn.SendRequest("echo@test", true, []byte("hello")); err != nil || string(answer) != "hello" {
		w.t.Errorf("the relay answered %q, %v", answer, err)
	}
	return nil
}

func addresses(t *testing.T, texts ...string) (to []Address) {
	t.Helper()
	for _, s := range texts {
		a, err := ParseAddress(s)
		if err != nil {
			t.Fatal(err)
		}
		to = append(to, a)
	}
	return to
}

// wantDials holds that exactly these addresses were dialled at these times.
func (w *world) wantDials(want ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.dials, want) {
		w.t.Errorf("dialled\n\t%s\nwant\n\t%s", strings.Join(w.dials, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// wantKind holds what an error says, and returns it.
func wantKind(t *testing.T, err error, kind Kind, who string) *Error {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("error %v is no *Error", err)
	}
	if failed.Kind != kind || failed.Who != who {
		t.Errorf("kind %d of %q, want %d of %q: %v", failed.Kind, failed.Who, kind, who, attempts(failed))
	}
	return failed
}

func attempts(e *Error) (all []string) {
	for _, a := range e.Attempts {
		all = append(all, fmt.Sprintf("%s: %v", a.Way, a.Err))
	}
	return all
}

// authority is a CA that signs certificates for hosts.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, organisation string) *authority {
	t.Helper()
	a := &authority{t: t}
	der, key := a.sign(&x509.Certificate{Subject: pkix.Name{Organization: []string{organisation}}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	var err error
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.key = key
	return a
}

func (a *authority) sign(template, parent *x509.Certificate, by *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if parent == nil {
		parent, by = template, key
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	return der, key
}

// serves wraps a peer in TLS with a certificate of this authority.
func (a *authority) serves(host string, inner peer) peer {
	template := &x509.Certificate{Subject: pkix.Name{CommonName: host}}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, key := a.sign(template, a.cert, a.key)
	cfg := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"h2", "http/1.1"}}
	return func(nc net.Conn) { inner(tls.Server(nc, cfg)) }
}

// web is an HTTP server: WebSockets at /ssh go to inner, everything else is
// answered with the text.
func web(inner peer, otherwise string) peer {
	return func(nc net.Conn) {
		br := bufio.NewReader(nc)
		req, err := http.ReadRequest(br)
		if err != nil {
			return
		}
		if req.URL.Path != WebPath || inner == nil {
			io.WriteString(nc, otherwise)
			return
		}
		whole := &wholeWrites{Conn: nc}
		ws, err := websocket.Accept(&takenOver{nc: whole, br: br, header: http.Header{}}, req, nil)
		if err != nil {
			return
		}
		c := newWebConn(ws, nc, whole)
		inner(c)
	}
}

// takenOver is an http.ResponseWriter of a connection without an http.Server.
type takenOver struct {
	nc     net.Conn
	br     *bufio.Reader
	header http.Header
}

func (o *takenOver) Header() http.Header         { return o.header }
func (o *takenOver) Write(p []byte) (int, error) { return o.nc.Write(p) }
func (o *takenOver) WriteHeader(status int) {
	fmt.Fprintf(o.nc, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	o.header.Write(o.nc)
	io.WriteString(o.nc, "\r\n")
}
func (o *takenOver) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return o.nc, bufio.NewReadWriter(o.br, bufio.NewWriter(o.nc)), nil
}

const page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 21\r\n\r\n<html>Welcome!</html>"
