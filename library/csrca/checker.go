package csrca

import (
	"crypto/sha256"
	"net"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// maxSigned is how many certificates a [Checker] remembers: more than the CSRs of a large
// organisation have at a time.
const maxSigned = 1000

// Checker is [Check] for those who ask it about the same certificate again and again: at a
// login, and at each thing that somebody does. It remembers which signatures were right, and
// that alone; who may enter, where and when, it decides each time. The zero Checker is ready,
// and safe for concurrent use.
type Checker struct {
	mu     sync.Mutex
	signed map[[sha256.Size]byte]struct{} // of the whole certificate, its signature included
}

// Check is [Check].
func (k *Checker) Check(cert *ssh.Certificate, account string, cas []ssh.PublicKey, from net.Addr, now time.Time) (Certificate, error) {
	return check(cert, account, cas, from, now, sourceAddress, k.isSigned)
}

// isSigned is [isSigned], which takes as long as all the rest of a login together.
func (k *Checker) isSigned(cert *ssh.Certificate) bool {
	if cert.Signature == nil {
		return false
	}
	sum := sha256.Sum256(cert.Marshal())
	k.mu.Lock()
	_, known := k.signed[sum]
	k.mu.Unlock()
	if known {
		return true
	}
	if !isSigned(cert) {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.signed == nil || len(k.signed) >= maxSigned { // then all are proved once more
		k.signed = map[[sha256.Size]byte]struct{}{}
	}
	k.signed[sum] = struct{}{}
	return true
}
