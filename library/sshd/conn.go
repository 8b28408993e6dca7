package sshd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gssh "github.com/gliderlabs/ssh"
	"golang.org/x/crypto/ssh"

	"supportd/library/inbound"
	"supportd/library/wire"
)

// Conn is one connection, from its first byte to its last handler.
type Conn struct {
	net.Conn
	server *Server
	ctx    context.Context
	cancel context.CancelCauseFunc
	unbind func() bool // from the context that the connection was served under
	source netip.Prefix

	grace *time.Timer                   // of the login; nil after it
	place atomic.Pointer[inbound.Place] // among those that have to log in; nil after it
	turn  atomic.Pointer[func()]        // gives the turn of one in a crowd back, any number of times

	greeting
	proven   atomic.Bool
	refused  atomic.Pointer[refused]
	perms    atomic.Pointer[ssh.Permissions]
	ssh      atomic.Pointer[ssh.ServerConn]
	watch    *watch
	handlers handlers
	channels atomic.Int32
	quiet    atomic.Pointer[time.Time] // when the last of them ended; nil is never

	mu       sync.Mutex // guards rejected; no other lock is taken under it
	rejected []time.Time
}

// refused are the keys that were offered in vain.
type refused struct {
	user string // of the last one
	keys int
}

type contextKey struct{}

// identityKey is the entry of ssh.Permissions that holds the proven identity.
type identityKey struct{}

// provenKey is the entry that holds the key which was proven.
type provenKey struct{}

func attach(ctx gssh.Context, nc net.Conn) net.Conn {
	c := nc.(*Conn)
	ctx.SetValue(contextKey{}, c)
	c.watch.find = func() ssh.Conn {
		if sc, ok := ctx.Value(gssh.ContextKeyConn).(*ssh.ServerConn); ok {
			return sc
		}
		return nil
	}
	return c
}

func connOf(ctx context.Context) *Conn { return ctx.Value(contextKey{}).(*Conn) }

func newConn(ctx context.Context, s *Server, nc net.Conn) *Conn {
	c := &Conn{Conn: nc, server: s, source: inbound.Source(nc.RemoteAddr())}
	// Not below ctx: a context that has another one below it keeps a table of such, as long
	// as the connection stands.
	c.ctx, c.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	c.unbind = context.AfterFunc(ctx, func() { c.End(context.Cause(ctx)) })
	c.watch = &watch{lost: func() { c.End(ErrLost) }}
	c.handlers.idle.L = &c.handlers.mu
	return c
}

// crowdedOut ends the connection for one that takes its place. Whoever calls it may hold the
// server's lock, and closing or logging may take a while.
func (c *Conn) crowdedOut() {
	c.cancel(ErrFull)
	c.server.wait.Go(func() { c.Conn.Close(); c.server.tellFull(c) })
}

// admit gives the connection a place among those that have said nothing yet, and starts its
// time limit. Where there is no place, it reports false.
func (s *Server) admit(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if !c.enter(s.silent) {
		return false
	}
	s.conns[c] = struct{}{}
	c.grace = time.AfterFunc(LoginGrace, func() { c.End(context.DeadlineExceeded) })
	return true
}

// authenticated takes the connection out of those that have to log in.
func (s *Server) authenticated(c *Conn) {
	if c.proven.Swap(true) {
		return
	}
	c.leave()
	c.watch.start()
}

// enter takes a place, and reports whether there is one.
func (c *Conn) enter(places *inbound.Waiting) bool {
	place := places.Enter(c.source, c.crowdedOut)
	if place == nil {
		return false
	}
	c.place.Store(place)
	return true
}

// leave gives back the place among those that have to log in, with its time limit. Nothing
// of it is kept: a tunnel lives long.
func (c *Conn) leave() {
	if c.grace != nil {
		c.grace.Stop()
		c.grace = nil
	}
	if place := c.place.Swap(nil); place != nil {
		place.Leave()
	}
	if turn := c.turn.Swap(nil); turn != nil {
		(*turn)()
	}
}

