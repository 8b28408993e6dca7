// Package sshd is the hardened SSH server that stands on both ends of the
// product: the relay's public one and the daemon's inner one. It runs the
// server loop of gliderlabs/ssh with handlers of our own, and closes what that
// library leaves open (SECURITY.md, G1 to G15).
//
// What it promises: only public keys authenticate, and a connection's identity
// is the key that was proven; whatever nobody registered a handler for is
// refused; a handler that panics ends its own channel; every limit of limits.go
// holds; [Server.Shutdown] returns when every goroutine has ended.
package sshd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	gssh "github.com/gliderlabs/ssh"
	"golang.org/x/crypto/ssh"

	"supportd/library/inbound"
	"supportd/library/panics"
	"supportd/library/wire"
)

// Errors that end a connection; [context.Cause] of a connection's context
// returns one of them or what [Conn.End] was given.
var (
	ErrClosed   = errors.New("the other side closed the connection")
	ErrLost     = errors.New("the other side does not answer any more")
	ErrShutdown = errors.New("the server is shutting down")
	ErrAbuse    = errors.New("too many refused requests")
	ErrFull     = errors.New("its login had to make room for others")
	errNoAuth   = errors.New("a public key is required")
	errBadKey   = errors.New("this kind of key is not accepted")
	errRSALen   = fmt.Errorf("RSA keys of %d to %d bits are accepted", minRSABits, maxRSABits)
)

// Authenticate decides about a key that a client offers under a user name. The
// identity it returns is what handlers get from [Conn.Identity] once the client
// has proven that key, and that key only. A text in an [ssh.BannerError] is shown to
// the person, the same once. It must be safe for concurrent use and may be called for
// keys that are never proven.
type Authenticate func(meta ssh.ConnMetadata, key ssh.PublicKey) (identity any, err error)

// ChannelHandler serves one channel from its open request to its close. It must
// accept or reject nc, and return when ctx is done.
type ChannelHandler func(ctx context.Context, c *Conn, nc ssh.NewChannel)

// RequestHandler answers a global request. Handlers of one connection run one
// after the other, so a slow one holds up only its own connection.
type RequestHandler func(ctx context.Context, c *Conn, payload []byte) (ok bool, reply []byte)

// Options make a [Server]. HostKeys, Authenticate and Log are required.
type Options struct {
	// HostKeys returns the server's keys and host certificates; it is called for
	// each connection, because a certificate can be renewed.
	HostKeys     func() []ssh.Signer
	Authenticate Authenticate
	// Certificates has Authenticate asked about user certificates, too: it decides whose
	// they are and which CA counts. Without it they are refused.
	Certificates bool
	// Opened is called when a client has proven its key, before anything it asks
	// for; an error refuses it after all. Closed is called once for each Conn that
	// was opened, when all its handlers have returned.
	Opened func(*Conn) error
	Closed func(*Conn)
	// Refused is called at the end of a connection that has offered keys, so many of them
	// and the last for this user name, and was not let in. Nil is nobody.
	Refused func(c *Conn, user string, keys int)
	// Crowd reports whether a client with this version line is one of many that may come at
	// the same time, as customers' computers after a relay's restart. They wait for each
	// other in a line of their own, so that they keep nobody else out. Anybody may say that
	// they are one; it gives them nothing else. Nil is nobody.
	Crowd    func(version string) bool
	Channels map[string]ChannelHandler
	Requests map[string]RequestHandler
	Log      *slog.Logger
	// MaxChannels bounds the open channels of a connection; 0 is [MaxChannels].
	MaxChannels int
	// Software stands in the version line, e.g. "supportd_1.0".
	Software string
}

// Server accepts connections. All methods are safe for concurrent use.
type Server struct {
	opts Options
	gssh *gssh.Server
	wait sync.WaitGroup // every goroutine of ours; each recovers

	silent *inbound.Waiting // connections that have not sent their version line
	logins *inbound.Waiting // those that have, and have not authenticated
	crowd  *inbound.Waiting // those that Options.Crowd knows, instead
	turns  chan struct{}    // has an entry for each of those that exchanges keys
	full   inbound.LogLimiter

	mu     sync.Mutex // guards what follows; that of silent is taken under it
	closed bool
	conns  map[*Conn]struct{}
}

// New checks the options and makes a server.
func New(opts Options) (*Server, error) {
	switch {
	case opts.HostKeys == nil:
		return nil, errors.New("sshd: HostKeys is required")
	case opts.Authenticate == nil:
		return nil, errors.New("sshd: Authenticate is required")
	case opts.Log == nil:
		return nil, errors.New("sshd: Log is required")
	}
	if opts.MaxChannels == 0 {
		opts.MaxChannels = MaxChannels
	}
	if opts.Software == "" {
		opts.Software = "supportd"
	}
	s := &Server{opts: opts, conns: map[*Conn]struct{}{}, silent: newLogins(), logins: newLogins(),
		crowd: newCrowd(), turns: make(chan struct{}, turnsPerCPU*runtime.GOMAXPROCS(0)), full: inbound.LogLimiter{Every: time.Minute, Most: 1}}
	s.gssh = &gssh.Server{
		ConnCallback:         attach,
		ServerConfigCallback: func(ctx gssh.Context) *ssh.ServerConfig { return connOf(ctx).config() },
		ConnectionFailedCallback: func(nc net.Conn, err error) {
			s.opts.Log.Debug("handshake ended", "remote", nc.RemoteAddr(), "err", err)
		},
		ChannelHandlers: map[string]gssh.ChannelHandler{"default": s.handleChannel},
		RequestHandlers: map[string]gssh.RequestHandler{"default": s.handleRequest},
		// Non-nil and empty: HandleConn must not find a default of the library's.
		SubsystemHandlers: map[string]gssh.SubsystemHandler{},
	}
	return s, nil
}

