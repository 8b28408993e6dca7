package sshd

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

// posing is a key that says it is of RSA, and holds something else.
type posing struct{ ssh.PublicKey }

func (posing) Type() string { return ssh.KeyAlgoRSA }

// numbered is one that has numbers, of another kind.
type numbered struct{ posing }

func (n numbered) CryptoPublicKey() any { return n.PublicKey.(ssh.CryptoPublicKey).CryptoPublicKey() }

func TestH15_AKeyThatIsNotWhatItSays(t *testing.T) {
	key := testkit.NewKey(t).PublicKey()
	for name, k := range map[string]ssh.PublicKey{"without numbers": posing{key}, "with other numbers": numbered{posing{key}}} {
		if err := CheckKey(k); err == nil {
			t.Errorf("%s: it may log in", name)
		}
	}
}

// closing is a connection that cannot be written or closed without an error, and on which
// nothing comes.
type closing struct {
	net.Conn
	closed chan struct{}
}

func (c closing) Close() error              { close(c.closed); return io.ErrNoProgress }
func (c closing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
func (c closing) Read([]byte) (int, error) {
	<-c.closed
	return 0, io.EOF
}

// What could not be closed or written is an error for whoever asked for it.
func TestErrorsOfConnectionsAreTold(t *testing.T) {
	near, far := pipe()
	defer near.Close()
	defer far.Close()
	fresh := func() closing { return closing{near, make(chan struct{})} }
	c := &Conn{Conn: fresh(), cancel: func(error) {}}
	if err := c.Close(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a connection: %v", err)
	}
	c.unsent = 3
	if n, err := c.Write([]byte("abcde")); n != 3 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("%d, %v", n, err)
	}
	if err := ChannelConn(failingChannel{func() error { return io.ErrNoProgress }}, address("x")).Close(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a channel: %v", err)
	}
	ended := &Client{Conn: closedConn{}, watch: &watch{}}
	if err := ended.Close(); !errors.Is(err, io.ErrNoProgress) || !ended.watch.stopped {
		t.Errorf("a client: %v, stopped %t", err, ended.watch.stopped)
	}
	ended.watch.stopped = false
	if err := ended.Wait(); !errors.Is(err, io.EOF) || !ended.watch.stopped {
		t.Errorf("a client that is waited for: %v, stopped %t", err, ended.watch.stopped)
	}
	ended.lost.Store(true)
	if err := ended.Wait(); !errors.Is(err, ErrLost) {
		t.Errorf("one that fell silent: %v", err)
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		bad := fresh()
		c := newConn(t.Context(), newWorld(t, nil).server, bad)
		if c.greet() || time.Since(began) != 0 {
			t.Errorf("who cannot be greeted is waited for, %v", time.Since(began))
		}
		c.cancel(nil)
	})
}

type closedConn struct{ ssh.Conn }

func (closedConn) Close() error { return io.ErrNoProgress }
func (closedConn) Wait() error  { return io.EOF }

// Where a connection comes from is its address without the port, or all of it.
func TestTheSourceOfAConnection(t *testing.T) {
	for addr, want := range map[string]string{"192.0.2.7:22": "192.0.2.7", "[2001:db8::1]:22": "2001:db8::1", "pipe": "pipe", "2001:db8::1": "2001:db8::1"} {
		near, _ := pipe()
		near.(*pipeEnd).addr = addr
		if got := (&Conn{Conn: near}).Source(); got != want {
			t.Errorf("%s: %q", addr, got)
		}
	}
}

// A handshake with one who is silent ends with its context, and at the latest after the
// time that a login has.
func TestAHandshakeEndsWithItsContext(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{time.Second: time.Second, time.Hour: LoginGrace} {
		synctest.Test(t, func(t *testing.T) {
			near, far := pipe()
			defer far.Close()
			ctx, cancel := context.WithTimeout(t.Context(), given)
			defer cancel()
			began := time.Now()
			c, err := NewClient(ctx, near, &ssh.ClientConfig{HostKeyCallback: ssh.InsecureIgnoreHostKey()})
			if c != nil || err == nil || time.Since(began) != want {
				t.Errorf("%v after %v, want %v", err, time.Since(began), want)
			}
			if _, err := near.Write([]byte("x")); err == nil {
				t.Error("the connection is open")
			}
		})
	}
}

// Which host keys a client takes is what it was told, or what all of ours take.
func TestTheHostKeysOfAClient(t *testing.T) {
	w := newWorld(t, nil)
	for _, c := range []struct {
		algorithms []string
		ok         bool
	}{{nil, true}, {[]string{ssh.KeyAlgoED25519}, true}, {[]string{ssh.KeyAlgoECDSA256}, false}} {
		cfg := w.config("alice", w.keys["alice"])
		cfg.HostKeyAlgorithms = c.algorithms
		client, err := NewClient(t.Context(), w.dial(), cfg)
		if (err == nil) != c.ok {
			t.Errorf("%q: %v", c.algorithms, err)
		}
		if err == nil {
			client.Close()
		}
	}
}