// beginLogin moves the connection, which has sent its version line, from the places of those
// that have said nothing to those of people, or of a crowd: however many come and say
// nothing, they end no login. It reports whether the login may go on.
func (c *Conn) beginLogin() bool {
	s := c.server
	if !c.place.Swap(nil).Leave() {
		return false // it had to make room meanwhile, and takes nobody else's
	}
	crowd := s.opts.Crowd != nil && s.opts.Crowd(c.client)
	places := s.logins
	if crowd {
		places = s.crowd
	}
	if c.enter(places) {
		return !crowd || c.waitForTurn()
	}
	s.tellFull(c)
	// Dropbear's client says that a command was run well when it reads a DISCONNECT before
	// the login.
	if !strings.HasPrefix(c.client, "SSH-2.0-dropbear") {
		c.sendDisconnect(wire.ReasonTooManyConnections, wire.Full)
	}
	return false
}

// tellFull tells the log, once a minute, that a connection finds no place or has to make
// room.
func (s *Server) tellFull(c *Conn) {
	if count, now := s.full.Tell(netip.Prefix{}); now {
		s.opts.Log.Warn("more connections want to log in than may at once, so that some are closed",
			"from", inbound.Address(c.RemoteAddr()), "count", count)
	}
}

// waitForTurn waits until the connection may exchange keys, as one of a crowd. It reports
// whether that came.
func (c *Conn) waitForTurn() bool {
	s := c.server
	select {
	case s.turns <- struct{}{}: // in the order in which they came
	case <-c.ctx.Done():
		return false
	}
	give := sync.OnceFunc(func() { <-s.turns })
	late := time.AfterFunc(crowdTurn, give)
	turn := func() { late.Stop(); give() }
	c.turn.Store(&turn)
	return true
}

// remove ends what admit began.
func (s *Server) remove(c *Conn) {
	c.leave()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// finish runs when the transport has ended: it waits for all handlers.
func (c *Conn) finish() {
	c.End(ErrClosed)
	c.unbind()
	c.watch.stop()
	c.handlers.close()
	switch told := c.refused.Load(); {
	case c.proven.Load() && c.server.opts.Closed != nil:
		c.server.opts.Closed(c)
	case !c.proven.Load() && told != nil && c.server.opts.Refused != nil:
		c.server.opts.Refused(c, told.user, told.keys)
	}
}

// End closes the connection for a reason, which [Conn.Context] reports as its
// cause. Only the first reason counts.
func (c *Conn) End(cause error) { c.cancel(cause); c.Conn.Close() }

// Close makes Conn the net.Conn that the SSH transport closes.
func (c *Conn) Close() error { c.cancel(ErrClosed); return c.Conn.Close() }

// Context is done when the connection ends; its cause says why.
func (c *Conn) Context() context.Context { return c.ctx }

// Identity is what [Options.Authenticate] returned for the key that was proven;
// nil before that.
func (c *Conn) Identity() any {
	if p := c.permissions(); p != nil {
		return p.ExtraData[identityKey{}]
	}
	return nil
}

// Key is the public key that was proven; nil before that.
func (c *Conn) Key() ssh.PublicKey {
	if p := c.permissions(); p != nil {
		key, _ := p.ExtraData[provenKey{}].(ssh.PublicKey)
		return key
	}
	return nil
}

// permissions are those of the finished handshake. Before the handshake has
// returned, they are those of the signature that was verified.
func (c *Conn) permissions() *ssh.Permissions {
	if sc := c.ssh.Load(); sc != nil {
		return sc.Permissions
	}
	return c.perms.Load()
}

// SSH is the connection's protocol side. It is there in every channel and
// request handler, and nil before.
func (c *Conn) SSH() *ssh.ServerConn { return c.ssh.Load() }

// Source is the address without the port, for logs and limits.
func (c *Conn) Source() string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().String()
	}
	return host
}

// Network is the source that limits are counted for: its /32 or /64, and the
// zero prefix where the connection has no address.
func (c *Conn) Network() netip.Prefix { return c.source }

