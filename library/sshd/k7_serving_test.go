package sshd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

// Who has not proven a key was never there: neither their coming nor their going is
// told. Who was let in is told of once each.
func TestOnlyWhoIsInIsToldOf(t *testing.T) {
	var opened, closed atomic.Int32
	w := newWorld(t, func(o *Options) {
		o.Opened = func(c *Conn) error {
			if opened.Add(1) == 2 {
				return errUnknown
			}
			return nil
		}
		o.Closed = func(*Conn) { closed.Add(1) }
	})
	if c, err := w.login(w.config("alice", testkit.NewKey(t))); err == nil {
		c.Close()
		t.Fatal("a stranger came in")
	}
	if opened.Load() != 0 {
		t.Error("a stranger's coming was told")
	}
	c := w.alice()
	c.Close()
	testkit.Eventually(t, "the end", func() bool { return closed.Load() == 1 })
	if c, err := w.login(w.config("alice", w.keys["alice"])); err == nil {
		c.Close()
		t.Error("whom Opened refuses came in")
	}
	w.shutdown()
	if opened.Load() != 2 || closed.Load() != 1 {
		t.Errorf("%d came, %d went", opened.Load(), closed.Load())
	}
}

// In a handler there is a protocol side, an identity and the key that was proven.
func TestWhatAHandlerKnows(t *testing.T) {
	known := make(chan bool, 1)
	w := newWorld(t, func(o *Options) {
		o.Requests["known@test"] = func(_ context.Context, c *Conn, _ []byte) (bool, []byte) {
			known <- c.SSH() != nil && c.Identity() == any("alice") && c.Key() != nil && c.Context().Err() == nil && c.Source() == "192.0.2.1"
			return true, nil
		}
	})
	w.server.opts.Channels["known"] = func(_ context.Context, c *Conn, nc ssh.NewChannel) {
		known <- c.SSH() != nil && c.Identity() == any("alice") && c.Key() != nil
		_ = nc.Reject(ssh.Prohibited, "")
	}
	first := w.alice() // whose first request is a channel
	if _, _, err := first.OpenChannel("known", nil); err == nil || !<-known {
		t.Errorf("a channel: %v", err)
	}
	c := w.alice()
	if ok, _, err := c.SendRequest("known@test", true, nil); !ok || err != nil || !<-known {
		t.Errorf("%t, %v", ok, err)
	}
	if ok, _, err := c.SendRequest("nothing@test", true, nil); ok || err != nil {
		t.Errorf("an unknown request: %t, %v", ok, err)
	}
	early := &Conn{}
	if early.SSH() != nil || early.Identity() != nil || early.Key() != nil {
		t.Error("somebody is known before their key is proven")
	}
}

// A channel request that panics is refused, and the channel goes on; so is one that
// nobody knows.
func TestH9_ARequestThatPanicsIsRefused(t *testing.T) {
	sessions := Sessions{
		Exec: func(context.Context, *Session) int { return 7 },
		Requests: map[string]func(context.Context, *Session, []byte) bool{
			"panic@test": func(context.Context, *Session, []byte) bool { panic("request") },
			"yes@test":   func(context.Context, *Session, []byte) bool { return true },
		},
	}
	w := newWorld(t, func(o *Options) { o.Channels["session"] = sessions.Handle })
	s, err := w.alice().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, want := range map[string]bool{"panic@test": false, "yes@test": true, "nothing@test": false} {
		if ok, err := s.SendRequest(name, true, nil); ok != want || err != nil {
			t.Errorf("%s: %t, %v", name, ok, err)
		}
	}
	var exit *ssh.ExitError
	if err := s.Run("x"); !errors.As(err, &exit) || exit.ExitStatus() != 7 {
		t.Errorf("afterwards: %v", err)
	}
}

// answering is a channel whose client answers requests after so long.
type answering struct {
	ssh.Channel
	after time.Duration
	asked atomic.Int32
}

func (a *answering) SendRequest(string, bool, []byte) (bool, error) {
	a.asked.Add(1)
	<-time.After(a.after)
	return false, nil
}

// Settling ends with the client's answer, and after half a second without one; then
// the client is not asked again.
func TestSettlingTakesNoLongerThanTheClient(t *testing.T) {
	const most = 500 * time.Millisecond
	for after, want := range map[time.Duration]struct {
		takes, again time.Duration
		asked        int32
	}{
		0: {0, 0, 2}, most - 1: {most - 1, most - 1, 2}, time.Minute: {most, 0, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			near, far := pipe()
			defer far.Close()
			ch := &answering{after: after}
			s := &Session{Conn: newConn(t.Context(), newWorld(t, nil).server, near), ch: ch}
			for _, takes := range []time.Duration{want.takes, want.again} {
				began := time.Now()
				if s.Settle(); time.Since(began) != takes {
					t.Errorf("an answer after %v: it took %v, want %v", after, time.Since(began), takes)
				}
			}
			if s.tasks.Wait(); ch.asked.Load() != want.asked {
				t.Errorf("an answer after %v: asked %d times", after, ch.asked.Load())
			}
		})
	}
}

