package link

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

// Identity is the key of one support session: with it the daemon logs in at the
// relay, and it is the host key that CSRs see. It is safe for concurrent use.
type Identity struct {
	Seed   []byte // ed25519 (RFC 8032 section 5.1.5)
	Signer ssh.Signer

	mu        sync.Mutex // no other lock is taken under it
	certified ssh.Signer
}

// NewIdentity makes one.
func NewIdentity() (*Identity, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := rand.Read(seed); err != nil {
		return nil, err
	}
	return IdentityOf(seed)
}

// IdentityOf is the one with this seed.
func IdentityOf(seed []byte) (*Identity, error) {
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(seed))
	if err != nil {
		return nil, err
	}
	return &Identity{Seed: seed, Signer: signer}, nil
}

// certify takes the relay's host certificate. It must be for this key, and for this number
// alone: nobody else can show it, so no relay can bring a CSR here who means another
// computer.
func (i *Identity) certify(blob []byte, n wire.Number) error {
	key, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return fmt.Errorf("the relay's certificate: %w", err)
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok || cert.CertType != ssh.HostCert || !bytes.Equal(cert.Key.Marshal(), i.Signer.PublicKey().Marshal()) {
		return errors.New("the relay's certificate is not for our key")
	}
	if len(cert.ValidPrincipals) == 0 || slices.ContainsFunc(cert.ValidPrincipals, func(name string) bool { return name != string(n) && name != n.Host() }) {
		return errors.New("the relay's certificate is not for our number alone")
	}
	certified, err := ssh.NewCertSigner(cert, i.Signer)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.certified = certified
	return nil
}

// HostKeys are what the SSH server on this computer shows to CSRs.
func (i *Identity) HostKeys() []ssh.Signer {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.certified == nil {
		return []ssh.Signer{i.Signer}
	}
	return []ssh.Signer{i.certified, i.Signer}
}
