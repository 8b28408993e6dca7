package relay

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/csrca"
	"supportd/library/inbound"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

const (
	// confirmGrace is how long a computer may take to say that it has taken the
	// list of who may enter; one that does not is disconnected.
	confirmGrace = 15 * time.Second
	// readyPatience is how long a CSR waits for a computer that has connected a
	// moment ago, or that is being told who may enter.
	readyPatience = 3 * time.Second
	// answerGrace is how long a computer that may not join has to read why.
	answerGrace = time.Second
	// maxTries bounds the numbers that one connection may have looked up: a computer
	// sends one.
	maxTries = 5
	// maxFruitless bounds the requests of a connection that has not joined and gets
	// nothing by them: a computer sends two.
	maxFruitless = 20
	// leastPause is how long a computer that has to wait must take until it asks again:
	// it takes [wire.JoinPause], and what the network delays only adds to that.
	leastPause = wire.JoinPause / 2
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
	authorized []byte             // the list that it was sent last
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
	t.place = t.relay.newcomers.enter(t.relay.unjoined, c.Network(), t.identity(), func() { c.End(errCrowded) })
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
	t.relay.numbers.leave(t.conn.Load().Network(), t.identity())
	if s := t.session.Load(); s != nil {
		s.lost(t)
	}
}

// computer is the identity of a connection, nil for a CSR's.
func computer(c *sshd.Conn) *tunnel {
	t, _ := c.Identity().(*tunnel)
	return t
}

func (r *Relay) handleJoin(ctx context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	m, err := wire.ParseJoin(payload)
	t := computer(c)
	if err != nil || t == nil || t.session.Load() != nil {
		return false, nil
	}
	if m.Version != wire.ProtocolVersion {
		return true, t.refuse(wire.CodeVersion)
	}
	if time.Since(t.limited) < leastPause {
		r.endHasty(c)
		return true, refuse(wire.CodeBusy)
	}
	if t.tries >= maxTries {
		return true, t.refuse(wire.CodeBusy)
	}
	try := r.tryNumber(ctx, c.Network(), t.identity(), m.Number)
	t.missed = t.missed || try.wrong
	switch {
	case try.code == wire.CodeLimited:
		t.waits(try.inLine)
		return true, wire.Welcome{Code: try.code, Wait: uint32(math.Ceil(try.wait.Seconds()))}.Marshal()
	case try.code != wire.CodeOK:
		t.tries++
		return true, t.refuse(try.code)
	}
	t.tries++
	welcome := try.session.attach(ctx, t, func(row *store.Session) {
		row.Customer, row.Host, row.OS = m.Name, m.Host, m.OS
	})
	if tell := r.joined.Load(); tell != nil && welcome.Code == wire.CodeOK {
		(*tell)(try.session.row.Load().Number, c.Network())
	}
	return true, welcome.Marshal()
}

// waits keeps a connection that has to wait and asks in pace. One that has tried a wrong
// number stays too, but makes room for a newcomer of its source.
func (t *tunnel) waits(inLine bool) {
	t.limited = time.Now()
	if !inLine {
		return
	}
	if !t.missed {
		t.place.Renew()
	}
	t.joinBy = t.limited.Add(joinGrace)
	t.grace.Reset(joinGrace)
}

// refuse answers a request that gets nothing, and ends the connection after too many:
// each costs the relay more than whoever sends it.
func (t *tunnel) refuse(code wire.Code) []byte {
	if t.fruitless++; t.fruitless > maxFruitless {
		t.relay.endHasty(t.conn.Load())
	}
	return refuse(code)
}

// endHasty ends the connection of a computer that asks faster than any of ours.
func (r *Relay) endHasty(c *sshd.Conn) {
	from := c.Network()
	if _, now := r.hasty.Tell(from); now {
		r.log.Warn("computers of this address ask too often: their connections are ended", "from", Address(from))
	}
	c.End(errHasty)
}

func refuse(code wire.Code) []byte { return wire.Welcome{Code: code}.Marshal() }

