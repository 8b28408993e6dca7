package reach

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"supportd/library/inbound"
	"supportd/library/panics"
)

const (
	// silence is how long a client may say nothing until it is taken for one of SSH
	// that waits for the server's line, as RFC 4253 section 4.2 allows. A client of TLS
	// whose proxy is far away begins later than one that is near.
	silence = 1500 * time.Millisecond
	// tellTime is how long a client that has begun may take, all in all, until its
	// protocol can be told: its first eight bytes at most, and a proxy's header.
	tellTime = 5 * time.Second
	// answerTime is how long a client may take to be told that it is not understood.
	answerTime = time.Second
	// maxUntold bounds the connections whose protocol is not known yet, all together;
	// each costs a goroutine and a few hundred bytes.
	maxUntold = 500
	// maxUntoldPerSource bounds those of one source. The next one takes the place of
	// the oldest, so that a slow neighbour shuts nobody out.
	maxUntoldPerSource = 50
	// brokenInterval is how often a proxy whose headers cannot be used is told of.
	brokenInterval = time.Minute
	// silentInterval is how often a proxy that tells no source of SSH is told of.
	silentInterval = time.Hour
	// maxProxiesTold bounds the proxies for which that is remembered: there are few.
	maxProxiesTold = 1000
)

// newUntold makes the two sets of connections that wait to be told apart: of
// anybody, and of trusted proxies, which bring the connections of many sources.
func newUntold() (anybody, proxies *inbound.Waiting) {
	return inbound.NewWaiting(inbound.Limits{All: maxUntold, PerSource: maxUntoldPerSource}),
		inbound.NewWaiting(inbound.Limits{All: maxUntold, PerSource: maxUntold})
}

// SplitOptions make a [Split]. SSH and Log are required.
type SplitOptions struct {
	// SSH, TLS and HTTP take a connection over, with all that it has sent. They must
	// return soon. Where TLS and HTTP are both nil everything is SSH's, and a client
	// need not say anything; where one is nil such clients are answered and closed.
	SSH, TLS, HTTP func(net.Conn)
	// Browsers come here without TLS. They may open a connection before they have
	// anything to ask, and would read SSH's line as a broken answer: a client that says
	// nothing is closed then, and not taken for one of SSH.
	Browsers bool
	// Proxies may say in a header of the PROXY protocol (version 1 or 2) whose
	// connection they bring. From others such a header is rubbish.
	Proxies Proxies
	Log     *slog.Logger
}

// Split tells apart what arrives on one port by its first bytes: SSH ("SSH-"), TLS
// (a handshake record, 0x16 0x03) and HTTP (a method). It reads no more than it
// needs and takes no longer than tellTime. All methods are safe for concurrent use.
type Split struct {
	opts             SplitOptions
	anybody, proxies *inbound.Waiting
	broken, silent   inbound.LogLimiter // of proxies whose headers cannot be used, or are missing
}

// NewSplit checks the options and makes a Split.
func NewSplit(opts SplitOptions) (*Split, error) {
	if opts.SSH == nil || opts.Log == nil {
		return nil, errors.New("reach: SSH and Log are required")
	}
	s := &Split{
		opts: opts, broken: inbound.LogLimiter{Every: brokenInterval, Most: maxProxiesTold},
		silent: inbound.LogLimiter{Every: silentInterval, Most: maxProxiesTold},
	}
	s.anybody, s.proxies = newUntold()
	return s, nil
}

// Serve accepts connections on l until ctx is done, and closes l. It returns when
// everything that waits to be told apart is closed: the cause of ctx, or the error
// that made l unusable. It may run for several listeners.
func (s *Split) Serve(ctx context.Context, l net.Listener) error {
	var telling sync.WaitGroup
	defer telling.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(net.ErrClosed)
	return inbound.Accept(ctx, l, s.opts.Log, func(nc net.Conn) {
		telling.Go(func() {
			defer panics.Keep(s.opts.Log, "telling protocols apart", func() { nc.Close() })
			s.tell(ctx, nc)
		})
	})
}

