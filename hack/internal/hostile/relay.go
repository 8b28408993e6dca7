//go:build unix

package hostile

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// Relay is the real support-relay, with a liar before it that has its keys: to everybody
// the two are that relay. What is no lie is the real relay's own answer. The liar logs in
// there as each CSR with a key of its own, and as each computer with another key, for which
// it puts the true ones into what it passes on. It is safe for concurrent use.
type Relay struct {
	rig.Relay // Addr is the liar's

	inner       *rig.Relay
	hostKey, ca ssh.Signer
	server      *sshd.Server
	stop        context.CancelFunc
	serving     sync.WaitGroup

	mu        sync.Mutex // no other lock is taken under it
	lies      map[wire.Number]*Lies
	answers   map[string]func(command string, out []byte) []byte // by account
	computers map[wire.Number]*computer
	standIns  map[string]ssh.Signer // by the computer's key
	own       map[string]ssh.Signer // the liar's keys, by account
}

// Lies are what is said about one support session instead of the truth. Nil is the truth.
type Lies struct {
	Welcome   func(*wire.Welcome)
	Authorize func(*wire.Authorize)
	// Serve serves the connections of CSRs in the computer's place.
	Serve func(net.Conn)
	// To is the session to whose computer CSRs are brought; "" is this one.
	To wire.Number
	// Tamper changes what CSR and computer send to each other.
	Tamper func(toComputer bool, from io.Reader) io.Reader
	// Report changes the lines of its report.
	Report func(out []byte) []byte
}

// computer is one that has joined.
type computer struct {
	conn *sshd.Conn
	key  ssh.PublicKey
	// standIn is the key that the real relay knows it by.
	standIn ssh.Signer
	seal    []byte // the line with which it has signed its journal
}

// login is the identity of a connection: somebody who has shown some key.
type login struct {
	user string
	key  ssh.PublicKey
	up   *sshd.Client // to the real relay
	done sync.WaitGroup
}

// Start starts both on loopback, with the data in a directory.
func Start(ctx context.Context, p rig.Programs, data string, more ...string) (_ *Relay, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{
		own: map[string]ssh.Signer{}, lies: map[wire.Number]*Lies{}, answers: map[string]func(string, []byte) []byte{},
		computers: map[wire.Number]*computer{}, standIns: map[string]ssh.Signer{},
	}
	if r.inner, err = rig.StartRelay(ctx, p, data, "", nil, append(more, "--names", l.Addr().String())...); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	r.Relay = *r.inner
	r.Addr = l.Addr().String()
	if r.hostKey, err = readKey(filepath.Join(data, "host_key")); err == nil {
		r.ca, err = readKey(filepath.Join(data, "ca_key"))
	}
	if err == nil {
		r.server, err = sshd.New(r.options())
	}
	if err != nil {
		r.inner.Kill()
		return nil, errors.Join(err, l.Close())
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.serving.Go(func() { _ = r.server.Serve(serving, l) })
	return r, nil
}

// Close ends both.
func (r *Relay) Close() {
	r.stop()
	_ = r.server.Shutdown(context.Background(), sshd.ErrShutdown)
	r.serving.Wait()
	r.inner.Kill()
}

func newKey() ssh.Signer {
	signer, _ := newKeyPair()
	return signer
}

func newKeyPair() (ssh.Signer, ed25519.PrivateKey) {
	_, key, _ := ed25519.GenerateKey(rand.Reader) // crypto/rand does not fail
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		panic(err) // it is an ed25519 key
	}
	return signer, key
}

func readKey(file string) (ssh.Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return ssh.ParsePrivateKey(text)
}

func (r *Relay) options() sshd.Options {
	pass := map[string]sshd.RequestHandler{}
	for _, name := range []string{
		wire.JoinRequest, wire.ResumeRequest, wire.EndRequest, wire.AwayRequest, wire.ReturnRequest, wire.ForwardRequest, wire.CancelForward,
		wire.GroupRequest,
	} {
		pass[name] = func(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) { return r.ask(c, name, payload) }
	}
	return sshd.Options{
		HostKeys: func() []ssh.Signer { return []ssh.Signer{r.hostKey} },
		Authenticate: func(meta ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
			return &login{user: meta.User(), key: key}, nil
		},
		Certificates: true,
		Opened:       r.opened,
		Closed:       func(c *sshd.Conn) { l := c.Identity().(*login); l.up.Close(); l.done.Wait() },
		Requests:     pass,
		Channels: map[string]sshd.ChannelHandler{
			"session": r.handleSession, wire.DirectChannel: r.handleDirect, wire.JournalChannel: r.handleJournal,
		},
		Software: "supportd_relay",
		Log:      slog.New(slog.DiscardHandler),
	}
}

// opened logs in at the real relay for somebody who has logged in here.
func (r *Relay) opened(c *sshd.Conn) error {
	l := c.Identity().(*login)
	as, version := r.standIn(l.key), wire.DaemonSoftware
	if l.user != wire.CustomerUser {
		as, version = r.Own(l.user), "supportctl"
	}
	nc, err := new(net.Dialer).DialContext(c.Context(), "tcp", r.inner.Addr)
	if err != nil {
		return err
	}
	l.up, err = sshd.NewClient(c.Context(), nc, &ssh.ClientConfig{
		User: l.user, Auth: []ssh.AuthMethod{ssh.PublicKeys(as)}, HostKeyCallback: ssh.FixedHostKey(r.hostKey.PublicKey()),
		ClientVersion: wire.Banner(version),
	})
	if err != nil {
		return err
	}
	l.done.Go(func() {
		for req := range l.up.Requests {
			ok := l.user == wire.CustomerUser && r.tell(c, req.Type, req.Payload)
			if req.WantReply {
				_ = req.Reply(ok, nil)
			}
		}
		c.End(errors.New("the real relay has ended the connection"))
	})
	l.done.Go(func() {
		for nc := range l.up.Channels {
			l.done.Go(func() { pass(nc, c.SSH(), nc.ChannelType(), nc.ExtraData(), nil) })
		}
	})
	return nil
}

