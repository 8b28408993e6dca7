package relay

import (
	"context"
	"errors"
	"math"
	"time"

	"supportd/library/api"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

// Here the relay decides which computer may join a support session, and which one may come
// back to it.

const (
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
)

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
	if welcome.Code == wire.CodeOK {
		r.tellJoin(try.session.row.Load().Number, c.Network())
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
