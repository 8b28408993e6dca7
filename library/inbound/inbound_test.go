package inbound

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func source(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32)
}

// Who makes room: the oldest of the source with most places; of equals, only one that
// has had its time. At the limit of a source, its own oldest one after that time.
func TestN2_N3_WhoMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const all, perSource, patience = 6, 3, time.Second
		w := NewWaiting(Limits{All: all, PerSource: perSource, Patience: patience})
		var ended []string
		enter := func(i int, name string) *Place {
			time.Sleep(time.Millisecond)
			return w.Enter(source(i), func() { ended = append(ended, name) })
		}
		expect := func(entered *Place, want bool, gone ...string) {
			t.Helper()
			if (entered != nil) != want || len(ended) != len(gone) || len(gone) > 0 && ended[0] != gone[0] {
				t.Errorf("entered %t, ended %v; want %t, %v", entered != nil, ended, want, gone)
			}
			ended = nil
			if n, _ := w.Taken(); n > all {
				t.Errorf("%d places are taken", n)
			}
		}
		first := enter(1, "1a")
		expect(first, true)
		for _, name := range []string{"1b", "1c"} {
			expect(enter(1, name), true)
		}
		expect(enter(1, "1d"), false) // as many as it may, and all are fresh
		for i, name := range map[int]string{2: "2a", 3: "3a", 4: "4a"} {
			expect(enter(i, name), true)
		}
		expect(enter(2, "2b"), true, "1a") // the source with most
		first.Leave()                      // it has gone already: nothing happens
		if n, _ := w.Taken(); n != all {
			t.Errorf("%d places are taken after a place was left twice", n)
		}
		expect(enter(5, "5a"), true, "1b") // the older one of two sources with two
		expect(enter(6, "6a"), true, "2a")
		expect(enter(6, "6b"), false) // nobody holds more, nobody is slow
		time.Sleep(patience)
		expect(enter(6, "6b"), true, "1c") // one is slow now
		w = NewWaiting(Limits{All: all, PerSource: perSource, Patience: patience})
		for _, name := range []string{"a", "b", "c"} {
			expect(enter(1, name), true)
		}
		time.Sleep(patience)
		expect(enter(1, "d"), true, "a") // a source is not shut out by its own slow ones
	})
}

// Limits are counted for an IPv4 address, for an IPv6 network of 64 bits, and for
// nobody where there is no address.
func TestTheSourceOfAConnection(t *testing.T) {
	for a, want := range map[string]string{
		"192.0.2.1:22": "192.0.2.1/32", "[::ffff:192.0.2.1]:22": "192.0.2.1/32", "[2001:db8:1:2:3:4:5:6]:22": "2001:db8:1:2::/64", "[fe80::1%eth0]:22": "fe80::/64", "pipe": "invalid Prefix", "192.0.2.1": "invalid Prefix",
	} {
		if got := Source(address(a)); got.String() != want {
			t.Errorf("%s: %s", a, got)
		}
	}
	if Source(address("x")) != (netip.Prefix{}) {
		t.Error("no address is somebody's")
	}
}

type address string

func (address) Network() string  { return "test" }
func (a address) String() string { return string(a) }

// failing is a listener without descriptors for a while.
type failing struct {
	*Queue
	failures int
}

func (f *failing) Accept() (net.Conn, error) {
	if f.failures > 0 {
		f.failures--
		return nil, syscall.EMFILE
	}
	return f.Queue.Accept()
}

func TestR3_AcceptWaitsAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &failing{NewQueue(address("queue")), 3}
		ctx, cancel := context.WithCancelCause(t.Context())
		taken, returned := make(chan net.Conn), make(chan error, 1)
		go func() {
			returned <- Accept(ctx, l, slog.New(slog.DiscardHandler), func(nc net.Conn) { taken <- nc })
		}()
		began := time.Now()
		near, far := net.Pipe()
		go l.Put(near)
		if nc := <-taken; nc != near || time.Since(began) != (5+10+20)*time.Millisecond {
			t.Errorf("%v after %v", nc, time.Since(began))
		}
		cause := errors.New("over")
		cancel(cause)
		if err := <-returned; err != cause {
			t.Error(err)
		}
		l.Put(near) // closed: what comes late is closed
		if _, err := far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	})
}