// Serve accepts connections on l until ctx is done, and closes l. It returns
// the cause of ctx, or the error that made l unusable. When the system has no
// file descriptor left it waits and goes on. It may run for several listeners.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return inbound.Accept(ctx, l, s.opts.Log, func(nc net.Conn) {
		if !s.start(ctx, nc) {
			nc.Close()
		}
	})
}

func (s *Server) start(ctx context.Context, nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wait.Go(func() { s.serve(ctx, nc) })
	return true
}

// ServeConn serves one connection that was made elsewhere, e.g. a channel of a
// tunnel, and returns when it and all its handlers have ended.
func (s *Server) ServeConn(ctx context.Context, nc net.Conn) {
	done := make(chan struct{})
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		nc.Close()
		return
	}
	s.wait.Go(func() { defer close(done); s.serve(ctx, nc) })
	s.mu.Unlock()
	<-done
}

func (s *Server) serve(ctx context.Context, nc net.Conn) {
	c := newConn(ctx, s, nc)
	defer panics.Keep(s.opts.Log, "connection", nil)
	defer c.finish()
	if !s.admit(c) {
		s.tellFull(c)
		c.refuse(wire.Full)
		return
	}
	defer s.remove(c)
	if c.greet() {
		s.gssh.HandleConn(c)
	}
}

// Conns returns the connections that have authenticated.
func (s *Server) Conns() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []*Conn
	for c := range s.conns {
		if c.proven.Load() {
			open = append(open, c)
		}
	}
	return open
}

// Drain waits for clients without a channel to leave by themselves: for each until
// patience after its last channel's end, and no longer than patience in all. OpenSSH's
// client loses the exit status that it was given when the server closes first.
func (s *Server) Drain(patience time.Duration) {
	began := time.Now()
	end, settled := began.Add(patience), began.Add(min(settling, patience))
	for _, c := range s.Conns() {
		for c.channels.Load() > 0 && c.ctx.Err() == nil && time.Now().Before(settled) {
			time.Sleep(time.Millisecond)
		}
		quiet := c.quiet.Load()
		if quiet == nil || c.channels.Load() > 0 {
			continue // nothing to say goodbye to; and a client that works does not leave
		}
		leaves := quiet.Add(patience)
		if leaves.After(end) {
			leaves = end
		}
		select {
		case <-c.ctx.Done():
		case <-time.After(time.Until(leaves)):
		}
	}
}

// settling is how long a channel may take to count as ended when its handler has said
// that it is done: on a busy computer its last lines run later than ours.
const settling = 100 * time.Millisecond

// Shutdown ends every connection with cause and waits until all handlers have
// returned or ctx is done. New connections are refused from now on.
func (s *Server) Shutdown(ctx context.Context, cause error) error {
	s.mu.Lock()
	s.closed = true
	open := make([]*Conn, 0, len(s.conns))
	for c := range s.conns {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, c := range open {
		c.End(cause)
	}
	done := make(chan struct{})
	go func() { s.wait.Wait(); close(done) }() // ends with the last handler, though nobody may wait any more
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) handleRequest(ctx gssh.Context, _ *gssh.Server, req *ssh.Request) (ok bool, reply []byte) {
	c := connOf(ctx)
	if !c.handlers.begin() {
		return false, nil
	}
	defer c.handlers.done()
	defer func() {
		if r := recover(); r != nil {
			s.opts.Log.Error("a request handler panicked", "panic", r, "request", req.Type, "stack", string(debug.Stack()))
			ok, reply = false, nil
		}
	}()
	c.established(ctx)
	if req.Type == keepaliveRequest {
		return true, nil
	}
	h := s.opts.Requests[req.Type]
	if h == nil {
		return false, nil
	}
	return h(c.ctx, c, req.Payload)
}

func (s *Server) handleChannel(_ *gssh.Server, _ *ssh.ServerConn, nc ssh.NewChannel, ctx gssh.Context) {
	c := connOf(ctx)
	if !c.handlers.begin() {
		_ = nc.Reject(ssh.ResourceShortage, ErrShutdown.Error())
		return
	}
	defer c.handlers.done()
	defer func() {
		if r := recover(); r != nil {
			s.opts.Log.Error("a channel handler panicked", "panic", r, "channel", nc.ChannelType(), "stack", string(debug.Stack()))
			_ = nc.Reject(ssh.ConnectionFailed, "internal error") // no effect where it was accepted
		}
	}()
	c.established(ctx)
	h := s.opts.Channels[nc.ChannelType()]
	if h == nil {
		c.Reject(nc, ssh.Prohibited, "this kind of channel is not offered here")
		return
	}
	if !c.takeChannel() {
		c.Reject(nc, ssh.ResourceShortage, "too many channels on one connection")
		return
	}
	defer func() {
		now := time.Now()
		c.quiet.Store(&now)
		c.channels.Add(-1)
	}()
	h(c.ctx, c, nc)
}

const keepaliveRequest = "keepalive@openssh.com"