// failingChannel is one of which nothing works, in a way of the test's.
type failingChannel struct{ fail func() error }

func (c failingChannel) Read([]byte) (int, error)  { return 0, c.fail() }
func (c failingChannel) Write([]byte) (int, error) { return 0, c.fail() }
func (c failingChannel) Close() error              { return c.fail() }
func (c failingChannel) CloseWrite() error         { return c.fail() }
func (c failingChannel) Stderr() io.ReadWriter     { return c }
func (c failingChannel) SendRequest(string, bool, []byte) (bool, error) {
	return false, c.fail()
}

// H9: what panics in a goroutine of a channel's, or while a connection begins, ends
// neither the server nor the other connections.
func TestH9_PanicsOfAConnectionAreItsOwn(t *testing.T) {
	var panics atomic.Bool
	w := newWorld(t, func(o *Options) {
		keys := o.HostKeys
		o.HostKeys = func() []ssh.Signer {
			if panics.Load() {
				panic("keys")
			}
			return keys()
		}
	})
	near, far := pipe()
	defer far.Close()
	s := &Session{Conn: newConn(t.Context(), w.server, near), ch: failingChannel{func() error { panic("channel") }}, Terminal: &Terminal{}}
	s.Settle()
	if _, more := <-s.Input(t.Context()); more {
		t.Error("something was read")
	}
	s.WatchInterrupt()
	s.tasks.Wait()
	panics.Store(true)
	if c, err := w.login(w.config("alice", w.keys["alice"])); err == nil {
		c.Close()
		t.Error("let in by a server without keys")
	}
	panics.Store(false)
	w.alice()
	for _, where := range []string{"settling", "input", "interrupt", "connection"} {
		testkit.Eventually(t, "the panic in "+where+" in the log", func() bool { return strings.Contains(w.log.String(), where) })
	}
}

