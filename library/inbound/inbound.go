// Package inbound is what every server does with connections whose people it does
// not know yet: it accepts them, knows their source, and bounds how many wait until
// they have shown who they are. SSH servers and the relay's web port use it.
//
// It promises that a source with few connections is not kept out by one with many,
// and that an accept that fails neither ends a server nor makes it spin.
package inbound

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// Accept gives every connection that arrives on l to take, until ctx is done, and
// closes l. take must not block. Accept returns the cause of ctx, or the error that
// made l unusable. When the system has no file descriptor left it waits and goes on.
func Accept(ctx context.Context, l net.Listener, log *slog.Logger, take func(net.Conn)) error {
	defer l.Close()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	const first, most = 5 * time.Millisecond, time.Second
	for pause := first; ; {
		nc, err := l.Accept()
		switch {
		case err == nil:
			pause = first
			take(nc)
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, net.ErrClosed):
			return err
		default:
			log.Warn("cannot accept a connection; waiting", "err", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			pause = min(2*pause, most)
		}
	}
}

// Source is the network that limits are counted for: the address's /32 or /64. It
// is the zero prefix for what has no address, such as a channel of a tunnel.
func Source(addr net.Addr) netip.Prefix { return SourceOf(Address(addr)) }

// SourceOf is [Source] of an IP address.
func SourceOf(ip netip.Addr) netip.Prefix {
	ip, bits := plain(ip), 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits) // the zero address has the zero prefix
	return p
}

// Address is the IP address of addr without port and zone, IPv4 as such; the zero
// address where there is none.
func Address(addr net.Addr) netip.Addr {
	ap, _ := netip.ParseAddrPort(addr.String())
	return plain(ap.Addr())
}

func plain(ip netip.Addr) netip.Addr { return ip.Unmap().WithZone("") }

// Queue is a [net.Listener] of connections that were accepted elsewhere.
// All methods are safe for concurrent use.
type Queue struct {
	addr   net.Addr
	come   chan net.Conn
	closed context.Context
	close  context.CancelFunc
}

// NewQueue makes a queue that tells addr as its own.
func NewQueue(addr net.Addr) *Queue {
	q := &Queue{addr: addr, come: make(chan net.Conn)}
	// Background: [Queue.Close] ends it, and nothing else.
	q.closed, q.close = context.WithCancel(context.Background())
	return q
}

// Put gives nc to the next Accept. A closed queue closes it instead.
func (q *Queue) Put(nc net.Conn) {
	select {
	case q.come <- nc:
	case <-q.closed.Done():
		nc.Close()
	}
}

// Accept implements [net.Listener].
func (q *Queue) Accept() (net.Conn, error) {
	select {
	case nc := <-q.come:
		return nc, nil
	case <-q.closed.Done():
		return nil, net.ErrClosed
	}
}

// Close implements [net.Listener]; it may be called more than once.
func (q *Queue) Close() error { q.close(); return nil }

// Addr implements [net.Listener].
func (q *Queue) Addr() net.Addr { return q.addr }
