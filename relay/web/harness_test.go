package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"supportd/hack/testkit"
	"supportd/library/inbound"
	"supportd/library/reach"
)

// site is a web port whose connections are made in memory, so that its clock can be
// that of a bubble. What comes out of WebSockets is in tunnels.
type site struct {
	t       *testing.T
	server  *Server
	log     testkit.Buffer
	tunnels chan net.Conn
	come    *inbound.Queue
	stop    context.CancelFunc
}

// newSite is a site of which everything goes through a [reach.Split], as the program
// has it.
func newSite(t *testing.T, change func(*Options)) *site {
	t.Helper()
	s := &site{t: t, tunnels: make(chan net.Conn, 1000), come: inbound.NewQueue(addrOf("192.0.2.1:443"))}
	log := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	opts := Options{SSH: func(nc net.Conn) { s.tunnels <- nc }, Plain: true, Page: Page{Names: []string{"r", "relay.example:2222"}}, Log: log}
	if change != nil {
		change(&opts)
	}
	var err error
	if s.server, err = New(opts); err != nil {
		t.Fatal(err)
	}
	to := reach.SplitOptions{SSH: func(nc net.Conn) { nc.Close() }, HTTP: s.server.TakeHTTP, Proxies: opts.Proxies, Log: log}
	if opts.Certificates != nil {
		to.TLS = s.server.TakeTLS
	}
	split, err := reach.NewSplit(to)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.stop = cancel
	ended := make(chan error, 2)
	go func() { ended <- s.server.Serve(ctx) }()
	go func() { ended <- split.Serve(ctx, s.come) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		for {
			select {
			case nc := <-s.tunnels:
				nc.Close()
			default:
				return
			}
		}
	})
	return s
}

// from is a connection with another address.
type from struct {
	net.Conn
	addr net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.addr }

// dial is a client's end of a connection from an address.
func (s *site) dial(addr string) net.Conn {
	near, far := net.Pipe()
	s.t.Cleanup(func() { near.Close() })
	s.come.Put(from{far, addrOf(addr)})
	return near
}

const visitor = "198.51.100.1:4711"

// ask sends a request as it is and returns the answer with its body.
func (s *site) ask(addr, request string) (*http.Response, string) {
	s.t.Helper()
	return talk(s.t, s.dial(addr), request)
}

func talk(t *testing.T, nc net.Conn, request string) (*http.Response, string) {
	t.Helper()
	go io.WriteString(nc, request) // a refusal may come before all is sent
	resp, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%.80q: %v", request, err)
	}
	return resp, string(body)
}

func addrOf(text string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(text)) }

// prefixOf is one of many sources.
func prefixOf(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
}
