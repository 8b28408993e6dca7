package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

// patience is how long anything may take until a test counts as failed.
const patience = 10 * time.Second

// world is a relay, and the people around it.
type world struct {
	t     testing.TB
	dir   string
	place Place // of its data
	relay *Relay
	log   *testkit.Buffer
	stop  func()
	// listen makes the network that the relay serves, connect uses it.
	listen  func() net.Listener
	connect func(from string) net.Conn
	address string // of the network that listen made last
}

// newWorld is a relay on loopback.
func newWorld(t testing.TB, change func(*Options)) *world {
	t.Helper()
	w := &world{t: t, dir: filepath.Join(t.TempDir(), "data")}
	w.place = newPlace(t, w.dir)
	w.onLoopback()
	w.restart(change)
	return w
}

// onLoopback has the relay serve a port there.
func (w *world) onLoopback() {
	t := w.t
	w.listen = func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		w.address = l.Addr().String()
		w.connect = func(from string) net.Conn {
			var d net.Dialer
			if from != "" {
				d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
			}
			nc, err := d.DialContext(t.Context(), "tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			return nc
		}
		return l
	}
}

// restart serves the data directory, after the relay that serves it now has stopped.
func (w *world) restart(change func(*Options)) {
	w.t.Helper()
	if w.stop != nil {
		w.stop()
	}
	w.log = &testkit.Buffer{}
	opts := Options{Dir: w.dir, Database: w.place.Database, Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if *inGroup {
		opts.Node, opts.Peer = "here", "127.0.0.1:1"
	}
	if change != nil {
		change(&opts)
	}
	r, err := New(w.t.Context(), opts)
	if err != nil {
		w.t.Fatal(err)
	}
	l := w.listen()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Serve(ctx, l) }()
	w.relay = r
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			w.t.Errorf("serve: %v", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.Shutdown(ctx); err != nil {
			w.t.Errorf("shutdown: %v", err)
		}
	})
	w.t.Cleanup(w.stop)
}

// account adds an account as another process would.
func (w *world) account(name string, admin bool) ssh.Signer {
	w.t.Helper()
	key := testkit.NewKey(w.t)
	keys, err := ParseKeys(ssh.MarshalAuthorizedKey(key.PublicKey()), time.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	w.beside(func(s *store.Store) error {
		return s.AddAccount(w.t.Context(), store.Account{Name: name, Display: strings.ToUpper(name), Admin: admin, Created: time.Now(), Keys: keys}, false)
	})
	return key
}

// beside does something to the database that the relay uses, through another
// connection to it, as "support-relay csr …" does.
func (w *world) beside(f func(*store.Store) error) {
	w.t.Helper()
	data, err := OpenPlace(w.t.Context(), w.place, false)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := errors.Join(f(data.Store), data.Close()); err != nil {
		w.t.Fatal(err)
	}
}

// dial logs in from a loopback address; "" is any.
func (w *world) dial(user string, key ssh.Signer, from string) (ssh.Conn, <-chan ssh.NewChannel, <-chan *ssh.Request, error) {
	nc := w.connect(from)
	w.t.Cleanup(func() { nc.Close() })
	return ssh.NewClientConn(nc, "relay:22", &ssh.ClientConfig{
		Config: sshd.Algorithms(), User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.FixedHostKey(w.relay.data.hostKey()), HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
	})
}

// csr is a CSR who is logged in.
type csr struct {
	*ssh.Client
	t testing.TB
}

func (w *world) login(user string, key ssh.Signer) *csr {
	w.t.Helper()
	conn, channels, requests, err := w.dial(user, key, "")
	if err != nil {
		w.t.Fatalf("%s cannot log in: %v", user, err)
	}
	return &csr{ssh.NewClient(conn, channels, requests), w.t}
}

// run runs a relay command.
func (c *csr) run(stdin, line string) (stdout, stderr string, code int) {
	c.t.Helper()
	s, err := c.NewSession()
	if err != nil {
		c.t.Fatal(err)
	}
	defer s.Close()
	var out, problems bytes.Buffer
	s.Stdin, s.Stdout, s.Stderr = strings.NewReader(stdin), &out, &problems
	err = s.Run(line)
	var exit *ssh.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitStatus()
	case err != nil:
		c.t.Fatalf("%s: %v", line, err)
	}
	return out.String(), problems.String(), code
}

// ok runs a command that must succeed.
func (c *csr) ok(line string) string {
	c.t.Helper()
	out, problems, code := c.run("", line)
	if code != 0 {
		c.t.Fatalf("%s: exit code %d\n%s", line, code, problems)
	}
	return out
}

// start opens a support session.
func (c *csr) start() wire.Number {
	c.t.Helper()
	return c.session("session start --json").Number
}

func (c *csr) session(line string) (v api.Session) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.ok(line)), &v); err != nil {
		c.t.Fatal(err)
	}
	return v
}

// await waits until a session is in a state.
func (c *csr) await(n wire.Number, state api.State) api.Session {
	c.t.Helper()
	var v api.Session
	testkit.Eventually(c.t, "the session is "+string(state), func() bool {
		v = c.session("session show --json " + string(n))
		return v.State == state
	})
	return v
}

// direct asks for a channel as "ssh -W HOST:PORT" does.
func (c *csr) direct(host string, port uint32) (ssh.Channel, <-chan *ssh.Request, error) {
	return c.OpenChannel(wire.DirectChannel, wire.ChannelTarget{Host: host, Port: port, OriginHost: "127.0.0.1", OriginPort: 1}.Marshal())
}

// held is one end of a spliced connection, as the CSR or the computer has it.
type held struct {
	ssh.Channel
	requests <-chan *ssh.Request
}

// pair opens a connection of the CSR to the computer.
func pair(c *csr, p *pc, n wire.Number) (near, far held) {
	c.t.Helper()
	accepted := make(chan held, 1)
	go func() {
		defer close(accepted)
		if ch, requests, err := (<-p.channels).Accept(); err == nil {
			accepted <- held{ch, requests}
		}
	}()
	ch, requests, err := c.direct(n.Host(), wire.TunnelPort)
	if err != nil {
		c.t.Fatal(err)
	}
	return held{ch, requests}, receive(c.t, accepted)
}

// refusal is the text with which a channel was refused; "" when it was not.
func refusal(err error) string {
	var refused *ssh.OpenChannelError
	if errors.As(err, &refused) {
		return refused.Message
	}
	return ""
}

func receive[T any](t testing.TB, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatal("nothing came in time")
	}
	return v
}
