package sshd

import (
	"crypto/rsa"
	"slices"

	"golang.org/x/crypto/ssh"
)

// Ciphers lists what is accepted, in the order in which our own clients prefer
// them: the two AES-GCM first, because most CPUs have instructions for AES.
func Ciphers() []string {
	return []string{
		ssh.CipherAES128GCM, ssh.CipherAES256GCM, ssh.CipherChaCha20Poly1305,
		ssh.CipherAES256CTR, ssh.CipherAES128CTR,
	}
}

// Algorithms is the transport configuration of every SSH connection of the
// product, server and client (RFC 4253, RFC 5647, RFC 9142 and the
// mlkem768x25519-sha256 draft): post-quantum key exchange first, no SHA-1, no
// CBC, MACs encrypt-then-MAC only.
func Algorithms() ssh.Config { return algorithms(Ciphers()) }

func algorithms(ciphers []string) ssh.Config {
	return ssh.Config{
		KeyExchanges: []string{ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519},
		Ciphers:      ciphers,
		MACs:         []string{ssh.HMACSHA256ETM, ssh.HMACSHA512ETM},
	}
}

// HostKeyAlgorithms is what our clients accept from a server.
func HostKeyAlgorithms() []string { return []string{ssh.CertAlgoED25519v01, ssh.KeyAlgoED25519} }

// signatureAlgorithms are how clients may prove a key. Every connection has this one list.
var signatureAlgorithms = []string{
	ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
	ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
	ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256,
}

// Bits of an RSA modulus that we take: less is breakable, more is a way to make
// the server work.
const minRSABits, maxRSABits = 2048, 8192

// checkOffer is [CheckKey] for what a client offers: where certificates are let in, of
// the key that it has.
func (s *Server) checkOffer(key ssh.PublicKey) error {
	if cert, is := key.(*ssh.Certificate); is && s.opts.Certificates {
		key = cert.Key
	}
	return checkKey(key)
}

// CheckKey reports whether a public key may ever authenticate: no DSA, no short
// or huge RSA, and no certificate, which stands for its CA and its time.
func CheckKey(key ssh.PublicKey) error { return checkKey(key) }

func checkKey(key ssh.PublicKey) error {
	kinds := append(slices.Clone(signatureAlgorithms), ssh.KeyAlgoRSA)
	if !slices.Contains(kinds, key.Type()) {
		return errBadKey
	}
	if key.Type() != ssh.KeyAlgoRSA {
		return nil
	}
	ck, ok := key.(ssh.CryptoPublicKey)
	if !ok {
		return errBadKey
	}
	pub, ok := ck.CryptoPublicKey().(*rsa.PublicKey)
	if !ok || pub.N.BitLen() < minRSABits || pub.N.BitLen() > maxRSABits {
		return errRSALen
	}
	return nil
}
