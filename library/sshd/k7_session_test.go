package sshd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"

	gssh "github.com/gliderlabs/ssh"
	"golang.org/x/crypto/ssh"
)

// offered is a channel that a client opens, without a client.
type offered struct {
	ssh.Channel
	ssh.NewChannel
	requests chan *ssh.Request
	accept   error
	closed   atomic.Int32
	rejected ssh.RejectionReason
	sent     []string
	errs     bytes.Buffer
}

func (o *offered) Accept() (ssh.Channel, <-chan *ssh.Request, error) {
	if o.accept != nil {
		return nil, nil, o.accept
	}
	return o, o.requests, nil
}

func (o *offered) Reject(reason ssh.RejectionReason, _ string) error { o.rejected = reason; return nil }
func (o *offered) ChannelType() string                               { return "session" }
func (o *offered) Close() error                                      { o.closed.Add(1); return nil }
func (o *offered) CloseWrite() error                                 { o.sent = append(o.sent, "EOF"); return nil }
func (o *offered) Stderr() io.ReadWriter                             { return &o.errs }
func (o *offered) SendRequest(name string, _ bool, payload []byte) (bool, error) {
	o.sent = append(o.sent, fmt.Sprintf("%s %x", name, payload))
	return true, nil
}

// quietConn is a connection of a server of the test's, without a client.
func quietConn(t *testing.T) (*world, *Conn) {
	t.Helper()
	w := newWorld(t, nil)
	near, far := pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	return w, newConn(t.Context(), w.server, near)
}

// A channel's handler returns when its program has, and closes it; a channel that is gone
// before it could be accepted is none.
func TestAChannelIsServedToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := quietConn(t)
		Sessions{}.Handle(t.Context(), c, &offered{accept: io.EOF})

		alone := &offered{requests: make(chan *ssh.Request)}
		close(alone.requests)
		Sessions{}.Handle(t.Context(), c, alone)
		if alone.closed.Load() == 0 {
			t.Error("a channel without a program stays open")
		}

		release, returned := make(chan int), make(chan bool, 1)
		busy := &offered{requests: make(chan *ssh.Request)}
		go func() {
			Sessions{Exec: func(context.Context, *Session) int { return <-release }}.Handle(t.Context(), c, busy)
			returned <- true
		}()
		busy.requests <- &ssh.Request{Type: "exec", Payload: ssh.Marshal(signalRequest{"x"})}
		close(busy.requests)
		synctest.Wait()
		if len(returned) > 0 {
			t.Error("it returned before its program did")
		}
		release <- 7
		if <-returned; busy.closed.Load() == 0 || strings.Join(busy.sent, ", ") != "exit-status 00000007, EOF" {
			t.Errorf("closed %d times, sent %q", busy.closed.Load(), busy.sent)
		}
	})
}

// G5: what waits in a channel that is flooded ends at once, whether or not the client
// confirms that it is closed.
func TestG5_AFloodedChannelEndsWhatWaitsInIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := quietConn(t)
		ended := make(chan error, 2*MaxReplies)
		o := Sessions{Requests: map[string]func(context.Context, *Session, []byte) bool{"ask": func(ctx context.Context, _ *Session, _ []byte) bool {
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return false
		}}}
		ch := &offered{requests: make(chan *ssh.Request)}
		done := make(chan bool)
		go func() { o.Handle(context.WithoutCancel(t.Context()), c, ch); close(done) }()
		for i := range MaxReplies + 2 { // one is answered, so many wait
			if synctest.Wait(); len(ended) > 0 || ch.closed.Load() > 0 {
				t.Errorf("ended by request %d", i)
			}
			ch.requests <- &ssh.Request{Type: "ask"}
		}
		if err := <-ended; !errors.Is(err, ErrClosed) || ch.closed.Load() == 0 {
			t.Errorf("%v, closed %d times", err, ch.closed.Load())
		}
		close(ch.requests)
		<-done
	})
}

// H9: what panics while a request is looked at is a No, which the log tells of.
func TestH9_LookingAtARequestRecovers(t *testing.T) {
	w, c := quietConn(t)
	r := Sessions{}.handle(t.Context(), &Session{Conn: c}, &ssh.Request{Type: "signal", Payload: ssh.Marshal(signalRequest{"INT"})}, false) // there is nothing to cancel
	if r.ok || r.start != nil || !strings.Contains(w.log.String(), "a channel request panicked") {
		t.Errorf("%+v, log %q", r, w.log.String())
	}
}

