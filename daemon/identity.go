package daemon

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/crypto/ssh"
)

// identity is the key of one support session: with it the daemon logs in at the
// relay, and it is the host key that CSRs see. It is safe for concurrent use.
type identity struct {
	seed   []byte
	signer ssh.Signer

	mu        sync.Mutex
	certified ssh.Signer
}

func newIdentity() (*identity, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := rand.Read(seed); err != nil {
		return nil, err
	}
	return identityOf(seed)
}

func identityOf(seed []byte) (*identity, error) {
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		return nil, err
	}
	return &identity{seed: seed, signer: signer}, nil
}

// certify takes the relay's host certificate, which must be for this key.
func (i *identity) certify(blob []byte) error {
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return fmt.Errorf("the relay's certificate: %w", err)
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok || cert.CertType != ssh.HostCert || !bytes.Equal(cert.Key.Marshal(), i.signer.PublicKey().Marshal()) {
		return errors.New("the relay's certificate is not for our key")
	}
	certified, err := ssh.NewCertSigner(cert, i.signer)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.certified = certified
	return nil
}

// hostKeys are what the inner server shows.
func (i *identity) hostKeys() []ssh.Signer {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.certified == nil {
		return []ssh.Signer{i.signer}
	}
	return []ssh.Signer{i.certified, i.signer}
}