// UTF-16 is known by its mark, or by the zero bytes of its first two letters; else
// the bytes stay.
func TestWhatIsUTF16(t *testing.T) {
	for in, want := range map[string]string{
		"\xef\xbb\xbfab": "ab", "\xff\xfea\x00b\x00": "ab", "\xfe\xff\x00a\x00b": "ab", "a\x00b\x00": "ab", "\x00a\x00b": "ab",
		"abcd": "abcd", "a\x00b": "a\x00b", "\xff\xfe": "\xff\xfe", "a\x00\x00\x00": "a\x00\x00\x00", "\x00\x00a\x00": "\x00\x00a\x00", "a\x00bc": "a\x00bc", "ab\x00c": "ab\x00c", "\x00ab\x00": "\x00ab\x00",
		"\x01\x00b\x00": "\x01b", "a\x00\x01\x00": "a\x01", "\x00\x01\x00b": "\x01b", "\x00a\x00\x01": "a\x01", "\xff\xfea": "\xff\xfea",
		"a\x00bcd": "a\x00bcd", "\x00abc": "\x00abc", "\xfeabc": "\xfeabc", "\xffabc": "\xffabc", "": "",
	} {
		if got := string(narrow([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for pattern := range 16 {
		shape, in := "", ""
		for i := range 4 {
			if pattern>>i&1 == 0 {
				shape, in = shape+".", in+"\x00"
			} else {
				shape, in = shape+"x", in+"x"
			}
		}
		want := in
		if shape == "x.x." || shape == ".x.x" {
			want = "xx"
		}
		if got := string(narrow([]byte(in))); got != want {
			t.Errorf("%s: %q, want %q", shape, got, want)
		}
	}
	for in, want := range map[string][2]string{"a\nb": {"a", "b"}, "a\r\nb": {"a", "\nb"}, "\n": {"", ""}, "a": {"a", ""}, "": {"", ""}} {
		if line, rest := cutLine([]byte(in)); string(line) != want[0] || string(rest) != want[1] {
			t.Errorf("%q: %q, %q", in, line, rest)
		}
	}
}

// Every byte that comes shows that the other side is there.
func TestN1_BytesAreASignOfLife(t *testing.T) {
	near, far := pipe()
	defer near.Close()
	defer far.Close()
	h := heardConn{near, &watch{}}
	if _, err := far.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Read(make([]byte, 9)); n != 1 || err != nil || h.watch.heard.Load() == nil {
		t.Errorf("%d, %v, not heard", n, err)
	}
	far.Close()
	h.watch.heard.Store(nil)
	if _, err := h.Read(make([]byte, 9)); err == nil || h.watch.heard.Load() != nil {
		t.Errorf("%v: an end is taken for a sign of life", err)
	}
}

// A channel of a kind that nobody serves is refused with a reason that says so.
func TestAnUnknownKindOfChannelIsRefused(t *testing.T) {
	_, _, err := newWorld(t, nil).alice().OpenChannel("x11", nil)
	var refused *ssh.OpenChannelError
	if !errors.As(err, &refused) || refused.Reason != ssh.Prohibited || refused.Message != "this kind of channel is not offered here" {
		t.Errorf("%v", err)
	}
}

// When all places are taken, the oldest makes room for a source that holds none; for
// one that holds as many, only when a login has had its time. Who holds most goes first,
// with the older one. Nothing is kept of those that have gone.
func TestN2_WhoMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Server{opts: Options{Log: slog.New(slog.DiscardHandler)}, conns: map[*Conn]struct{}{}, silent: newLogins(), logins: newLogins()}
		come := func(source int) (*Conn, bool) {
			near, far := pipe()
			near.(*pipeEnd).addr = fmt.Sprintf("192.0.2.%d:1", source)
			t.Cleanup(func() { near.Close(); far.Close() })
			c := newConn(t.Context(), w, near)
			return c, w.admit(c)
		}
		var all []*Conn
		began := time.Now()
		for i := range MaxUnauthenticated {
			c, ok := come(i)
			if !ok {
				t.Fatalf("login %d is refused", i+1)
			}
			all = append(all, c)
			time.Sleep(time.Nanosecond)
		}
		newcomer, ok := come(200)
		if !ok || context.Cause(all[0].Context()) != ErrFull || all[1].Context().Err() != nil {
			t.Error("the oldest did not make room for who holds none")
		}
		time.Sleep(patience - time.Since(began)) // all[1] came a nanosecond later
		if _, ok := come(200); ok || all[1].Context().Err() != nil {
			t.Error("somebody had to make room for a second one before their time was over")
		}
		time.Sleep(time.Nanosecond)
		second, ok := come(200)
		if !ok || context.Cause(all[1].Context()) != ErrFull || newcomer.Context().Err() != nil {
			t.Error("the oldest did not make room when their time was over")
		}
		if _, ok := come(201); !ok || context.Cause(newcomer.Context()) != ErrFull || second.Context().Err() != nil || all[2].Context().Err() != nil {
			t.Error("who holds most did not make room, the older one first")
		}
		if n, _ := w.silent.Taken(); n != MaxUnauthenticated {
			t.Errorf("%d logins are counted", n)
		}
		for c := range w.conns {
			w.remove(c)
		}
		if n, sources := w.silent.Taken(); n != 0 || sources != 0 || len(w.conns) != 0 {
			t.Errorf("left: %d logins, %d sources, %d connections", n, sources, len(w.conns))
		}
	})
}

// Of one source so many may be in their login, and each that ends makes room for one.
func TestN3_LoginsOfASource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &Server{opts: Options{Log: slog.New(slog.DiscardHandler)}, conns: map[*Conn]struct{}{}, silent: newLogins(), logins: newLogins()}
		come := func() (*Conn, bool) {
			near, far := pipe()
			t.Cleanup(func() { near.Close(); far.Close() })
			c := newConn(t.Context(), w, near)
			return c, w.admit(c)
		}
		var all []*Conn
		for i := range MaxPerSource + 2 {
			c, ok := come()
			if ok != (i < MaxPerSource) {
				t.Errorf("login %d: %t", i+1, ok)
			}
			all = append(all, c)
		}
		w.remove(all[0])
		all[1].watch.find = func() ssh.Conn { return nil }
		w.authenticated(all[1])
		for i := range 3 {
			if _, ok := come(); ok != (i < 2) {
				t.Errorf("after two have gone, login %d: %t", i+1, ok)
			}
		}
		time.Sleep(LoginGrace - time.Nanosecond)
		synctest.Wait()
		if err := context.Cause(all[2].Context()); err != nil {
			t.Errorf("before its time is over: %v", err)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if err := context.Cause(all[2].Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("when its time is over: %v", err)
		}
		if all[1].Context().Err() != nil {
			t.Error("who has proven a key is cut off")
		}
		all[1].watch.stop()
		w.closed = true
		if _, ok := come(); ok {
			t.Error("a server that is closed takes somebody")
		}
	})
}
