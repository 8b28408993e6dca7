package sshd

import (
	"bytes"
	"context"
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// waitedConn measures how long the server waits for what comes behind NEWKEYS (RFC 4253
// section 7.3), which a client sends without waiting for an answer.
type waitedConn struct {
	*net.TCPConn
	keyed bool          // the last read brought NEWKEYS
	wait  time.Duration // of the read behind it
}

func (c *waitedConn) Read(p []byte) (int, error) {
	began := time.Now()
	n, err := c.TCPConn.Read(p)
	if c.keyed && c.wait == 0 {
		c.wait = time.Since(began)
	}
	c.keyed = n >= 16 && bytes.HasPrefix(p, []byte{0, 0, 0, 12, 10, 21})
	if c.keyed && n > 16 {
		c.keyed, c.wait = false, time.Nanosecond // it has come along
	}
	return n, err
}

// A client that logs in as OpenSSH does, without TCP_NODELAY, sends its next packet when
// the one before is acknowledged. Linux would take 40 ms for that in most logins.
func TestALoginDoesNotWaitForAnAcknowledgement(t *testing.T) {
	w := newWorld(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var waits []time.Duration
	for range 9 {
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if err := client.(*net.TCPConn).SetNoDelay(false); err != nil {
			t.Fatal(err)
		}
		accepted, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		server := &waitedConn{TCPConn: accepted.(*net.TCPConn)}
		served := make(chan struct{})
		go func() { defer close(served); w.server.ServeConn(context.Background(), server) }()
		conn, _, _, err := ssh.NewClientConn(client, "test", w.config("alice", w.keys["alice"]))
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		<-served
		if server.wait == 0 {
			t.Fatal("the server has not seen NEWKEYS by itself")
		}
		waits = append(waits, server.wait)
	}
	if slices.Sort(waits); waits[len(waits)/2] >= 30*time.Millisecond {
		t.Errorf("the server waited for what comes behind NEWKEYS: %v", waits)
	}
}