// tell finds out what nc speaks and hands it on, or closes it.
func (s *Split) tell(ctx context.Context, nc net.Conn) {
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	c := &begun{Conn: nc}
	began := time.Now()
	if s.opts.Proxies.Trust(nc.RemoteAddr()) {
		place := s.proxies.Enter(inbound.Source(nc.RemoteAddr()), func() { nc.Close() })
		if place == nil {
			nc.Close()
			return
		}
		err := c.readProxyHeader(began)
		place.Leave()
		if err != nil {
			nc.Close()
			if errors.Is(err, errGone) {
				return
			}
			if count, now := s.broken.Tell(inbound.Source(nc.RemoteAddr())); now {
				s.opts.Log.Warn("a proxy's header cannot be used", "from", nc.RemoteAddr(), "err", err, "count", count)
			}
			return
		}
		if c.Proxied() {
			began = time.Now() // its client has just begun
		}
	}
	if s.opts.TLS == nil && s.opts.HTTP == nil {
		s.tellSilent(c)
		s.hand(c, s.opts.SSH)
		return
	}
	waiting := s.anybody
	if s.opts.Proxies.Trust(c.RemoteAddr()) {
		waiting = s.proxies
	}
	place := waiting.Enter(inbound.Source(c.RemoteAddr()), func() { nc.Close() })
	if place == nil {
		nc.Close()
		return
	}
	defer place.Leave()
	silentFor := silence
	if s.opts.Browsers {
		silentFor = tellTime
	}
	switch spoken := c.tell(began, silentFor); {
	case spoken == saysNothing && s.opts.Browsers:
		nc.Close()
	case spoken == untold: // it has gone
		nc.Close()
	case s.owner(spoken) != nil:
		if spoken == speaksSSH {
			s.tellSilent(c)
		}
		place.Leave() // nobody may close it any more
		s.hand(c, s.owner(spoken))
	default:
		c.refuse(spoken)
	}
}

// tellSilent tells of a proxy that does not say whose SSH it brings: limits and logs then
// have its address for everybody behind it. HTTP has headers that may say so.
func (s *Split) tellSilent(c *begun) {
	if c.own || !s.opts.Proxies.Trust(c.RemoteAddr()) {
		return
	}
	if count, now := s.silent.Tell(inbound.Source(c.RemoteAddr())); now {
		s.opts.Log.Warn("a trusted proxy does not tell whose SSH connections it brings, so that all of them have its address: let it send the PROXY protocol (HAProxy: send-proxy-v2)",
			"proxy", inbound.Address(c.RemoteAddr()), "count", count)
	}
}

// owner is who takes connections that speak this; nil is nobody.
func (s *Split) owner(spoken protocol) func(net.Conn) {
	switch spoken {
	case speaksSSH, saysNothing:
		return s.opts.SSH
	case speaksTLS:
		return s.opts.TLS
	case speaksHTTP:
		return s.opts.HTTP
	}
	return nil
}

// hand gives the connection on without a time limit.
func (s *Split) hand(c *begun, to func(net.Conn)) {
	if c.SetReadDeadline(time.Time{}) != nil {
		c.Close() // it had to make room, or the server ends
		return
	}
	to(c)
}

// protocol is what a connection speaks.
type protocol int

const (
	untold protocol = iota // more bytes are needed
	speaksSSH
	speaksTLS
	speaksHTTP
	speaksHTTP2 // its preface, which clients send that believe both sides to know it
	speaksOther // nothing that is spoken here
	saysNothing // which a client of SSH may do until the server has spoken
)

