package relay

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/inbound"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

const (
	// joinGrace is how long a computer may take from its login to its join: one
	// message over a slow line.
	joinGrace = 10 * time.Second
	// confirmGrace is how long a computer may take to say that it has taken the
	// list of who may enter; one that does not is disconnected.
	confirmGrace = 15 * time.Second
	// readyPatience is how long a CSR waits for a computer that has connected a
	// moment ago, or that is being told who may enter.
	readyPatience = 3 * time.Second
	// endGrace is how long a computer may take to hear that its session has ended.
	endGrace = 5 * time.Second
)

// Why the relay closes a computer's connection.
var (
	errCrowded     = errors.New("too many computers are connected that have not joined")
	errNotJoined   = errors.New("the computer did not join")
	errHasty       = errors.New("the computer asks too often")
	errRenewal     = errors.New("the computer's certificate is renewed")
	errReplaced    = errors.New("the computer has connected again")
	errUnconfirmed = errors.New("the computer did not confirm who may enter")
	errEnded       = errors.New("the support session has ended")
)

// tunnel is the identity of a customer's computer: a connection with a proven
// key, and the session that it has joined.
type tunnel struct {
	relay *Relay
	key   ssh.PublicKey

	conn       atomic.Pointer[sshd.Conn]
	grace      *time.Timer    // ends a connection that does not join, or whose certificate runs out
	refused    wire.Code      // why it may not resume; one request of a connection at a time sets it
	tries      int            // joins that were looked up, likewise
	fruitless  int            // requests that got nothing, likewise
	missed     bool           // it has tried a wrong number, likewise
	limited    time.Time      // when it was told to wait, likewise
	joinBy     time.Time      // until when it has to join
	place      *inbound.Place // among those that have not joined; nil after that
	session    atomic.Pointer[session]
	generation int64 // of the session, where there is a group; set before session
	grouped    bool  // it reads what a group adds to its welcome; one request of a connection at a time sets it
	splices    atomic.Int32
	journal    atomic.Bool            // its journal is being received
	late       atomic.Bool            // it brings the journal of a session that has ended
	awayReason atomic.Pointer[string] // why the computer will be lost, where it has said so

	// mu guards what follows. Lock order: tunnel.mu before Relay.mu.
	mu         sync.Mutex
	forwarding bool               // it takes CSRs' connections
	list       []byte             // of who may enter, as it was sent last
	sent       bool               // whether it was sent one
	told       *csrca.Revocations // what it was sent last of what the CSR CA has revoked
	sending    bool               // a goroutine is sending it
	ready      chan struct{}      // closed while it takes connections and knows who may enter
}

func newTunnel(r *Relay, key ssh.PublicKey) *tunnel {
	return &tunnel{relay: r, key: key, ready: make(chan struct{})}
}

// opened is called when the key is proven. Anybody can make a key, so the computer
// keeps its place among the unjoined until it has joined.
func (t *tunnel) opened(c *sshd.Conn) error {
	t.conn.Store(c)
	t.place = t.relay.newcomers.Enter(t.relay.unjoined, c.Network(), t.identity(), func() { c.End(errCrowded) })
	if t.place == nil {
		return errCrowded
	}
	t.joinBy = time.Now().Add(joinGrace)
	t.grace = time.AfterFunc(joinGrace, func() {
		if t.session.Load() == nil {
			c.End(errNotJoined)
			return
		}
		c.End(errRenewal)
	})
	return nil
}

// closed is called when the connection has ended and its handlers have returned.
func (t *tunnel) closed() {
	t.grace.Stop()
	if t.place != nil {
		t.place.Leave()
	}
	t.relay.numbers.Leave(t.conn.Load().Network(), t.identity())
	if s := t.session.Load(); s != nil {
		s.lost(t)
	}
}

// computer is the identity of a connection, nil for a CSR's.
func computer(c *sshd.Conn) *tunnel {
	t, _ := c.Identity().(*tunnel)
	return t
}

// identity is the computer's key as the database has it.
func (t *tunnel) identity() string { return authorizedKey(t.key) }

// handleGroup notes that a computer's program knows of groups.
func (r *Relay) handleGroup(_ context.Context, c *sshd.Conn, _ []byte) (bool, []byte) {
	t := computer(c)
	if t == nil {
		return false, nil
	}
	t.grouped = true
	return true, nil
}

// handleForward takes the one forward that exists: to the computer's own number.
func (r *Relay) handleForward(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	t := computer(c)
	if t == nil || !t.isOwn(payload) {
		return false, nil
	}
	t.mu.Lock()
	t.forwarding = true
	t.mu.Unlock()
	t.tellList()
	return true, nil
}

func (r *Relay) handleCancel(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	t := computer(c)
	if t == nil || !t.isOwn(payload) {
		return false, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.forwarding
	t.forwarding = false
	t.clearReadyLocked()
	return was, nil
}

func (t *tunnel) isOwn(payload []byte) bool {
	m, err := wire.ParseForward(payload)
	s := t.session.Load()
	return err == nil && s != nil && m.Host == s.row.Load().Number.Host() && m.Port == wire.TunnelPort
}

// handleAway keeps why a computer is about to be lost, until it is.
func (r *Relay) handleAway(_ context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	m, err := wire.ParseAway(payload)
	t := computer(c)
	if err != nil || t == nil || t.session.Load() == nil {
		return false, nil
	}
	t.awayReason.Store(&m.Reason)
	return true, nil
}

// handleEnd ends the session for the customer.
func (r *Relay) handleEnd(ctx context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	m, err := wire.ParseEnd(payload)
	t := computer(c)
	if err != nil || t == nil {
		return false, nil
	}
	s := t.session.Load()
	if s == nil {
		return false, nil
	}
	switch err := s.endBy(ctx, t, m.Reason); {
	case errors.Is(err, errReplaced):
		return false, nil
	case err != nil && !errors.Is(err, store.ErrState):
		r.log.Error("cannot end a session", "session", s.row.Load().ID, "err", err)
		return false, nil
	}
	return true, nil
}
