package sshd

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"supportd/hack/testkit"

	"golang.org/x/crypto/ssh"
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

// UTF-16 is known by its mark, or by the zero bytes of its first two letters; else
// the bytes stay.
func TestWhatIsUTF16(t *testing.T) {
	for in, want := range map[string]string{
		"\xef\xbb\xbfab": "ab", "\xff\xfea\x00b\x00": "ab", "\xfe\xff\x00a\x00b": "ab", "a\x00b\x00": "ab", "\x00a\x00b": "ab",
		"abcd": "abcd", "a\x00b": "a\x00b", "\xff\xfe": "\xff\xfe", "a\x00\x00\x00": "a\x00\x00\x00", "\x00\x00a\x00": "\x00\x00a\x00", "a\x00bc": "a\x00bc", "ab\x00c": "ab\x00c", "\x00ab\x00": "\x00ab\x00",
		"a\x00bcd": "a\x00bcd", "\x00abc": "\x00abc", "\xfeabc": "\xfeabc", "\xffabc": "\xffabc", "": "",
	} {
		if got := string(narrow([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
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
		t.Errorf("%d, %v, heard %v", n, err, h.watch.heard.Load())
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