// Who has offered keys in vain is told of at the end, once, with the last name and how many
// keys; who was let in, or offered none, is not.
func TestWhoWasRefusedIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type told struct {
			user string
			keys int
		}
		refusals := make(chan told, 9)
		var refuse error
		w := newWorld(t, func(o *Options) {
			o.Refused = func(c *Conn, user string, keys int) {
				if c.Context().Err() == nil {
					t.Error("its connection is not at its end")
				}
				refusals <- told{user, keys}
			}
			o.Opened = func(*Conn) error { return refuse }
		})
		expect := func(what string, want ...told) {
			t.Helper()
			synctest.Wait()
			if len(refusals) != len(want) {
				t.Errorf("%s: told of %d, want %d", what, len(refusals), len(want))
			}
			for _, r := range want {
				if got := <-refusals; got != r {
					t.Errorf("%s: %+v, want %+v", what, got, r)
				}
			}
		}
		stranger := func() ssh.Signer { return testkit.NewKey(t) }
		try := func(user string, keys ...ssh.Signer) {
			if c, err := w.login(w.config(user, keys...)); err == nil {
				c.Close()
			}
		}
		try("alice", w.keys["alice"])
		expect("let in")
		try("alice", stranger(), w.keys["alice"])
		expect("let in with the second key")
		w.dial().Close()
		expect("nothing was offered")
		try("bob", stranger())
		expect("one key", told{"bob", 1})
		try("bob", stranger(), stranger(), stranger())
		expect("three keys", told{"bob", 3})
		refuse = errUnknown
		try("alice", stranger(), w.keys["alice"])
		expect("refused after all", told{"alice", 2})
		w.shutdown()
	})
}

// Closed is called when the last handler has returned, not before.
func TestClosedWaitsForTheLastHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, closed := make(chan bool), make(chan error, 2)
		w := newWorld(t, func(o *Options) {
			o.Channels["wait"] = func(_ context.Context, _ *Conn, nc ssh.NewChannel) {
				if ch, requests, err := nc.Accept(); err == nil {
					go ssh.DiscardRequests(requests)
					defer ch.Close()
				}
				<-release
			}
			o.Closed = func(c *Conn) { closed <- context.Cause(c.Context()) }
		})
		c, err := w.login(w.config("alice", w.keys["alice"]))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, _, err := c.OpenChannel("wait", nil); err != nil {
				t.Fatal(err)
			}
		}
		c.Close()
		for range 2 {
			synctest.Wait()
			if len(closed) > 0 {
				t.Fatal("it was told before its handlers had ended")
			}
			release <- true
		}
		if err := <-closed; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		w.shutdown()
	})
}

// A client that has gone before it said who it is holds nothing: its connection is closed
// at once, though it might still read.
func TestG9_WhoGoesWithoutAWordIsClosed(t *testing.T) {
	for _, said := range []string{"", "SSH-2.0-x", "SSH-2.0-x\r\n\x00\x00"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, nil)
			nc := w.dial().(*pipeEnd)
			if _, err := io.WriteString(nc, said); err != nil {
				t.Fatal(err)
			}
			nc.out.mu.Lock()
			nc.out.closed = true
			nc.out.more.Broadcast()
			nc.out.mu.Unlock()
			began := time.Now()
			rest, err := io.ReadAll(nc)
			if err != nil || !strings.HasPrefix(string(rest), "SSH-2.0-supportd") || time.Since(began) > kexInitPatience {
				t.Errorf("%q: closed after %v, %v", said, time.Since(began), err)
			}
			silent, _ := w.server.silent.Taken()
			if logins, _ := w.server.logins.Taken(); silent+logins != 0 {
				t.Errorf("%q: its place is taken", said)
			}
			w.shutdown()
		})
	}
}

// Whoever waits for what is read ahead hears of its end.
func TestReadingAheadHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &readahead{}
		r.more.L = &r.mu
		got := make(chan int, 1)
		take := func() { got <- r.take(make([]byte, 2)) }
		go take()
		synctest.Wait()
		if n, err := r.Write([]byte("abc")); n != 3 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if n := <-got; n != 2 {
			t.Errorf("%d bytes", n)
		}
		if take(); <-got != 1 {
			t.Error("the rest is lost")
		}
		go take()
		synctest.Wait()
		if r.finish(); <-got != 0 {
			t.Error("something comes behind the end")
		}
	})
}
