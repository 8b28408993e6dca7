package sshd

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// closable is a channel that only can be closed.
type closable struct {
	ssh.Channel
	closed atomic.Int32
}

func (c *closable) Close() error { c.closed.Add(1); return nil }

// A deadline closes the channel when it has passed, not earlier; a later one, none, or
// the end takes its place. Each of the three ways to set it does.
func TestADeadlineClosesTheChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := &closable{}
		c := ChannelConn(ch, address("192.0.2.1:1"))
		if c.LocalAddr().String() != "192.0.2.1:1" || c.RemoteAddr().String() != "192.0.2.1:1" {
			t.Error("another address")
		}
		expect := func(what string, want int32) {
			t.Helper()
			synctest.Wait()
			if got := ch.closed.Load(); got != want {
				t.Errorf("%s: closed %d times, want %d", what, got, want)
			}
		}
		for i, set := range []func(time.Time) error{c.SetDeadline, c.SetReadDeadline, c.SetWriteDeadline} {
			n := int32(i)
			_ = set(time.Now().Add(time.Second))
			_ = set(time.Now().Add(time.Minute))
			time.Sleep(time.Minute - time.Nanosecond)
			expect("before its time", n)
			time.Sleep(time.Nanosecond)
			expect("at its time", n+1)
		}
		_ = c.SetDeadline(time.Now().Add(time.Second))
		_ = c.SetDeadline(time.Time{})
		time.Sleep(time.Minute)
		expect("taken back", 3)
		_ = c.SetDeadline(time.Now().Add(time.Second))
		_ = c.Close()
		time.Sleep(time.Minute)
		expect("closed by hand", 4)
	})
}

// Until gives what comes, then the end; and when its time is over, the reason.
func TestReadingUntil(t *testing.T) {
	reading := func(ctx context.Context, come ...string) *input {
		in := make(chan []byte, 9)
		for _, s := range come {
			in <- []byte(s)
		}
		close(in)
		return &input{ctx: ctx, come: in}
	}
	if got, err := io.ReadAll(reading(t.Context(), "ab", "", "c")); err != nil || string(got) != "abc" {
		t.Errorf("%q, %v", got, err)
	}
	small := reading(t.Context(), "abc")
	p := make([]byte, 2)
	if n, err := small.Read(p); n != 2 || err != nil || string(p) != "ab" {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := small.Read(p); n != 1 || err != nil || p[0] != 'c' {
		t.Errorf("%d, %v", n, err)
	}
	cause := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	for range 20 { // whichever is seen first
		if n, err := reading(ctx).Read(p); n != 0 || !errors.Is(err, cause) {
			t.Fatalf("%d, %v", n, err)
		}
	}
}

// When a connection ends, its handlers are ended and waited for, and only then its
// going is told, with the reason.
func TestTheEndWaitsForHandlers(t *testing.T) {
	var ended atomic.Bool
	inside := make(chan bool, 1)
	told := make(chan error, 2)
	w := newWorld(t, func(o *Options) {
		o.Channels["wait"] = func(ctx context.Context, c *Conn, nc ssh.NewChannel) {
			ch, _, err := nc.Accept()
			if err != nil {
				return
			}
			defer ch.Close()
			inside <- true
			<-c.Context().Done()
			<-ctx.Done()
			ended.Store(true)
		}
		o.Closed = func(c *Conn) {
			if !ended.Load() {
				told <- errors.New("a handler still runs")
				return
			}
			if c.watch.mu.Lock(); !c.watch.stopped {
				told <- errors.New("it is still asked whether it is there")
			}
			c.watch.mu.Unlock()
			told <- context.Cause(c.Context())
		}
	})
	c := w.alice()
	if _, _, err := c.OpenChannel("wait", nil); err != nil {
		t.Fatal(err)
	}
	<-inside
	c.Close()
	if err := <-told; !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// Who is not let in, or has no time for it, gets no client, and their connection is
// closed.
func TestAClientThatIsNotLetIn(t *testing.T) {
	w := newWorld(t, nil)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for name, try := range map[string]func(net.Conn) (*Client, error){
		"another's key": func(nc net.Conn) (*Client, error) {
			return NewClient(t.Context(), nc, w.config("alice", w.keys["mallory"]))
		},
		"no time": func(nc net.Conn) (*Client, error) { return NewClient(over, nc, w.config("alice", w.keys["alice"])) },
	} {
		nc := w.dial()
		if c, err := try(nc); c != nil || err == nil {
			t.Errorf("%s: %v, %v", name, c, err)
		}
		if _, err := nc.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: the connection is open, %v", name, err)
		}
	}
	c, err := NewClient(t.Context(), w.dial(), w.config("alice", w.keys["alice"]))
	if err != nil {
		t.Fatal(err)
	}
	w.shutdown()
	if err := c.Wait(); err == nil || errors.Is(err, ErrLost) {
		t.Errorf("a connection that the server has closed: %v", err)
	}
}

// One connection that was made elsewhere is served to its end, and with its handlers.
func TestAConnectionMadeElsewhereIsServed(t *testing.T) {
	w := newWorld(t, nil)
	near, far := pipe()
	served := make(chan bool)
	go func() { defer close(served); w.server.ServeConn(context.Background(), near) }()
	conn, channels, requests, err := ssh.NewClientConn(far, "", w.config("alice", w.keys["alice"]))
	if err != nil {
		t.Fatal(err)
	}
	c := ssh.NewClient(conn, channels, requests)
	if got := output(t, c, "print 1"); got != "line 0\n" {
		t.Errorf("%q", got)
	}
	select {
	case <-served:
		t.Error("it is served no longer")
	default:
	}
	c.Close()
	<-served
}

// A server that is closed takes nobody: who comes is told at once.
func TestAClosedServerTakesNobody(t *testing.T) {
	w := newWorld(t, nil)
	w.shutdown()
	near, far := pipe()
	defer far.Close()
	w.server.ServeConn(t.Context(), near)
	real, err := net.Dial("tcp", "127.0.0.1:"+w.listen())
	if err != nil {
		t.Fatal(err)
	}
	defer real.Close()
	for _, c := range []net.Conn{far, real} {
		if n, err := c.Read(make([]byte, 9)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("%d bytes, %v", n, err)
		}
	}
}

// troubled is a listener that cannot accept, for a while or for good.
type troubled struct {
	errs []error
	at   []time.Time
}

func (l *troubled) Accept() (net.Conn, error) {
	l.at = append(l.at, time.Now())
	err := l.errs[0]
	if len(l.errs) > 1 {
		l.errs = l.errs[1:]
	}
	return nil, err
}

func (*troubled) Close() error   { return nil }
func (*troubled) Addr() net.Addr { return address("x") }

// R3: where nobody can be accepted the server waits, longer each time and a second at
// most, and goes on; it ends with the listener or with its context.
func TestR3_AcceptsAgainAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		full := errors.New("too many open files")
		l := &troubled{errs: []error{full, full, full, full, full, full, full, full, full, full, full, net.ErrClosed}}
		if err := w.server.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v", err)
		}
		pause := 5 * time.Millisecond
		for i := range len(l.at) - 1 {
			if got := l.at[i+1].Sub(l.at[i]); got != pause {
				t.Errorf("pause %d is %v, want %v", i+1, got, pause)
			}
			pause = min(2*pause, time.Second)
		}
		cause := errors.New("over")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(cause) })
		begun := time.Now()
		if err := w.server.Serve(ctx, &troubled{errs: []error{full}}); !errors.Is(err, cause) || time.Since(begun) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		w.shutdown()
	})
}
