package relay

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay/store"
)

// Here the relay decides who may enter and what they may do: [Relay.authenticate] when a
// connection comes, and [Relay.mayAct] at each thing that somebody wants. Which accounts there
// are, without those that are disabled, stands in accounts.go; what each computer is told of
// that in tell_computer.go; which computer may join a session in may_join.go.

// errNoAccount is all that somebody is told who may not log in.
var errNoAccount = errors.New("this key has no account of that name")

// errRevoked ends the connections of those who may not be here any more.
var errRevoked = errors.New("the account or its key was removed")

// csrIdentity is the identity of a CSR's connection: what was true when they logged in.
type csrIdentity struct {
	account   string
	announced atomic.Bool // it was told of the host keys
	ends      *time.Timer // of the certificate; nil where they have a key of the account's
}

// authenticate is [sshd.Options.Authenticate]. A computer is whoever has a key;
// what it may do depends on the number it knows.
func (r *Relay) authenticate(meta ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
	if meta.User() == wire.CustomerUser {
		if key.Type() != ssh.KeyAlgoED25519 {
			return nil, errNoAccount
		}
		return newTunnel(r, key), nil
	}
	if meta.User() == wire.InvitedUser && csrca.Of(key) == nil { // a certificate is no key to register
		return &invitee{relay: r}, nil
	}
	if !r.leads() {
		return nil, &ssh.BannerError{Err: errLapsed, Message: errLapsed.Error() + "\r\n"}
	}
	// Perhaps another process has added the account a moment ago, or removed it.
	r.catchUp(loginPatience)
	a, _, err := r.accountOf(meta.User(), meta.RemoteAddr(), key)
	if err != nil {
		return nil, err
	}
	return &csrIdentity{account: a.Name}, nil
}

// accountOf is the account that somebody logs in to with a key or a certificate, from an
// address, now. The certificate is nil where they have a key of the account's. Why a
// certificate of our CA is not good enough, its holder is told; nobody else is told more
// than that there is no such account.
func (r *Relay) accountOf(name string, from net.Addr, key ssh.PublicKey) (store.Account, *csrca.Certificate, error) {
	all, cert := r.accounts.Load(), csrca.Of(key)
	if cert == nil {
		a, ok := all.account(name, key)
		if !ok {
			return store.Account{}, nil, errNoAccount
		}
		if list := r.revocations.Load(); list.HasKey(ssh.FingerprintSHA256(key)) {
			return store.Account{}, nil, keyRevoked(list.Number)
		}
		return a, nil, nil
	}
	now := time.Now()
	c, err := r.checker.Check(cert, name, *r.csrca.Load(), from, now)
	if err == nil {
		err = csrca.Demand{}.Check(c, r.revocations.Load(), now)
	}
	var why *csrca.Refusal
	switch a, known := all.byName[name]; {
	case errors.As(err, &why) && why.Problem != csrca.Foreign && why.Problem != csrca.Forged:
		return store.Account{}, nil, csrca.ToCSR(err, "tell the relay's operator: its clock is wrong")
	case err != nil || !known || a.Disabled:
		return store.Account{}, nil, errNoAccount
	default:
		return a, &c, nil
	}
}

// An action is something that only some may do.
type action int

const (
	actUse    action = iota + 1 // log in, see and end one's own sessions
	actReach                    // reach the computer of a session
	actManage                   // accounts, categories, everybody's sessions
)

// admit is [Relay.mayAct], and ends the connection of somebody who may not be here any
// more. Everything that a CSR does asks it first.
func (r *Relay) admit(c *sshd.Conn, what action, s *session) (store.Account, error) {
	a, err := r.mayAct(c, what, s)
	if errors.Is(err, errRevoked) {
		c.End(errRevoked)
	}
	return a, err
}

// mayAct is the one place that decides what the person at the other end of a
// connection may do now, whatever was true when they logged in. s is the session that
// it is about, or nil. The account is valid only with a nil error.
func (r *Relay) mayAct(c *sshd.Conn, what action, s *session) (store.Account, error) {
	who, ok := c.Identity().(*csrIdentity)
	if !ok || c.Key() == nil {
		return store.Account{}, errForbidden
	}
	a, _, err := r.accountOf(who.account, c.RemoteAddr(), c.Key())
	if err != nil {
		return store.Account{}, errRevoked
	}
	own := s == nil || s.row.Load().Owner == a.Name
	switch {
	case what == actUse && (own || a.Admin):
	case what == actReach && s != nil && own:
	case what == actManage && a.Admin:
	default:
		return store.Account{}, errForbidden
	}
	return a, nil
}

var errForbidden = errors.New("not allowed")

// forCSRs lets only CSRs open a kind of channel: a computer opens none.
func (r *Relay) forCSRs(h sshd.ChannelHandler) sshd.ChannelHandler {
	return func(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
		if _, err := r.admit(c, actUse, nil); err != nil {
			c.Reject(nc, ssh.Prohibited, err.Error())
			return
		}
		r.announceHostKeys(c)
		h(ctx, c, nc)
	}
}