// protocolOf tells a connection by its first bytes.
func protocolOf(first []byte) protocol {
	switch {
	case len(first) == 0, len(first) == 1 && first[0] == 0x16:
		return untold
	case first[0] == 0x16 && first[1] == 0x03:
		return speaksTLS
	}
	more := false
	for _, known := range []struct {
		begin string
		is    protocol
	}{
		{"SSH-", speaksSSH},
		{"GET ", speaksHTTP}, {"HEAD ", speaksHTTP}, {"POST ", speaksHTTP}, {"PUT ", speaksHTTP}, {"DELETE ", speaksHTTP},
		{"CONNECT ", speaksHTTP}, {"OPTIONS ", speaksHTTP}, {"TRACE ", speaksHTTP}, {"PATCH ", speaksHTTP},
		{"PRI ", speaksHTTP2},
	} {
		if bytes.HasPrefix(first, []byte(known.begin)) {
			return known.is
		}
		more = more || strings.HasPrefix(known.begin, string(first))
	}
	if more {
		return untold
	}
	return speaksOther
}

// longestBegin is the longest beginning that protocolOf asks for.
const longestBegin = len("CONNECT ")

// begun is a connection of which the beginning was read; it is read again.
type begun struct {
	net.Conn
	first []byte
	// remote and local are the ends that a trusted proxy has told; nil for Conn's own.
	remote, local net.Addr
	own           bool // a trusted proxy has made the connection for itself
}

// tell reads until the protocol is known, or nothing has come for a time.
func (c *begun) tell(began time.Time, silentFor time.Duration) protocol {
	_ = c.SetReadDeadline(began.Add(silentFor))
	buf := make([]byte, longestBegin)
	for {
		if spoken := protocolOf(c.first); spoken != untold {
			return spoken
		}
		if len(c.first) > 0 {
			_ = c.SetReadDeadline(began.Add(tellTime))
		}
		n, err := c.Conn.Read(buf[:longestBegin-len(c.first)])
		c.first = append(c.first, buf[:n]...)
		switch {
		case n > 0 || err == nil:
		case len(c.first) == 0 && errors.Is(err, os.ErrDeadlineExceeded):
			return saysNothing
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, io.EOF) && len(c.first) > 0:
			return speaksOther
		default:
			return untold
		}
	}
}

// refuse answers what nobody takes, so that people may see why, and closes.
func (c *begun) refuse(spoken protocol) {
	text := "this port speaks SSH and HTTP\r\n"
	switch spoken {
	case speaksTLS: // a fatal alert, handshake_failure (RFC 8446 section 6)
		text = "\x15\x03\x01\x00\x02\x02\x28"
	case speaksHTTP, speaksHTTP2:
		text = "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nonly HTTP/1.1 is spoken here\n"
	}
	_ = c.SetDeadline(time.Now().Add(answerTime))
	_, _ = io.WriteString(c.Conn, text)
	closeGently(c.Conn)
}

// closeGently lets the peer read what it was told: a system that still has unread
// bytes of the peer would answer with a reset, which throws the answer away.
func closeGently(nc net.Conn) {
	if half, ok := nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = nc.SetReadDeadline(time.Now().Add(answerTime))
		_, _ = io.CopyN(io.Discard, nc, 64<<10)
	}
	nc.Close()
}

// Read gives first what was read before.
func (c *begun) Read(p []byte) (int, error) {
	if len(c.first) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.first)
	if c.first = c.first[n:]; len(c.first) == 0 {
		c.first = nil
	}
	return n, nil
}

// SyscallConn implements [syscall.Conn], where the connection can. What was read before
// is not in the socket any more.
func (c *begun) SyscallConn() (syscall.RawConn, error) {
	if has, ok := c.Conn.(syscall.Conn); ok {
		return has.SyscallConn()
	}
	return nil, errors.ErrUnsupported
}

// CloseWrite ends the own direction, where the connection can.
func (c *begun) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// RemoteAddr is the client's, as a trusted proxy has told it, or else the peer's.
func (c *begun) RemoteAddr() net.Addr {
	if c.remote != nil {
		return c.remote
	}
	return c.Conn.RemoteAddr()
}

// LocalAddr is the address that the client has reached.
func (c *begun) LocalAddr() net.Addr {
	if c.local != nil {
		return c.local
	}
	return c.Conn.LocalAddr()
}

// Proxied reports whether a trusted proxy has told whose connection this is.
func (c *begun) Proxied() bool { return c.remote != nil }
