package daemon

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// testRelay is as much of a relay as a daemon needs: it takes one number, signs
// the identity key, and opens connections of CSRs.
type testRelay struct {
	t      *testing.T
	key    ssh.Signer
	ca     ssh.Signer
	server *sshd.Server
	ended  chan wire.End

	mu      sync.Mutex
	answer  func(wire.Join) wire.Code // nil is a yes
	resumes func() wire.Code
	wait    uint32 // seconds, with CodeLimited
	now     func() time.Time
	window  uint32                 // in seconds
	known   map[string]bool        // identity keys that have joined
	numbers map[string]wire.Number // by identity key, of those who have; testNumber else
	access  []wire.Entry
	brings  map[string]*brought // by identity key
	tunnel  *sshd.Conn
	changed chan struct{}
	group   map[*sshd.Conn]bool // those that read what a relay of a group adds
	adds    func(*wire.Welcome) // what it adds for them
	lies    func(*wire.Welcome) // what it says otherwise to everybody

	addr string
	stop context.CancelFunc
	done chan struct{}
}

// brought is what a computer has brought of its journal.
type brought struct {
	last   journal.Event
	sealed bool
}

func newTestRelay(t *testing.T) *testRelay {
	t.Helper()
	r := unstarted(t)
	r.start("127.0.0.1:0")
	t.Cleanup(r.kill)
	return r
}

func unstarted(t *testing.T) *testRelay {
	return &testRelay{
		t: t, key: testkit.NewKey(t), ca: testkit.NewKey(t), ended: make(chan wire.End, 10), known: map[string]bool{}, numbers: map[string]wire.Number{}, brings: map[string]*brought{},
		now: time.Now, window: 3600, changed: make(chan struct{}), group: map[*sshd.Conn]bool{},
		adds: func(*wire.Welcome) {},
	}
}

// beside is another relay of the same group, which knows every computer.
func (r *testRelay) beside() *testRelay {
	r.t.Helper()
	other := unstarted(r.t)
	other.key, other.ca, other.access = r.key, r.ca, r.access
	other.resumes = func() wire.Code { return wire.CodeOK }
	other.start("127.0.0.1:0")
	r.t.Cleanup(other.kill)
	return other
}

