//go:build unix

package hostile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/library/csrca"
	"supportd/library/wire"
)

// keepRevokedIn is Z3: the relay brings an older list, a forged one, and none.
func keepRevokedIn(ctx context.Context, h *house, ca bool) error {
	set := setting{ca: ca}
	if ca {
		set.more = []string{"--require-revocations"}
	}
	s, err := h.open(ctx, set)
	if err != nil {
		return err
	}
	defer s.close()
	stolen, signer, err := h.certificate(owner)
	if err != nil {
		return err
	}
	first, second := listOf(1, h.ca), listOf(2, h.ca, ssh.FingerprintSHA256(stolen.Key))
	if !ca { // without a CA no list counts, whoever has made it
		if err := s.bring(listOf(9, newKey()), true); err != nil {
			return err
		}
		return s.works(ctx)
	}
	if err := s.bring(first, true); err != nil {
		return err
	}
	client, err := s.enter(ctx, owner, signer)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := s.bring(second, true); err != nil {
		return err
	}
	gone := make(chan error, 1)
	go func() { gone <- client.Wait() }() // ends at the latest when it is closed
	const out = 5 * time.Second
	select {
	case <-gone:
	case <-time.After(out + patience): // the limit itself is held by the tests of daemon/visit
		return errors.New("who was revoked is still there")
	}
	for what, older := range map[string][]byte{"an older list": first, "a forged list": listOf(3, newKey()), "a list that is cut": second[:len(second)/2], "the relay's own": listOf(4, h.relay.ca)} {
		if err := s.bring(older, false); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if err := s.keptOut(ctx, owner, signer, "has revoked it or its key (list 2)"); err != nil {
		return err
	}
	if err := s.works(ctx); err != nil {
		return err
	}
	// After a crash the relay keeps the list back, and brings the older one.
	if err := s.rejoin(ctx, set); err != nil {
		return err
	}
	if err := s.keptOut(ctx, owner, signer, "is demanded here, number 2 or later"); err != nil {
		return err
	}
	if err := s.bring(first, false); err != nil {
		return fmt.Errorf("after a crash, the older list: %w", err)
	}
	return s.keptOut(ctx, owner, signer, "is demanded here, number 2 or later")
}

// listOf is a list of revocations.
func listOf(number uint64, by ssh.Signer, keys ...string) []byte {
	made, err := csrca.SignRevocations(csrca.Revocations{Number: number, Issued: time.Now(), Until: time.Now().Add(time.Hour), Keys: keys}, by)
	if err != nil {
		panic(err) // it is a list of our own making
	}
	return made.File()
}

// bring brings the computer a list, and holds whether it takes it.
func (s *stage) bring(list []byte, want bool) error {
	to, err := s.relay.Computer(s.number)
	if err != nil {
		return err
	}
	ok, _, err := to.SendRequest(wire.RevokeRequest, true, list)
	if err == nil && ok != want {
		err = fmt.Errorf("a list was taken: %t, wanted %t", ok, want)
	}
	return err
}

// certificate makes a key with a certificate of the CA.
func (h *house) certificate(account string) (*ssh.Certificate, ssh.Signer, error) {
	key := newKey()
	cert, err := csrca.Sign(csrca.Request{Key: key.PublicKey(), Account: account, Name: certain, Life: time.Hour}, h.ca, time.Now())
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewCertSigner(cert, key)
	return cert, signer, err
}

// keptOut holds that somebody does not get in, and reads why.
func (s *stage) keptOut(ctx context.Context, account string, key ssh.Signer, why string) error {
	client, said, err := s.relay.Enter(ctx, s.number, account, key)
	if err == nil {
		client.Close()
		return errors.New("they got in")
	}
	if said = strings.Join(strings.Fields(said), " "); !strings.Contains(said, why) {
		return fmt.Errorf("the computer says %q, wanted %q", said, why)
	}
	return nil
}