func (c *Conn) established(ctx gssh.Context) {
	if sc, ok := ctx.Value(gssh.ContextKeyConn).(*ssh.ServerConn); ok {
		c.ssh.CompareAndSwap(nil, sc)
	}
}

// Reject refuses a channel with a text that the client shows to the person. A
// client that is refused too often is disconnected.
func (c *Conn) Reject(nc ssh.NewChannel, reason ssh.RejectionReason, text string) {
	_ = nc.Reject(reason, text)
	now := time.Now()
	c.mu.Lock()
	for len(c.rejected) > 0 && now.Sub(c.rejected[0]) >= time.Minute {
		c.rejected = c.rejected[1:]
	}
	c.rejected = append(c.rejected, now)
	abuse := len(c.rejected) > MaxRejected
	c.mu.Unlock()
	if abuse {
		c.End(ErrAbuse)
	}
}

func (c *Conn) takeChannel() bool {
	if c.channels.Add(1) <= int32(c.server.opts.MaxChannels) {
		return true
	}
	c.channels.Add(-1)
	return false
}

// tooManyKeys is what a person reads above "Too many authentication failures".
func tooManyKeys() string {
	return fmt.Sprintf("%d keys were offered, and none of them is let in here.\r\n"+
		"hint: if yours is another one, let ssh offer that alone: ssh -o IdentitiesOnly=yes -i ~/.ssh/YOUR_KEY …\r\n", MaxAuthTries)
}

// config is a fresh configuration for this connection alone: nothing that one
// authentication attempt leaves behind can reach another.
func (c *Conn) config() *ssh.ServerConfig {
	s, tries, told := c.server, 0, []string{}
	cfg := &ssh.ServerConfig{
		Config:                  algorithms(c.ciphers),
		PublicKeyAuthAlgorithms: signatureAlgorithms,
		MaxAuthTries:            MaxAuthTries,
		ServerVersion:           c.version,
		// gliderlabs turns NoClientAuth on when it has no handler of its own; this
		// callback turns it off again.
		NoClientAuthCallback: func(ssh.ConnMetadata) (*ssh.Permissions, error) { return nil, errNoAuth },
		PublicKeyCallback: func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			err := s.checkOffer(key)
			var identity any
			if err == nil {
				identity, err = s.opts.Authenticate(meta, key)
			}
			if err != nil {
				tries++
				c.refused.Store(&refused{meta.User(), tries})
				if tries == MaxAuthTries {
					err = &ssh.BannerError{Err: err, Message: tooManyKeys()}
				}
				if banner := (*ssh.BannerError)(nil); errors.As(err, &banner) {
					if slices.Contains(told, banner.Message) {
						return nil, banner.Err
					}
					told = append(told, banner.Message)
				}
				return nil, err
			}
			return &ssh.Permissions{ExtraData: map[any]any{identityKey{}: identity, provenKey{}: key}}, nil
		},
		VerifiedPublicKeyCallback: func(meta ssh.ConnMetadata, _ ssh.PublicKey, p *ssh.Permissions, _ string) (*ssh.Permissions, error) {
			c.perms.Store(p)
			if s.opts.Opened != nil {
				if err := s.opts.Opened(c); err != nil {
					c.refused.Store(&refused{meta.User(), tries + 1})
					return nil, err
				}
			}
			s.authenticated(c)
			return p, nil
		},
	}
	for _, key := range s.opts.HostKeys() {
		cfg.AddHostKey(key)
	}
	return cfg
}

// handlers counts the running handlers of a connection, so that its end can wait for
// them. After the end no handler starts.
type handlers struct {
	mu     sync.Mutex // no other lock is taken under it
	idle   sync.Cond
	active int
	closed bool
}

func (h *handlers) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.active++
	return true
}

func (h *handlers) done() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.active--
	h.idle.Broadcast()
}

func (h *handlers) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.closed = true; h.active > 0; {
		h.idle.Wait()
	}
}