// What is not offered or too long is answered with what there is, and the exit code of a
// wrong usage.
func TestWhatIsAnsweredInThePlaceOfAProgram(t *testing.T) {
	nothing := func(context.Context, *Session) int { return 0 }
	o := Sessions{Program: "relay", Exec: nothing, Subsystems: map[string]SessionHandler{"sftp": nothing, "journal": nothing}}
	for _, c := range []struct{ kind, value, want string }{
		{"subsystem", "netconf", "relay: there is no subsystem \"netconf\" here, only: journal, sftp\nhint: "}, {"subsystem", strings.Repeat("x", 70), "relay: there is no subsystem \"" + strings.Repeat("x", 60) + "\" here"},
		{"exec", strings.Repeat("x", MaxCommand+1), "relay: the command line has 32769 bytes, at most 32768 are taken\nhint: "},
	} {
		ch := &offered{}
		s := &Session{ch: ch}
		h := o.program(s, &ssh.Request{Type: c.kind, Payload: ssh.Marshal(signalRequest{c.value})})
		if h == nil {
			t.Fatalf("%s %.20s is refused", c.kind, c.value)
		}
		if status := h(t.Context(), s); status != 2 || !strings.HasPrefix(ch.errs.String(), c.want) {
			t.Errorf("status %d, %q", status, ch.errs.String())
		}
	}
	s := &Session{Env: []string{"LANG=C", "LC_ALL=a=b", "LANG=ko"}}
	for name, want := range map[string]string{"LANG": "ko", "LC_ALL": "a=b", "TERM": "", "LAN": ""} {
		if got := s.Getenv(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// served is the context of a connection that is served.
type served struct {
	gssh.Context
	c *Conn
}

func (s served) Value(key any) any {
	if key == (contextKey{}) {
		return s.c
	}
	return nil
}

// Behind the end of a connection nothing is served any more.
func TestNothingIsServedBehindTheEnd(t *testing.T) {
	w, c := quietConn(t)
	ctx := served{c: c}
	if ok, _ := w.server.handleRequest(ctx, nil, &ssh.Request{Type: keepaliveRequest}); !ok {
		t.Error("who is there does not answer")
	}
	for range MaxChannels + 1 { // each gives back its place
		ch := &offered{requests: make(chan *ssh.Request)}
		close(ch.requests)
		if w.server.handleChannel(nil, nil, ch, ctx); ch.rejected != 0 {
			t.Errorf("rejected: %v", ch.rejected)
		}
	}
	if c.quiet.Load() == nil {
		t.Error("nobody knows when its last channel ended")
	}
	c.handlers.close()
	if ok, _ := w.server.handleRequest(ctx, nil, &ssh.Request{Type: keepaliveRequest}); ok {
		t.Error("a request is served")
	}
	ch := &offered{}
	if w.server.handleChannel(nil, nil, ch, ctx); ch.rejected != ssh.ResourceShortage {
		t.Errorf("a channel: %v", ch.rejected)
	}
}

// Shutting down waits for handlers as long as it may, and says when they go on.
func TestShutdownSaysWhoGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inside, release := make(chan bool), make(chan bool)
		w := newWorld(t, func(o *Options) {
			o.Requests["wait@test"] = func(context.Context, *Conn, []byte) (bool, []byte) { inside <- true; <-release; return true, nil }
		})
		c, err := w.login(w.config("alice", w.keys["alice"]))
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _, _ = c.SendRequest("wait@test", true, nil) }()
		<-inside
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := w.server.Shutdown(ctx, ErrShutdown); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		close(release)
		if err := w.server.Shutdown(t.Context(), ErrShutdown); err != nil {
			t.Error(err)
		}
	})
}

// unacknowledging is a connection whose socket cannot be had.
type unacknowledging struct{ net.Conn }

func (unacknowledging) SyscallConn() (syscall.RawConn, error) { return nil, net.ErrClosed }

// A connection that is closed meanwhile, or is no socket, is read all the same.
func TestAcknowledgingNeedsNoSocket(t *testing.T) {
	near, far := pipe()
	defer near.Close()
	if _, err := far.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	c := &Conn{Conn: unacknowledging{near}, watch: &watch{}}
	if n, err := c.Read(make([]byte, 9)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
