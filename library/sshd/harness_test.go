package sshd

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

var errUnknown = errors.New("unknown key")

// world is a server with two accounts, on a pipe for each connection.
type world struct {
	t      *testing.T
	server *Server
	log    *testkit.Buffer
	keys   map[string]ssh.Signer
	host   ssh.Signer
}

func newWorld(t *testing.T, change func(*Options)) *world {
	t.Helper()
	w := &world{t: t, log: &testkit.Buffer{}, host: testkit.NewKey(t), keys: map[string]ssh.Signer{"alice": testkit.NewKey(t), "mallory": testkit.NewKey(t)}}
	sessions := Sessions{
		Exec: func(ctx context.Context, s *Session) int {
			return runTestCommand(ctx, s)
		},
		Shell: func(_ context.Context, s *Session) int { io.WriteString(s, "shell\n"); return 0 },
		Subsystems: map[string]SessionHandler{
			"echo": func(_ context.Context, s *Session) int { io.Copy(s, s); return 0 },
		},
	}
	opts := Options{
		HostKeys: func() []ssh.Signer { return []ssh.Signer{w.host} },
		Authenticate: func(meta ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
			own, ok := w.keys[meta.User()]
			if !ok || !bytes.Equal(own.PublicKey().Marshal(), key.Marshal()) {
				return nil, errUnknown
			}
			return meta.User(), nil
		},
		Channels: map[string]ChannelHandler{
			"session": sessions.Handle,
			"panic":   func(context.Context, *Conn, ssh.NewChannel) { panic("channel") },
		},
		Requests: map[string]RequestHandler{
			"panic@test": func(context.Context, *Conn, []byte) (bool, []byte) { panic("request") },
			"who@test":   func(_ context.Context, c *Conn, _ []byte) (bool, []byte) { return true, []byte(c.Identity().(string)) },
		},
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&opts)
	}
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	w.server = s
	t.Cleanup(w.shutdown)
	return w
}

func (w *world) shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := w.server.Shutdown(ctx, ErrShutdown); err != nil {
		w.t.Errorf("shutdown: %v", err)
	}
}

// dial returns the client's end of a connection that the server serves.
func (w *world) dial() net.Conn {
	client, server := pipe()
	if !w.server.start(context.Background(), server) {
		client.Close()
	}
	return client
}

// listen serves on a loopback port, which it returns, for clients that are programs.
func (w *world) listen() string {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.server.Serve(ctx, l) }()
	w.t.Cleanup(func() { cancel(); <-done })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// writeKey makes a private key file that OpenSSH can use.
func writeKey(t *testing.T, file string) ssh.PublicKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer.PublicKey()
}

func (w *world) config(user string, keys ...ssh.Signer) *ssh.ClientConfig {
	return &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(keys...)}, HostKeyCallback: ssh.FixedHostKey(w.host.PublicKey())}
}

func (w *world) login(cfg *ssh.ClientConfig) (*ssh.Client, error) {
	nc := w.dial()
	conn, chans, reqs, err := ssh.NewClientConn(nc, "test", cfg)
	if err != nil {
		nc.Close()
		return nil, err
	}
	return ssh.NewClient(conn, chans, reqs), nil
}

func (w *world) alice() *ssh.Client {
	w.t.Helper()
	c, err := w.login(w.config("alice", w.keys["alice"]))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	return c
}

// output runs one command over a client.
func output(t *testing.T, c *ssh.Client, command string) string {
	t.Helper()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Output(command)
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return string(out)
}

// pipe is a buffered in-memory connection: the unbuffered net.Pipe deadlocks in
// a handshake in which both sides write first.
func pipe() (a, b net.Conn) {
	x, y := newHalf(), newHalf()
	return &pipeEnd{in: x, out: y}, &pipeEnd{in: y, out: x}
}

type half struct {
	mu     sync.Mutex
	more   sync.Cond
	data   []byte
	closed bool
	mute   bool // what is written vanishes, as on a cut line
}

func newHalf() *half { h := &half{}; h.more.L = &h.mu; return h }

type pipeEnd struct {
	in, out *half
	addr    string // the remote address; one and the same where it is empty
}

func (p *pipeEnd) Read(b []byte) (int, error) {
	p.in.mu.Lock()
	defer p.in.mu.Unlock()
	for len(p.in.data) == 0 && !p.in.closed {
		p.in.more.Wait()
	}
	if len(p.in.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.in.data)
	p.in.data = p.in.data[n:]
	return n, nil
}

func (p *pipeEnd) Write(b []byte) (int, error) {
	p.out.mu.Lock()
	defer p.out.mu.Unlock()
	if p.out.closed {
		return 0, io.ErrClosedPipe
	}
	if !p.out.mute {
		p.out.data = append(p.out.data, b...)
		p.out.more.Broadcast()
	}
	return len(b), nil
}

// Close closes both directions; on a cut line the other side does not hear of it.
func (p *pipeEnd) Close() error {
	for _, h := range []*half{p.in, p.out} {
		h.mu.Lock()
		if h == p.in || !h.mute {
			h.closed = true
			h.more.Broadcast()
		}
		h.mu.Unlock()
	}
	return nil
}

// cut makes the line swallow everything without closing it.
func (p *pipeEnd) cut() {
	for _, h := range []*half{p.in, p.out} {
		h.mu.Lock()
		h.mute = true
		h.mu.Unlock()
	}
}

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return cmp.Or(string(a), "192.0.2.1:1") }

func (p *pipeEnd) LocalAddr() net.Addr              { return pipeAddr(p.addr) }
func (p *pipeEnd) RemoteAddr() net.Addr             { return pipeAddr(p.addr) }
func (p *pipeEnd) SetDeadline(time.Time) error      { return nil }
func (p *pipeEnd) SetReadDeadline(time.Time) error  { return nil }
func (p *pipeEnd) SetWriteDeadline(time.Time) error { return nil }

// lateWriter holds back everything after the version line until it is allowed.
type lateWriter struct {
	net.Conn
	read  atomic.Int64
	allow chan struct{}
	first atomic.Bool
}

func (l *lateWriter) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.read.Add(int64(n))
	return n, err
}

func (l *lateWriter) Write(p []byte) (int, error) {
	if l.first.Swap(true) {
		<-l.allow
	}
	return l.Conn.Write(p)
}
