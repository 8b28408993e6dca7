package relay

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/csrca"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// ErrOwnCA is returned where a relay's own key shall be a CSR CA: a relay never says by
// itself who a CSR is.
var ErrOwnCA = errors.New("it is a key of the relay's own, which may not say who is let in")

// errCertificateEnded ends the connections of certificates.
var errCertificateEnded = errors.New("your certificate has ended")

// SetCSRCA has certificates of these CAs log in, too, from now on; whoever is here with one
// of another is disconnected. It is safe for concurrent use.
func (r *Relay) SetCSRCA(ctx context.Context, keys []ssh.PublicKey) error {
	if err := r.CheckCSRCA(keys); err != nil {
		return err
	}
	keys = slices.Clone(keys)
	r.csrca.Store(&keys)
	return r.refresh(ctx)
}

// CheckCSRCA returns [ErrOwnCA] where one of the keys is the relay's own.
func (r *Relay) CheckCSRCA(keys []ssh.PublicKey) error {
	own := r.data.cas.Load().trusted(time.Now())
	for _, key := range r.data.keys.Load().all() {
		own = append(own, key.PublicKey())
	}
	for _, key := range own {
		if csrca.IsOneOf(key, keys) {
			return ErrOwnCA
		}
	}
	return nil
}

// nameCertified puts accounts without a key on their list of who may enter computers: with a
// certificate they may, where the computer's program knows the CA. An account with a key
// stands there already.
func (a *accounts) nameCertified() {
	for name, list := range a.lists {
		if len(list.Entries) == 0 {
			a.lists[name] = wire.Authorize{Entries: []wire.Entry{{Account: name, Name: a.byName[name].Display}}}
		}
	}
}

// loggedIn notes a login, and by what.
func (r *Relay) loggedIn(c *sshd.Conn, account string) {
	r.count.logins.Add(1)
	key := ssh.FingerprintSHA256(csrca.Plain(c.Key()))
	about := []any{"event", string(EventLogin), "from", c.Source(), "account", account, "key", key}
	if _, cert, err := r.accountOf(account, c.RemoteAddr(), c.Key()); err == nil && cert != nil {
		c.Identity().(*csrIdentity).ends = endWithCertificate(c, cert)
		about = append(about, "ca", cert.CA, "key_id", cert.KeyID, "ends", cert.Until)
	} else {
		r.noteUse(key)
	}
	r.log.Info("logged in", about...)
}

// endWithCertificate ends a connection when its certificate ends. The timer is for the
// connection's end to stop.
func endWithCertificate(c *sshd.Conn, cert *csrca.Certificate) *time.Timer {
	return time.AfterFunc(time.Until(cert.Until), func() { c.End(errCertificateEnded) })
}

// shownCertificate is a certificate in the answer of "whoami"; nil stays nil.
func shownCertificate(cert *csrca.Certificate) *api.Certificate {
	if cert == nil {
		return nil
	}
	return &api.Certificate{CA: cert.CA, KeyID: cert.KeyID, Ends: cert.Until}
}
