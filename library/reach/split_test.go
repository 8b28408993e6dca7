package reach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supportd/hack/testkit"
	"supportd/library/inbound"
)

// from is the address of a client of these tests.
func from(text string) net.Addr { return addrOf(text) }

// port is a Split behind an in-memory listener, whose clock is the bubble's.
type port struct {
	t      *testing.T
	come   *inbound.Queue
	handed chan handed
	log    testkit.Buffer
}

// handed is what was handed on, and as what.
type handed struct {
	as string
	nc net.Conn
}

func newPort(t *testing.T, change func(*SplitOptions)) *port {
	t.Helper()
	p := &port{t: t, come: inbound.NewQueue(from("192.0.2.1:443")), handed: make(chan handed, 1000)}
	as := func(name string) func(net.Conn) { return func(nc net.Conn) { p.handed <- handed{name, nc} } }
	opts := SplitOptions{SSH: as("SSH"), TLS: as("TLS"), HTTP: as("HTTP"), Log: slog.New(slog.NewTextHandler(&p.log, nil))}
	if change != nil {
		change(&opts)
	}
	s, err := NewSplit(opts)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, p.come) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		for {
			select {
			case h := <-p.handed:
				h.nc.Close()
			default:
				return
			}
		}
	})
	return p
}

// dial is a client's connection.
func (p *port) dial(addr string) net.Conn {
	near, far := net.Pipe()
	p.t.Cleanup(func() { near.Close() })
	p.come.Put(sourced{far, from(addr)})
	return near
}

// expect waits for the next connection that is handed on, and reads what its client
// has sent until now.
func (p *port) expect(as, sent string) net.Conn {
	p.t.Helper()
	synctest.Wait()
	select {
	case h := <-p.handed:
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(h.nc, got); h.as != as || string(got) != sent || err != nil {
			p.t.Errorf("%s with %q, %v; want %s with %q", h.as, got, err, as, sent)
		}
		return h.nc
	default:
		p.t.Fatalf("nothing was handed on; want %s", as)
		return nil
	}
}

// send sends in pieces of n bytes; what is not taken is the other end's business.
func send(nc net.Conn, text string, n int) {
	go func() {
		for len(text) > 0 {
			part := text[:min(n, len(text))]
			if _, err := io.WriteString(nc, part); err != nil {
				return
			}
			text = text[len(part):]
		}
	}()
}

func TestW10_EachProtocolIsToldApart(t *testing.T) {
	const clientHello = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
	for sent, as := range map[string]string{
		"SSH-2.0-client\r\n":                 "SSH",
		clientHello:                          "TLS",
		"GET / HTTP/1.1\r\nHost: r\r\n\r\n":  "HTTP",
		"OPTIONS * HTTP/1.1\r\n":             "HTTP",
		"PATCH /x HTTP/1.0\r\n":              "HTTP",
		"HEAD / HTTP/1.1\r\n":                "HTTP",
		"DELETE / HTTP/1.1\r\n":              "HTTP",
		"PUT / HTTP/1.1\r\n":                 "HTTP",
		"POST / HTTP/1.1\r\n":                "HTTP",
		"CONNECT 192.0.2.1:22 HTTP/1.1\r\n":  "HTTP",
		"TRACE / HTTP/1.1\r\nMax-Forwards: ": "HTTP",
	} {
		for _, pieces := range []int{1, 3, len(sent)} {
			synctest.Test(t, func(t *testing.T) {
				p := newPort(t, nil)
				began := time.Now()
				send(p.dial("198.51.100.1:4711"), sent, pieces)
				nc := p.expect(as, sent)
				if took := time.Since(began); took > 0 || nc.RemoteAddr().String() != "198.51.100.1:4711" {
					t.Errorf("%q: after %v from %v", sent, took, nc.RemoteAddr())
				}
			})
		}
	}
}

// A client that says nothing is one of SSH that waits for the server's line. It may
// then take its time: the port's own limits are over.
func TestW10_ASilentClientSpeaksSSH(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, nil)
		nc := p.dial("198.51.100.1:1")
		time.Sleep(silence - time.Nanosecond)
		synctest.Wait()
		if len(p.handed) > 0 {
			t.Error("too early")
		}
		time.Sleep(time.Nanosecond)
		server := p.expect("SSH", "")
		go func() { time.Sleep(time.Hour); io.WriteString(nc, "late") }()
		got := make([]byte, 4)
		if _, err := io.ReadFull(server, got); err != nil || string(got) != "late" {
			t.Errorf("%q %v", got, err)
		}
	})
}

// Where browsers come without TLS, a connection that one has opened in advance is no
// client of SSH: it can be used later, and is closed without a word if it is not.
func TestW10_ABrowserOpensAConnectionInAdvance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, func(o *SplitOptions) { o.Browsers = true })
		const request = "GET / HTTP/1.1\r\n"
		late, never := p.dial("198.51.100.1:1"), p.dial("198.51.100.1:2")
		time.Sleep(tellTime - time.Nanosecond)
		send(late, request, len(request))
		p.expect("HTTP", request)
		time.Sleep(time.Nanosecond)
		if got, err := io.ReadAll(never); len(got) > 0 || err != nil {
			t.Errorf("%q %v", got, err)
		}
		if len(p.handed) > 0 {
			t.Error("it was handed on")
		}
	})
}

