// Package reach finds a way to the relay from any network: TCP to the SSH port,
// SSH on 443, a WebSocket inside TLS, and the same through the system's proxy.
// The customer's program and the CSR's use its client's end.
//
// Client's end: [Connect] tries the ways to one or more [Address]es, each a
// moment after the one before, and keeps the first whose other end proves to be
// the relay. The relay is known by its SSH host key and by nothing else, so what
// sits on a way can break it and can neither read nor change anything. Failures
// are an [Error], which names the likeliest cause.
//
// A PAC file (a script that chooses a proxy) is not supported: where the system
// names only one, it is as if the system named no proxy.
package reach

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"sync"
)

// Dialer tries the ways to a relay and remembers the one that worked last. The
// zero value is ready: it uses no proxy, and the system's trusted CAs. All
// methods and [Connect] are safe for concurrent use; the fields must not change
// after the first use.
type Dialer struct {
	// Net makes the connections, as [net.Dialer.DialContext] does: to the relay, to
	// proxies, and to look for a captive portal. It also looks names up. Nil is a
	// [net.Dialer].
	Net func(ctx context.Context, network, addr string) (net.Conn, error)
	// Proxy says which proxy leads to a URL (https://HOST or https://HOST:PORT), nil
	// for none. Programs give [System](os.Getenv). Nil is no proxy, so that tests do
	// not depend on the computer they run on.
	Proxy func(*url.URL) (*url.URL, error)
	// Roots are the CAs that TLS trusts. Nil is the system's.
	Roots *x509.CertPool
	// Screen says which IP addresses of a relay's host may be connected to: nil, or that it
	// returns nil, is all. Where Net is set, that has to see to it itself.
	Screen func(host string) func(netip.Addr) error
	// Log is told at level Info of each way that failed. Nil is silence.
	Log *slog.Logger

	// addresses replaces addressesInUse in tests.
	addresses func() ([]net.Addr, error)
	// lookup replaces the system's in tests.
	lookup func(ctx context.Context, host string) ([]net.IPAddr, error)

	mu   sync.Mutex // no other lock is taken under it
	last string     // the way that worked last, as [Dialer.Last] returns it
}

// Last is the way that worked last as a short text without secrets, e.g.
// "ssh relay.example:2222"; "" where none did yet. It may be kept in a file and
// given to [Dialer.SetLast] later.
func (d *Dialer) Last() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}

// SetLast makes the way that [Dialer.Last] returned at another time the first
// that is tried. A text that names no way to the addresses of a [Connect] has no
// effect there, so it need not be trusted: it changes an order and nothing more.
func (d *Dialer) SetLast(way string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last = way
}

// Handshake does the protocol on one way, as the client. It must call known once
// the other end has proved by its host key that it is the relay, before anything
// that must happen once only (a login), and stop with known's error where there
// is one: then another way was first. known may wait for another way's handshake
// and ends with ctx; it is called from any goroutine.
//
// When ctx is done, nc is closed. A handshake returns soon after that. Where it
// fails it need not close nc. What it returns without an error belongs to
// [Connect]'s caller, and so does nc, which must be closed by then in one way or
// another; ctx means nothing for nc any more.
//
// Errors: another host key than expected wraps [ErrHostKey]; a refusal for which
// no other way needs to be tried is given to [Final].
type Handshake[T any] func(ctx context.Context, nc net.Conn, known func() error) (T, error)

// Connect tries the ways to the addresses until one handshake succeeds.
//
// pinned says that the handshake knows the relay's host key. Where it does not,
// an error of TLS ends everything: somebody who reads along could be the one
// whose key is about to be trusted.
//
// The error is the cause of ctx where that is done, what was given to [Final],
// or an [*Error]. Connect returns only when all other ways are closed and their
// goroutines have ended.
func Connect[T any](ctx context.Context, d *Dialer, to []Address, pinned bool, h Handshake[T]) (T, error) {
	var none T
	if len(to) == 0 {
		return none, errNoAddress
	}
	ways, remembered := d.ways(to)
	looking, stopLooking := context.WithCancel(ctx)
	look := &lookForPortal{d: d, ctx: looking, host: to[0].Host}
	defer look.wait()
	defer stopLooking()
	trying, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &race[T]{d: d, pinned: pinned, hand: h, ctx: trying, events: make(chan event[T], 3*len(ways)), turn: make(chan struct{}, 1)}
	end := r.run(ctx, ways, remembered, look.begin)
	cancel()
	r.wait.Wait()
	if end.ok {
		return end.made, nil
	}
	if made, ok := r.late(ways); ok {
		return made, nil
	}
	if end.err != nil {
		return none, end.err
	}
	e := newError(end.failed, d.offline)
	if e.mayBePortal() {
		e.notePortal(look.result(), end.failed)
	}
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	return none, e
}

// Open finds a way as [Connect] does for a program that does the handshake by
// itself, as stock ssh does behind a ProxyCommand. hello is what that program
// said first: its version line with the line end (RFC 4253 section 4.2), which
// must not be said again; it may be empty. The way is kept whose other end
// answers as a relay does; what it said is read from the connection again. Who
// the other end is remains to be proved, so pinned says whether the program will
// do that by a key that it knows. The connection has CloseWrite, as
// [net.TCPConn] has; where the way has no halves, that closes it.
func Open(ctx context.Context, d *Dialer, to []Address, pinned bool, hello []byte) (net.Conn, error) {
	return Connect(ctx, d, to, pinned, func(_ context.Context, nc net.Conn, known func() error) (net.Conn, error) {
		if _, err := nc.Write(hello); err != nil {
			return nil, err
		}
		said, err := readVersion(nc)
		if err != nil {
			return nil, err
		}
		if err := known(); err != nil {
			return nil, err
		}
		return &buffered{nc, bufio.NewReader(io.MultiReader(bytes.NewReader(said), nc))}, nil
	})
}
