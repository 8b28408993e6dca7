package sshd

import (
	"context"
	"errors"
	"io"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

// asking is a server with a channel request that takes until the test answers
// it, or until its ctx is done.
func asking(t *testing.T) (c *ssh.Client, answers chan<- bool, ended <-chan error) {
	yes, over := make(chan bool), make(chan error, 2*MaxReplies)
	sessions := Sessions{
		Exec: func(ctx context.Context, s *Session) int { return runTestCommand(ctx, s) },
		Requests: map[string]func(context.Context, *Session, []byte) bool{
			"ask@test": func(ctx context.Context, _ *Session, _ []byte) bool {
				select {
				case ok := <-yes:
					return ok
				case <-ctx.Done():
					over <- context.Cause(ctx)
					return false
				}
			},
			"panic@test": func(context.Context, *Session, []byte) bool { panic("request") },
		},
	}
	w := newWorld(t, func(o *Options) { o.Channels["session"] = sessions.Handle })
	return w.alice(), yes, over
}

// open opens a session channel as a client that sees every request.
func open(t *testing.T, c *ssh.Client) ssh.Channel {
	t.Helper()
	ch, requests, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	go ssh.DiscardRequests(requests)
	return ch
}

func TestC3_ClosingTheChannelEndsARequestThatWaits(t *testing.T) {
	c, _, ended := asking(t)
	ch := open(t, c)
	if _, err := ch.SendRequest("ask@test", false, nil); err != nil {
		t.Fatal(err)
	}
	ch.Close()
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}

// RFC 4254 section 5.4: replies are told apart by their order alone.
func TestRepliesComeInOrder(t *testing.T) {
	c, answers, _ := asking(t)
	ch := open(t, c)
	defer ch.Close()
	first := make(chan bool, 1)
	go func() {
		ok, _ := ch.SendRequest("ask@test", true, nil)
		first <- ok
	}()
	answers <- true
	if !<-first {
		t.Error("the yes did not arrive")
	}
	if ok, err := ch.SendRequest("panic@test", true, nil); ok || err != nil {
		t.Errorf("a panic: %v, %v", ok, err)
	}
	// A program that is asked for meanwhile starts when its turn comes.
	if _, err := ch.SendRequest("ask@test", false, nil); err != nil {
		t.Fatal(err)
	}
	go func() { answers <- false }()
	if ok, err := ch.SendRequest("exec", true, ssh.Marshal(struct{ S string }{"print 1"})); !ok || err != nil {
		t.Errorf("exec: %v, %v", ok, err)
	}
	if out, err := io.ReadAll(ch); string(out) != "line 0\n" || err != nil {
		t.Errorf("%q, %v", out, err)
	}
}

func TestG5_RequestsBehindAWaitingOneAreBounded(t *testing.T) {
	c, _, ended := asking(t)
	ch := open(t, c)
	for range 2 * MaxReplies {
		if _, err := ch.SendRequest("ask@test", false, nil); err != nil {
			break // closed by then
		}
	}
	testkit.Eventually(t, "the flooded channel is closed", func() bool {
		_, err := ch.SendRequest("ask@test", false, nil)
		return err != nil
	})
	if err := <-ended; !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	if got := output(t, c, "print 1"); got != "line 0\n" {
		t.Errorf("another channel: %q", got)
	}
}