// What is nobody's is answered and closed in time, however it comes.
func TestW10_TheRestIsAnsweredAndClosed(t *testing.T) {
	for _, c := range []struct {
		name, sent, want string
		after            time.Duration
		change           func(*SplitOptions)
	}{
		{name: "the preface of HTTP/2", sent: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", want: "HTTP/1.1 505 "},
		{name: "rubbish", sent: "\x00\x01\x02\x03", want: "this port speaks SSH and HTTP\r\n"},
		{name: "other rubbish", sent: "\x16\x02", want: "this port"},
		{name: "SSH in lower case", sent: "ssh-2.0", want: "this port"},
		{name: "another protocol", sent: "EHLO me\r\n", want: "this port"},
		{name: "a header of a proxy that nobody trusts", sent: "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", want: "this port"},
		{name: "the same in version 2", sent: "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c", want: "this port"},
		{name: "half a beginning of SSH", sent: "SS", want: "this port", after: tellTime},
		{name: "half a beginning of TLS", sent: "\x16", want: "this port", after: tellTime},
		{name: "half a beginning of HTTP", sent: "OPTION", want: "this port", after: tellTime},
		{
			name: "TLS without a certificate", sent: "\x16\x03\x01", want: "\x15\x03\x01\x00\x02\x02\x28",
			change: func(o *SplitOptions) { o.TLS = nil },
		},
		{name: "HTTP where there is none", sent: "GET ", want: "HTTP/1.1 505 ", change: func(o *SplitOptions) { o.HTTP = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPort(t, c.change)
				nc := p.dial("198.51.100.1:1")
				began := time.Now()
				send(nc, c.sent, 1)
				got, err := io.ReadAll(nc)
				if err != nil || !strings.HasPrefix(string(got), c.want) || time.Since(began) != c.after || len(p.handed) > 0 {
					t.Errorf("%q, %v after %v", got, err, time.Since(began))
				}
			})
		})
	}
}

// Bytes that trickle do not extend the time.
func TestW10_SlowBytesAreCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, nil)
		nc := p.dial("198.51.100.1:1")
		began := time.Now()
		done := make(chan struct{})
		defer func() { <-done }()
		go func() {
			defer close(done)
			for _, b := range "CONNECT" {
				if _, err := nc.Write([]byte{byte(b)}); err != nil {
					return
				}
				time.Sleep(silence * 9 / 10)
			}
		}()
		if got, err := io.ReadAll(nc); err != nil || time.Since(began) != tellTime {
			t.Errorf("%q, %v after %v", got, err, time.Since(began))
		}
	})
}

// As many as wait may wait: the oldest of the source with most makes room, and a
// client that says at once what it is gets through at once.
func TestW5_W10_SlowClientsKeepNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, nil)
		var slow []net.Conn
		for i := range 2 * maxUntold {
			nc := p.dial(fmt.Sprintf("198.51.100.%d:1", i%100))
			send(nc, "G", 1)
			synctest.Wait()
			slow = append(slow, nc)
		}
		for _, addr := range []string{"203.0.113.1:1", "198.51.100.1:2"} { // from elsewhere, and beside a slow one
			send(p.dial(addr), "SSH-2.0-x\r\n", 100)
			p.expect("SSH", "SSH-2.0-x\r\n")
		}
		open := 0
		for _, nc := range slow {
			nc.SetReadDeadline(time.Now())
			if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				open++
			}
		}
		if open > maxUntold || open < maxUntold-2 {
			t.Errorf("%d slow clients are left, at most %d may wait", open, maxUntold)
		}
	})
}

// One source alone cannot keep its neighbour behind the same address out.
func TestW10_ASourceIsNotShutOutByItsOwnSlowOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPort(t, nil)
		for range 500 {
			p.dial("198.51.100.1:1")
		}
		synctest.Wait()
		began := time.Now()
		send(p.dial("198.51.100.1:2"), "SSH-2.0-x\r\n", 100)
		if p.expect("SSH", "SSH-2.0-x\r\n"); time.Since(began) > 0 {
			t.Errorf("it took %v", time.Since(began))
		}
	})
}

// A stop ends what waits, and leaves what was handed on.
func TestSplitStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := NewSplit(SplitOptions{SSH: func(net.Conn) { t.Error("handed on") }, HTTP: func(net.Conn) {}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		come := inbound.NewQueue(from("192.0.2.1:443"))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Serve(ctx, come) }()
		near, far := net.Pipe()
		come.Put(sourced{far, from("198.51.100.1:1")})
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := near.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		if _, err := NewSplit(SplitOptions{SSH: func(net.Conn) {}}); err == nil {
			t.Error("no Log is taken")
		}
	})
}

func FuzzW10_ProtocolOf(f *testing.F) {
	for _, seed := range []string{"", "S", "SSH-", "\x16", "\x16\x03", "GET ", "CONNECT ", "PRI ", "x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, first []byte) {
		told := protocolOf(first)
		if told == untold && len(first) >= longestBegin {
			t.Errorf("%q is not told apart", first)
		}
		if told != untold && protocolOf(append(first[:len(first):len(first)], "more"...)) != told {
			t.Errorf("%q becomes something else with more bytes", first)
		}
	})
}

// sourced is a connection that comes from anywhere.
type sourced struct {
	net.Conn
	remote net.Addr
}

func (s sourced) RemoteAddr() net.Addr { return s.remote }