// Own is the liar's key for an account, which has it beside its CSR's.
func (r *Relay) Own(account string) ssh.Signer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.own[account] == nil {
		r.own[account] = newKey()
	}
	return r.own[account]
}

// standIn is the key by which the real relay knows a computer, here too when it comes back.
func (r *Relay) standIn(key ssh.PublicKey) ssh.Signer {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := string(key.Marshal())
	if r.standIns[name] == nil {
		r.standIns[name] = newKey()
	}
	return r.standIns[name]
}

// Lie has these lies told about a support session from now on; nil is none.
func (r *Relay) Lie(n wire.Number, lies *Lies) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lies[n] = lies
}

func (r *Relay) liesOf(n wire.Number) Lies {
	r.mu.Lock()
	defer r.mu.Unlock()
	if l := r.lies[n]; l != nil {
		return *l
	}
	return Lies{}
}

// Answer has change make what the relay's commands answer to an account; nil is the truth.
func (r *Relay) Answer(account string, change func(command string, out []byte) []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers[account] = change
}

// ask passes a computer's request on.
func (r *Relay) ask(c *sshd.Conn, name string, payload []byte) (bool, []byte) {
	l := c.Identity().(*login)
	ok, reply, err := l.up.SendRequest(name, true, payload)
	if err != nil {
		return false, nil
	}
	if name == wire.JoinRequest || name == wire.ResumeRequest {
		reply = r.welcome(c, l, reply)
	}
	return ok, reply
}

// welcome certifies the computer's own key in the place of its stand-in's.
func (r *Relay) welcome(c *sshd.Conn, l *login, reply []byte) []byte {
	w, err := wire.ParseWelcome(reply)
	if err == nil && w.Code == wire.CodeEnded {
		r.mu.Lock()
		for _, known := range r.computers { // it brings the rest of its journal
			if bytes.Equal(known.key.Marshal(), l.key.Marshal()) {
				known.conn = c
			}
		}
		r.mu.Unlock()
	}
	if err != nil || w.Code != wire.CodeOK {
		return reply
	}
	n := wire.Number(w.Number)
	r.mu.Lock()
	r.computers[n] = &computer{conn: c, key: l.key, standIn: r.standIns[string(l.key.Marshal())]}
	r.mu.Unlock()
	if w.Certificate, err = r.Certify(w.Certificate, l.key); err != nil {
		return nil
	}
	if lie := r.liesOf(n).Welcome; lie != nil {
		lie(&w)
	}
	return w.Marshal()
}

// Certify makes a certificate as an honest one is, for another key, and under more names.
func (r *Relay) Certify(honest []byte, key ssh.PublicKey, more ...string) ([]byte, error) {
	parsed, err := ssh.ParsePublicKey(honest)
	if err != nil {
		return nil, err
	}
	cert, ok := parsed.(*ssh.Certificate)
	if !ok {
		return nil, errors.New("the relay has sent no certificate")
	}
	cert.Key, cert.ValidPrincipals = key, append(cert.ValidPrincipals, more...)
	err = cert.SignCert(rand.Reader, r.ca)
	return cert.Marshal(), err
}

// tell passes on to a computer what the real relay says.
func (r *Relay) tell(c *sshd.Conn, name string, payload []byte) bool {
	n, ok := r.numberOf(c)
	if !ok {
		return false
	}
	if name == wire.AuthorizeRequest {
		m, err := wire.ParseAuthorize(payload)
		if err != nil {
			return false
		}
		payload = r.authorize(n, m).Marshal()
	}
	ok, _, err := c.SSH().SendRequest(name, true, payload)
	return ok && err == nil
}

// authorize is the list of who may enter, without the liar's own keys unless it lies.
func (r *Relay) authorize(n wire.Number, m wire.Authorize) wire.Authorize {
	var honest wire.Authorize
	for _, e := range m.Entries {
		if !bytes.Equal(e.Key, r.Own(e.Account).PublicKey().Marshal()) {
			honest.Entries = append(honest.Entries, e)
		}
	}
	if lie := r.liesOf(n).Authorize; lie != nil {
		lie(&honest)
	}
	return honest
}

// numberOf is the session that a computer has joined by this connection.
func (r *Relay) numberOf(c *sshd.Conn) (wire.Number, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n, one := range r.computers {
		if one.conn == c {
			return n, true
		}
	}
	return "", false
}

func (r *Relay) computerOf(n wire.Number) (*computer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.computers[n]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("no computer has joined %s", n)
}

// Computer is the connection of the computer of a session.
func (r *Relay) Computer(n wire.Number) (*ssh.ServerConn, error) {
	c, err := r.computerOf(n)
	if err != nil {
		return nil, err
	}
	return c.conn.SSH(), nil
}