func (r *testRelay) start(addr string) {
	r.t.Helper()
	server, err := sshd.New(sshd.Options{
		HostKeys: func() []ssh.Signer { return []ssh.Signer{r.key} },
		Authenticate: func(meta ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
			if meta.User() != wire.CustomerUser {
				return nil, errors.New("no such account")
			}
			return string(key.Marshal()), nil
		},
		Channels: map[string]sshd.ChannelHandler{wire.JournalChannel: r.handleJournal},
		Closed:   func(c *sshd.Conn) { r.set(func() { r.forget(c) }) },
		Requests: map[string]sshd.RequestHandler{
			wire.JoinRequest: r.handleJoin, wire.ResumeRequest: r.handleResume,
			wire.ForwardRequest: r.handleForward, wire.EndRequest: r.handleEnd, wire.GroupRequest: r.handleGroup,
		},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	r.server, r.addr, r.stop, r.done = server, l.Addr().String(), cancel, done
	go func() { defer close(done); _ = server.Serve(ctx, l) }()
}

// kill ends the relay as a power cut does.
func (r *testRelay) kill() {
	r.stop()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := r.server.Shutdown(ctx, sshd.ErrShutdown); err != nil {
		r.t.Errorf("the relay's end: %v", err)
	}
	<-r.done
}

// set changes something that others wait for.
func (r *testRelay) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *testRelay) forget(c *sshd.Conn) {
	delete(r.group, c)
	if r.tunnel == c {
		r.tunnel = nil
	}
}

func (r *testRelay) pin() string { return ssh.FingerprintSHA256(r.key.PublicKey()) }

func (r *testRelay) handleJoin(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	m, err := wire.ParseJoin(payload)
	if err != nil {
		return false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	code := wire.CodeOK
	if r.answer != nil {
		code = r.answer(m)
	}
	r.known[c.Identity().(string)] = code == wire.CodeOK
	r.numbers[c.Identity().(string)] = wire.Number(m.Number)
	return r.welcome(c, code)
}

func (r *testRelay) handleResume(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	if _, err := wire.ParseResume(payload); err != nil {
		return false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	code := wire.CodeUnknown
	if r.known[c.Identity().(string)] {
		code = wire.CodeOK
	}
	if r.resumes != nil {
		code = r.resumes()
	}
	return r.welcome(c, code)
}

func (r *testRelay) welcome(c *sshd.Conn, code wire.Code) (bool, []byte) {
	if code != wire.CodeOK {
		return false, wire.Welcome{Code: code, Wait: r.wait}.Marshal()
	}
	number := cmp.Or(r.numbers[c.Identity().(string)], testNumber)
	cert := &ssh.Certificate{
		Key: c.Key(), CertType: ssh.HostCert, KeyId: "test", ValidPrincipals: []string{string(number), number.Host()},
		ValidBefore: ssh.CertTimeInfinity,
	}
	if err := cert.SignCert(rand.Reader, r.ca); err != nil {
		panic(err)
	}
	w := wire.Welcome{
		Code: code, Number: string(number), Owner: "Alice Kim", Account: "alice",
		Certificate: cert.Marshal(), Window: r.window, Now: uint64(r.now().Unix()),
	}
	if r.group[c] {
		r.adds(&w)
	}
	if r.lies != nil {
		r.lies(&w)
	}
	return true, w.Marshal()
}

func (r *testRelay) handleGroup(_ context.Context, c *sshd.Conn, _ []byte) (bool, []byte) {
	r.set(func() { r.group[c] = true })
	return true, nil
}

func (r *testRelay) handleForward(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	m, err := wire.ParseForward(payload)
	r.mu.Lock()
	number := cmp.Or(r.numbers[c.Identity().(string)], testNumber)
	r.mu.Unlock()
	if err != nil || m != (wire.Forward{Host: number.Host(), Port: wire.TunnelPort}) {
		return false, nil
	}
	r.mu.Lock()
	access := wire.Authorize{Entries: slices.Clone(r.access)}
	r.mu.Unlock()
	// Who may enter is known before anyone can.
	go func() {
		if ok, _, err := c.SSH().SendRequest(wire.AuthorizeRequest, true, access.Marshal()); err == nil && ok {
			r.set(func() { r.tunnel = c })
		}
	}()
	return true, nil
}

func (r *testRelay) handleEnd(_ context.Context, _ *sshd.Conn, payload []byte) (bool, []byte) {
	m, err := wire.ParseEnd(payload)
	if err == nil {
		r.ended <- m
	}
	return err == nil, nil
}

// handleJournal takes a journal line by line.
func (r *testRelay) handleJournal(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
	ch, requests, err := nc.Accept()
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	defer ch.Close()
	defer context.AfterFunc(ctx, func() { ch.Close() })()
	lines := bufio.NewReader(ch)
	for {
		last, sealed := r.brought(c.Identity().(string))
		answer := fmt.Sprintf("%d\n", last.Seq)
		if sealed {
			answer += wire.JournalSealed + "\n"
		}
		_, _ = io.WriteString(ch, answer)
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		if err := r.take(c.Identity().(string), last, line); err != nil {
			r.t.Errorf("the journal: %v", err)
			return
		}
	}
}

func (r *testRelay) take(identity string, last journal.Event, line []byte) error {
	if journal.IsSealLine(line) {
		seal, err := journal.ParseSeal(line)
		if err == nil {
			err = seal.Verify(last)
		}
		r.set(func() { r.brings[identity] = &brought{last, true} })
		return err
	}
	e, err := journal.ParseEvent(line)
	if err == nil {
		err = e.Follows(last)
	}
	r.set(func() { r.brings[identity] = &brought{e, false} })
	return err
}

// brought is the last event that a computer has brought, and whether the seal has
// come.
func (r *testRelay) brought(identity string) (last journal.Event, sealed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b := r.brings[identity]; b != nil {
		return b.last, b.sealed
	}
	return journal.Event{}, false
}

// open waits for the customer's tunnel.
func (r *testRelay) open() *sshd.Conn {
	r.t.Helper()
	for deadline := time.After(patience); ; {
		r.mu.Lock()
		tunnel, changed := r.tunnel, r.changed
		r.mu.Unlock()
		if tunnel != nil {
			return tunnel
		}
		select {
		case <-changed:
		case <-deadline:
			r.t.Fatal("the customer's computer did not come")
		}
	}
}

// authorize lets exactly these in.
func (r *testRelay) authorize(entries ...wire.Entry) {
	r.t.Helper()
	ok, _, err := r.open().SSH().SendRequest(wire.AuthorizeRequest, true, wire.Authorize{Entries: entries}.Marshal())
	if err != nil || !ok {
		r.t.Fatalf("authorize: %v, %v", ok, err)
	}
	r.set(func() { r.access = entries })
}

// dial opens a CSR's connection to the computer, without a login.
func (r *testRelay) dial() (net.Conn, error) {
	target := wire.ChannelTarget{Host: testNumber.Host(), Port: wire.TunnelPort, OriginHost: "192.0.2.7", OriginPort: 4711}
	ch, requests, err := r.open().SSH().OpenChannel(wire.ForwardedChannel, target.Marshal())
	if err != nil {
		return nil, err
	}
	go ssh.DiscardRequests(requests)
	return sshd.ChannelConn(ch, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 4711}), nil
}
