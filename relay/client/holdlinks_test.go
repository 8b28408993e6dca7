package client

import (
	"context"
	"net"
	"testing"
	"time"

	"supportd/hack/testkit"
)

// door is a listener in memory.
type door struct {
	come chan net.Conn
	shut context.Context
	stop context.CancelFunc
}

func newDoor() *door {
	d := &door{come: make(chan net.Conn)}
	d.shut, d.stop = context.WithCancel(context.Background())
	return d
}

func (d *door) Accept() (net.Conn, error) {
	select {
	case nc := <-d.come:
		return nc, nil
	case <-d.shut.Done():
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error   { d.stop(); return nil }
func (d *door) Addr() net.Addr { return computerAddr("") }

// enter comes in, as another process does.
func (d *door) enter(t *testing.T) net.Conn {
	t.Helper()
	near, far := testkit.Pipe()
	select {
	case d.come <- far:
	case <-d.shut.Done():
		far.Close()
	}
	return near
}

// slow is one end of a link that delays what it writes. It is for synctest, where nothing
// else takes time.
type slow struct {
	net.Conn
	delay time.Duration
	line  chan delayed
}

type delayed struct {
	due  time.Time
	data []byte
}

func slowed(nc net.Conn, delay time.Duration) net.Conn {
	s := &slow{nc, delay, make(chan delayed, 1000)}
	go func() {
		for d := range s.line {
			<-time.After(time.Until(d.due))
			if d.data == nil {
				nc.Close()
				return
			}
			_, _ = nc.Write(d.data)
		}
	}()
	return s
}

func (s *slow) Write(p []byte) (int, error) {
	s.line <- delayed{time.Now().Add(s.delay), append([]byte{}, p...)}
	return len(p), nil
}

func (s *slow) Close() error {
	select {
	case s.line <- delayed{time.Now().Add(s.delay), nil}:
	default:
	}
	return nil
}

// holding is a world with a holder whose link to the relay takes a time for each direction.
func holding(t *testing.T, delay time.Duration) (w *world, d *door, relay *Relay, done <-chan error) {
	t.Helper()
	t.Cleanup(func() { <-time.After(time.Second) }) // until the links have delivered the last
	w = newWorld(t)
	o := w.options()
	o.Dialer.Net = func(context.Context, string, string) (net.Conn, error) {
		near, far := testkit.Pipe()
		go w.relay.ServeConn(context.Background(), slowed(far, delay)) // Shutdown waits for it
		return slowed(near, delay), nil
	}
	relay, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	d = newDoor()
	ended := make(chan error, 1)
	go func() { ended <- relay.Hold(t.Context(), d, time.Minute) }()
	return w, d, relay, ended
}

// jammed is a connection on which nothing moves while somebody else has put something into
// still.
type jammed struct {
	net.Conn
	still chan struct{}
}

func (s jammed) Write(p []byte) (int, error) {
	s.still <- struct{}{}
	defer func() { <-s.still }()
	return s.Conn.Write(p)
}

// deaf drops what is written while it is asleep.
type deaf struct {
	net.Conn
	asleep *bool
}

func (d deaf) Write(p []byte) (int, error) {
	if *d.asleep {
		return len(p), nil
	}
	return d.Conn.Write(p)
}
