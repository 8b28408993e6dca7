package sshd

import (
	"crypto/subtle"
	"slices"

	"golang.org/x/crypto/ssh"

	"supportd/library/wire"
)

// Pinned reports whether a host key that was shown in a handshake is the relay's: one
// whose fingerprint (SHA256:…) is among pins, or one that such a key vouches for with a
// certificate, made when the relay has changed its key. seen is the fingerprint of the
// key itself. Without a pin nothing is the relay's.
func Pinned(key ssh.PublicKey, pins []string) (seen string, ok bool) {
	cert, certified := key.(*ssh.Certificate)
	if certified {
		key = cert.Key
	}
	seen = ssh.FingerprintSHA256(key)
	return seen, isAny(seen, pins) || certified && vouches(cert) && isAny(ssh.FingerprintSHA256(cert.SignatureKey), pins)
}

// vouches reports whether a certificate says now of a key that it is a relay's. One
// without names would be good for all.
func vouches(cert *ssh.Certificate) bool {
	return cert.CertType == ssh.HostCert && slices.Contains(cert.ValidPrincipals, wire.RelayPrincipal) &&
		new(ssh.CertChecker).CheckCert(wire.RelayPrincipal, cert) == nil
}

// isAny reports whether a fingerprint is one of those that are pinned.
func isAny(seen string, pins []string) bool {
	same := 0
	for _, pin := range pins {
		same |= subtle.ConstantTimeCompare([]byte(seen), []byte(pin))
	}
	return same == 1
}