func (r *Relay) handleResume(ctx context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	m, err := wire.ParseResume(payload)
	t := computer(c)
	if err != nil || t == nil || t.session.Load() != nil {
		return false, nil
	}
	if m.Version != wire.ProtocolVersion {
		return true, t.refuse(wire.CodeVersion)
	}
	// Asked once for each connection: whoever has a key may ask, and each answer costs
	// a look into the database.
	if t.refused != wire.CodeNone {
		return true, t.refuse(t.refused)
	}
	resume := func(row *store.Session) { row.Host, row.OS = m.Host, m.OS }
	if s := r.findIdentity(t.identity()); s != nil {
		return true, s.attach(ctx, t, resume).Marshal()
	}
	row, err := r.data.Store.SessionByIdentity(ctx, t.identity())
	switch {
	case err == nil && row.State != api.Ended: // it has joined a moment ago, perhaps at another relay of the group
		return true, r.learn(ctx, row).attach(ctx, t, resume).Marshal()
	case errors.Is(err, store.ErrNotFound):
		t.refused = wire.CodeUnknown
	case err != nil:
		r.log.Error("cannot look up a session", "err", err)
		return true, t.refuse(wire.CodeBusy)
	default:
		t.refused = wire.CodeEnded
	}
	return true, t.refuse(t.refused)
}

// identity is the computer's key as the database has it.
func (t *tunnel) identity() string { return authorizedKey(t.key) }

// attach makes t the connection of the session's computer.
func (s *session) attach(ctx context.Context, t *tunnel, edit func(*store.Session)) wire.Welcome {
	r := s.relay
	// A computer that has asked in time is not disconnected because the database is slow.
	t.grace.Stop()
	defer func() {
		if t.session.Load() == nil {
			t.grace.Reset(max(time.Until(t.joinBy), answerGrace))
		}
	}()
	s.mu.Lock()
	defer s.mu.Unlock()
	before, now := s.row.Load(), r.now()
	over := r.timeOver(before)
	late := !over.IsZero() && !now.Before(over) // that could not be written yet
	switch {
	case !r.leads(), late && s.changedElsewhere(ctx):
		return wire.Welcome{Code: wire.CodeBusy}
	case late && before.State == api.Waiting:
		return wire.Welcome{Code: wire.CodeExpired}
	case late, before.State == api.Ended:
		return wire.Welcome{Code: wire.CodeEnded}
	case before.Identity != "" && before.Identity != t.identity():
		return wire.Welcome{Code: wire.CodeUsed} // another computer was faster
	}
	cert, err := r.data.certify(t.key, before.ID, before.Number, now)
	if err == nil {
		err = s.changeLocked(ctx, r.data.Store.For(before.Owner), api.Active, func(row *store.Session) {
			edit(row)
			r.take(row, now)
			row.Identity = t.identity()
			if row.Joined.IsZero() {
				row.Joined = now
			}
		})
	}
	switch {
	case errors.Is(err, store.ErrState):
		r.reconcileLater() // another process has ended it
		return wire.Welcome{Code: wire.CodeEnded}
	case errors.Is(err, store.ErrJoined): // at another relay of the group, which was faster
		return wire.Welcome{Code: wire.CodeUsed}
	case err != nil:
		r.log.Error("cannot let a computer in", "session", before.ID, "err", err)
		return wire.Welcome{Code: wire.CodeBusy}
	}
	if before.Identity == "" {
		r.mu.Lock()
		r.byIdentity[s.row.Load().Identity] = s
		r.mu.Unlock()
	}
	t.grace.Reset(certificateLife - renewal)
	t.place.Leave()
	t.place = nil // a tunnel lives long
	t.generation = s.row.Load().Generation
	if g := r.group; g != nil && (before.Identity == "" || before.Node != g.name) {
		g.held.Add(1)
	}
	t.session.Store(s)
	if old := s.tunnel.Swap(t); old != nil {
		old.conn.Load().End(errReplaced)
	}
	r.log.Info("computer connected", "session", before.ID, "was", before.State)
	welcome := wire.Welcome{
		Code: wire.CodeOK, Number: string(before.Number), Owner: r.accounts.Load().byName[before.Owner].Display, Account: before.Owner,
		Certificate: cert, Window: uint32(r.opts.Window / time.Second), Now: uint64(now.Unix()),
	}
	if r.group != nil && t.grouped {
		welcome.Generation, welcome.Relays = uint64(t.generation), r.group.relays()
	}
	return welcome
}

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
	t.authorize()
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
