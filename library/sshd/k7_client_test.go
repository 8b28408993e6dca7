package sshd

import (
	"context"
	"errors"
	"io"
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
