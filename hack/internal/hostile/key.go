//go:build unix

package hostile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/journal"
	"supportd/library/wire"
)

// vouching names the liar's key as one of alice's before the customer joins.
func vouching(s *stage) *Lies {
	return &Lies{Authorize: func(m *wire.Authorize) { m.Entries = append(m.Entries, s.entry(owner)) }}
}

// entry is the liar's key as that of an account.
func (h *house) entry(account string) wire.Entry {
	return wire.Entry{Account: account, Name: named, Key: h.relay.Own(account).PublicKey().Marshal()}
}

// letInAKey is Z2: the relay comes by itself, with every key that it can get.
func letInAKey(ctx context.Context, h *house, ca bool) error {
	if ca {
		return letInCertificates(ctx, h)
	}
	// A key that is named before the customer joins enters: this is the stated limit. The
	// journal has its fingerprint.
	s, err := h.open(ctx, setting{lies: vouching})
	if err != nil {
		return err
	}
	defer s.close()
	client, err := s.enter(ctx, owner, h.relay.Own(owner))
	if err != nil {
		return err
	}
	client.Close()
	events, err := s.events()
	if err != nil {
		return err
	}
	print := ssh.FingerprintSHA256(h.relay.Own(owner).PublicKey())
	if !slices.ContainsFunc(events, func(e journal.Event) bool {
		return e.Kind == journal.KindConnOpen && journal.Of[journal.ConnectionOpen](e).Who.Fingerprint == print
	}) {
		return errors.New("the journal does not name the key that entered")
	}
	// One that is named later is a question, and refused where nobody can be asked.
	late, err := h.open(ctx, setting{})
	if err != nil {
		return err
	}
	defer late.close()
	if err := late.authorize(h.entry(owner)); err != nil {
		return err
	}
	return late.refused(ctx, owner, h.relay.Own(owner))
}

// enter enters the computer as a CSR, as soon as it has heard who may.
func (s *stage) enter(ctx context.Context, account string, keys ...ssh.Signer) (client *ssh.Client, err error) {
	err = eventually(ctx, "the computer to let the relay in", func() error {
		var said string
		var err error
		if client, said, err = s.relay.Enter(ctx, s.number, account, keys...); err != nil {
			return fmt.Errorf("%s: %w", said, err)
		}
		return nil
	})
	return client, err
}

// authorize sends a list of who may enter: alice's key, and these.
func (s *stage) authorize(more ...wire.Entry) error {
	key, err := readKey(s.csrs[owner].Key())
	if err != nil {
		return err
	}
	to, err := s.relay.Computer(s.number)
	if err != nil {
		return err
	}
	list := wire.Authorize{Entries: append([]wire.Entry{{Account: owner, Name: named, Key: key.PublicKey().Marshal()}}, more...)}
	ok, _, err := to.SendRequest(wire.AuthorizeRequest, true, list.Marshal())
	if err == nil && !ok {
		err = errors.New("the computer does not take the list of who may enter")
	}
	return err
}

// refused holds that somebody who gets in by key is let do nothing: the question who they
// are can be put to nobody.
func (s *stage) refused(ctx context.Context, account string, keys ...ssh.Signer) error {
	client, err := s.enter(ctx, account, keys...)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	out, err := session.CombinedOutput("sysinfo os")
	var exit *ssh.ExitError
	const no = 5
	if !errors.As(err, &exit) || exit.ExitStatus() != no || strings.Contains(string(out), "Linux") {
		return fmt.Errorf("sysinfo: %w\n%s", err, out)
	}
	return s.works(ctx)
}

// letInCertificates is Z2 where the customer's program knows the CA: nothing but a good
// certificate of it enters.
func letInCertificates(ctx context.Context, h *house) error {
	s, err := h.open(ctx, setting{ca: true, lies: vouching})
	if err != nil {
		return err
	}
	defer s.close()
	foreign := newKey()
	sign := func(by ssh.Signer, change func(*ssh.Certificate)) ssh.Signer {
		key := newKey()
		now := time.Now()
		cert := &ssh.Certificate{
			Key: key.PublicKey(), Serial: 7, CertType: ssh.UserCert, KeyId: "alice", ValidPrincipals: []string{owner},
			ValidAfter: uint64(now.Add(-2 * time.Hour).Unix()), ValidBefore: uint64(now.Add(time.Hour).Unix()),
		}
		change(cert)
		if err := cert.SignCert(rand.Reader, by); err != nil {
			panic(err) // it is an ed25519 key
		}
		signer, err := ssh.NewCertSigner(cert, key)
		if err != nil {
			panic(err) // likewise
		}
		return signer
	}
	same := func(*ssh.Certificate) {}
	for what, try := range map[string]struct {
		key  ssh.Signer
		said string
	}{
		"a key without a certificate": {h.relay.Own(owner), "is a key without one"},
		"an expired one":              {sign(h.ca, func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Hour).Unix()) }), "it has ended at"},
		"one of another CA":           {sign(foreign, same), "is none that counts here"},
		"one of the relay's host key": {sign(h.relay.hostKey, same), "is none that counts here"},
		"one of the relay's host CA":  {sign(h.relay.ca, same), "is none that counts here"},
		"another CSR's":               {sign(h.ca, func(c *ssh.Certificate) { c.ValidPrincipals = []string{other} }), "it is not for the account"},
		"nobody's":                    {sign(h.ca, func(c *ssh.Certificate) { c.ValidPrincipals = nil }), "it is not for the account"},
		"one that somebody changed": {changed(sign(h.ca, func(c *ssh.Certificate) { c.ValidPrincipals = []string{other} }), func(c *ssh.Certificate) {
			c.ValidPrincipals = []string{owner}
		}), "certificate"},
	} {
		client, said, err := h.relay.Enter(ctx, s.number, owner, try.key)
		if err == nil {
			client.Close()
			return fmt.Errorf("%s lets the relay in", what)
		}
		if !strings.Contains(said, try.said) {
			return fmt.Errorf("%s: the computer says %q, wanted %q (%w)", what, said, try.said, err)
		}
	}
	if err := s.entered(0); err != nil {
		return err
	}
	return s.works(ctx)
}

// forged has a certificate that its CA has signed otherwise.
type forged struct {
	ssh.Signer
	cert *ssh.Certificate
}

// PublicKey implements [ssh.Signer].
func (f forged) PublicKey() ssh.PublicKey { return f.cert }

func changed(signer ssh.Signer, change func(*ssh.Certificate)) ssh.Signer {
	cert := *signer.PublicKey().(*ssh.Certificate)
	change(&cert)
	return forged{signer, &cert}
}
