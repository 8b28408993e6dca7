//go:build linux

package ordeal

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
)

const (
	// slowLimit is what a login may take while slow clients hold all they can.
	slowLimit = time.Second
	// slowLogins is how often each way in is tried meanwhile.
	slowLogins = 5
	// slowReturn is after what pause at least one comes back that was cut off.
	slowReturn = 5 * time.Second
	// slowSources is from how many addresses the slow clients come.
	slowSources = 50
)

// slowKind is a sort of slow clients: what each says at once, and what of byte by byte.
type slowKind struct {
	name, at, slowly string
	ssh              bool // on the port for SSH alone, too
}

func slowKinds() []slowKind {
	return []slowKind{
		{"SSH that is silent", "", "", true},
		{"SSH without a key exchange", "SSH-2.0-slow\r\n", "", true},
		{"half a word", "SS", "", false},
		{"a TLS handshake", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", strings.Repeat("x", 500), false},
		{"an HTTP header", "GET /healthz HTTP/1.1\r\nHost: r\r\nX: ", strings.Repeat("x", 1000), false},
		{"an HTTP body", "POST /healthz HTTP/1.1\r\nHost: r\r\nContent-Length: 1000\r\n\r\n", strings.Repeat("x", 1000), false},
		{"a WebSocket without SSH", "GET /ssh HTTP/1.1\r\nHost: r\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "\x82", false},
	}
}

// Slow lets n slow clients of each protocol, from many addresses, hold what they can
// at a relay with a web port, and come back whenever they are cut off. Meanwhile a
// CSR logs in and a customer joins, again and again, on each way in: each has to work,
// and the fastest of each way within a second.
func Slow(ctx context.Context, p rig.Programs, dir string, n int, progress io.Writer) error {
	w := &world{programs: p, dir: dir, progress: progress}
	defer w.close()
	roots, config, err := w.certificate()
	if err != nil {
		return err
	}
	if w.relay, err = rig.StartRelay(ctx, p, w.path("relay"), "", nil, "--web", "127.0.0.1:0", "--config", config); err != nil {
		return err
	}
	if w.csr, err = rig.NewCSR(ctx, w.relay, "alice", "Alice Kim", w.path("alice")); err != nil {
		return err
	}
	if w.key, err = w.relay.Admin(ctx, "fingerprint"); err != nil {
		return err
	}
	web, err := w.relay.Web(ctx)
	if err != nil {
		return err
	}
	clients := &slowClients{n: n, web: web, ssh: w.relay.Addr}
	slow, stop := context.WithCancel(ctx)
	defer clients.all.Wait()
	defer stop()
	clients.start(slow)
	if err := clients.connected(ctx); err != nil {
		return err
	}
	w.say("%d slow clients of each of %d kinds hold what they can", n, len(slowKinds()))
	for _, way := range w.ways(web, roots) {
		if err := w.tryWay(ctx, way); err != nil {
			return err
		}
	}
	w.say("meanwhile %d slow connections were made", clients.made.Load())
	return nil
}

// certificate writes one and a configuration that names it.
func (w *world) certificate() (*x509.CertPool, string, error) {
	cert, key, config := w.path("cert.pem"), w.path("key.pem"), w.path("relay.toml")
	leaf, err := testkit.NewCertificate(cert, key, time.Hour, "127.0.0.1")
	if err != nil {
		return nil, "", err
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return roots, config, os.WriteFile(config, fmt.Appendf(nil, "[tls]\ncert = %q\nkey = %q\n", cert, key), 0o600)
}

// way is one of the ways in. before and after, where there are any, are not measured.
type way struct {
	name   string
	before func(context.Context) error
	try    func(context.Context) error
	after  func() error
}

// ways are stock ssh on both ports, SSH in a WebSocket, and a plain request.
func (w *world) ways(web string, roots *x509.CertPool) []way {
	_, port, _ := net.SplitHostPort(web)
	alias := "HostKeyAlias=" + net.JoinHostPort(w.relay.Host(), w.relay.Port())
	if w.relay.Port() != "22" {
		alias = "HostKeyAlias=[" + w.relay.Host() + "]:" + w.relay.Port()
	}
	secure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	return []way{
		{name: "ssh on its own port", try: func(ctx context.Context) error { _, err := rig.Run(w.csr.SSH(ctx, "relay", "whoami")); return err }},
		{name: "ssh -p on the web port", try: func(ctx context.Context) error {
			_, err := rig.Run(w.csr.SSH(ctx, "-p", port, "-o", alias, "relay", "whoami"))
			return err
		}},
		{name: "SSH in a WebSocket", try: func(ctx context.Context) error { return w.loginByWebSocket(ctx, web, secure) }},
		w.joining("support-agent on the port of SSH", w.relay.Addr),
		w.joining("support-agent on the web port", web),
		w.joining("support-agent in a WebSocket", "https://"+web),
		{name: "https", try: func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+web+"/healthz", nil)
			if err != nil {
				return err
			}
			resp, err := secure.Do(req)
			if err != nil {
				return err
			}
			return resp.Body.Close()
		}},
	}
}

// joining is a customer who joins a support session that has been started.
func (w *world) joining(name, relay string) way {
	var number, state string
	var agent *exec.Cmd
	return way{
		name: name,
		before: func(ctx context.Context) (err error) {
			var s struct{ Number string }
			out, err := rig.Run(w.csr.SSH(ctx, "relay", "session", "start", "--json"))
			if err == nil {
				err = json.Unmarshal([]byte(out), &s)
			}
			number, state = s.Number, w.path("joins-"+s.Number)
			return err
		},
		try: func(ctx context.Context) error {
			log := rig.NewLog(nil)
			agent = exec.Command(w.programs.Agent, number, "--relay", relay, "--relay-key", strings.TrimSpace(w.key), "--allow", "sysinfo", "--ui", "none", "--state", state)
			agent.Env = append(os.Environ(), "SSL_CERT_FILE="+w.path("cert.pem"), "LC_ALL=C.UTF-8")
			agent.Stdout, agent.Stderr = log, log
			if err := agent.Start(); err != nil {
				agent = nil
				return err
			}
			_, err := log.Await(ctx, nil, "Connected")
			return err
		},
		after: func() error {
			if agent == nil {
				return nil
			}
			_ = agent.Process.Signal(os.Interrupt) // it may have ended
			var exit *exec.ExitError
			if err := agent.Wait(); err != nil && !errors.As(err, &exit) {
				return err
			}
			return nil
		},
	}
}

func (w *world) tryWay(ctx context.Context, way way) error {
	var took []time.Duration
	for range slowLogins {
		one, err := way.once(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		took = append(took, one.Round(time.Millisecond))
	}
	w.say("%s: %v", way.name, took)
	if best := slices.Min(took); best >= slowLimit {
		return fmt.Errorf("%s took %v at best, at most %v", way.name, best, slowLimit)
	}
	return nil
}

// once measures one try.
func (w way) once(ctx context.Context) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	if w.before != nil {
		if err := w.before(ctx); err != nil {
			return 0, err
		}
	}
	if w.after != nil {
		defer func() { err = errors.Join(err, w.after()) }()
	}
	began := time.Now()
	err = w.try(ctx)
	return time.Since(began), err
}

// loginByWebSocket logs in as the CSR.
func (w *world) loginByWebSocket(ctx context.Context, web string, client *http.Client) error {
	text, err := os.ReadFile(w.csr.Key())
	if err != nil {
		return err
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		return err
	}
	ws, _, err := websocket.Dial(ctx, "https://"+web+"/ssh", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		return err
	}
	defer ws.CloseNow()
	conn, _, _, err := ssh.NewClientConn(websocket.NetConn(ctx, ws, websocket.MessageBinary), web, &ssh.ClientConfig{
		User: w.csr.Account, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: w.checkKey,
	})
	if err != nil {
		return err
	}
	conn.Close() // it has logged in; at the end, either side may be the first to close
	return nil
}

// checkKey holds the relay to its fingerprint.
func (w *world) checkKey(_ string, _ net.Addr, key ssh.PublicKey) error {
	if ssh.FingerprintSHA256(key) != strings.TrimSpace(w.key) {
		return errors.New("the relay has another key")
	}
	return nil
}

// slowClients keep n connections of each kind, until their context is done.
type slowClients struct {
	n        int
	web, ssh string
	all      sync.WaitGroup
	made     atomic.Int64
	first    sync.WaitGroup // until each was connected once
}

func (s *slowClients) start(ctx context.Context) {
	for _, kind := range slowKinds() {
		for i := range s.n {
			from := net.IPv4(127, 0, 1, byte(1+i%slowSources))
			for _, addr := range []string{s.web, s.ssh} {
				if addr == s.ssh && !kind.ssh {
					continue
				}
				s.first.Add(1)
				s.all.Go(func() { s.keep(ctx, kind, from, addr) })
			}
		}
	}
}

// connected waits until every client had its first connection.
func (s *slowClients) connected(ctx context.Context) error {
	done := make(chan struct{})
	go func() { s.first.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-time.After(patience):
		return errors.New("not all slow clients could connect")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keep is one slow client.
func (s *slowClients) keep(ctx context.Context, kind slowKind, from net.IP, addr string) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
	var once sync.Once
	defer once.Do(s.first.Done)
	for ctx.Err() == nil {
		nc, err := dialer.DialContext(ctx, "tcp", addr)
		if err == nil {
			s.made.Add(1)
			crawl(ctx, nc, kind, func() { once.Do(s.first.Done) })
		}
		select { // a flood is another attack, which also takes the attacker's time
		case <-time.After(slowReturn + rand.N(slowReturn)):
		case <-ctx.Done():
		}
	}
}

// crawl says what it has to say, as slowly as it may, until it is cut off.
func crawl(ctx context.Context, nc net.Conn, kind slowKind, begun func()) {
	defer nc.Close()
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	_, err := io.WriteString(nc, kind.at)
	begun()
	if err != nil {
		return
	}
	cut := make(chan struct{})
	go func() { defer close(cut); _, _ = io.Copy(io.Discard, nc) }() // until nc is closed
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-cut:
			return
		case <-tick.C:
		}
		if i < len(kind.slowly) {
			if _, err := nc.Write([]byte{kind.slowly[i]}); err != nil {
				return
			}
		}
	}
}
