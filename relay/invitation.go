package relay

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/inbound"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
	"supportd/relay/store"
)

// InvitationLife is how long an invitation may go unused.
const InvitationLife = 24 * time.Hour

// invitee is the identity of somebody who has a key and, they say, an invitation. They
// may send one [wire.RegisterRequest] and nothing else. Anybody can come this far, so
// they have a place among the connections that have not joined, and [joinGrace].
type invitee struct {
	relay *Relay
	place *inbound.Place
	grace *time.Timer
	tried atomic.Bool
}

// opened is called when the key is proven.
func (i *invitee) opened(c *sshd.Conn) error {
	i.place = i.relay.unjoined.Enter(c.Network(), func() { c.End(errCrowded) })
	if i.place == nil {
		return errCrowded
	}
	i.grace = time.AfterFunc(joinGrace, func() { c.End(errNotJoined) })
	return nil
}

// closed is called when the connection has ended and its handlers have returned.
func (i *invitee) closed() {
	if i.place != nil {
		i.grace.Stop()
		i.place.Leave()
	}
}

// handleRegister gives the key that has logged in to the account of an invitation. A
// connection has one try.
func (r *Relay) handleRegister(ctx context.Context, c *sshd.Conn, payload []byte) (bool, []byte) {
	m, err := wire.ParseRegister(payload)
	i, is := c.Identity().(*invitee)
	if err != nil || !is || i.tried.Swap(true) {
		return false, nil
	}
	code, wait := r.register(ctx, c, m)
	return true, wire.Registered{Code: uint32(code), Wait: uint32((wait + time.Second - 1) / time.Second)}.Marshal()
}

// register tries an invitation. Wrong ones slow their source as wrong numbers do, so
// that nobody can use up the relay's work, or the tries of an invitation that they have
// half seen, from one address.
func (r *Relay) register(ctx context.Context, c *sshd.Conn, m wire.Register) (wire.RegisterCode, time.Duration) {
	from, now := c.Network(), r.now()
	turn := r.invites.Turn(from)
	turn.Lock()
	defer turn.Unlock()
	if wait, _ := r.invites.Ask(from, "", now); wait > 0 {
		return wire.RegisterLimited, wait
	}
	err := r.takeKey(ctx, c, m, now)
	switch {
	case err == nil:
		return wire.RegisterOK, 0
	case errors.Is(err, store.ErrInvitation):
		r.invites.Wrong(from, "", now)
		r.count.refused(causeInvitation)
		r.security(EventBadOffer, "an invitation was wrong, used, late or for another account", c.Source(), "account", text.Plain(m.Account, maxNamed))
		return wire.RegisterWrong, 0
	case errors.Is(err, store.ErrExists):
		return wire.RegisterTaken, 0
	case errors.Is(err, store.ErrLimit):
		return wire.RegisterFull, 0
	}
	r.log.Error("cannot register a key", "err", err)
	return wire.RegisterBusy, 0
}

// takeKey is [store.Store.Register] for the key of a connection.
func (r *Relay) takeKey(ctx context.Context, c *sshd.Conn, m wire.Register, now time.Time) error {
	invitation, err := wire.ParseInvitation(m.Invitation)
	if err == nil {
		err = wire.CheckAccount(m.Account)
	}
	if err != nil {
		return store.ErrInvitation
	}
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	who := actor{by: m.Account, from: c.Source()}
	st := r.data.Store.Telling(func(revision int64) { r.actors.note(revision, who) })
	offered := store.Invitation{Name: invitation.Name(), Hash: invitation.Hash(), Account: m.Account}
	key := store.Key{Fingerprint: ssh.FingerprintSHA256(c.Key()), Line: authorizedKey(c.Key()), Created: now}
	if err := st.Register(ctx, offered, key, maxKeys, now); err != nil {
		return err
	}
	if err := r.refresh(ctx); err != nil { // the key is in the database: it is seen within revokeInterval
		r.log.Error("cannot read the accounts; those known stay valid", "err", err)
	}
	return nil
}
