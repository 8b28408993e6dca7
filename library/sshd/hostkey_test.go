package sshd

import (
	"crypto/rand"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/wire"
)

func TestO9_AnyOfThePinnedKeys(t *testing.T) {
	a, b, c := testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey()
	pins := []string{ssh.FingerprintSHA256(a), ssh.FingerprintSHA256(b)}
	for i, key := range []ssh.PublicKey{a, b, c} {
		want := i < 2
		if seen, ok := Pinned(key, pins); ok != want || seen != ssh.FingerprintSHA256(key) {
			t.Errorf("%s %t, not %t", seen, ok, want)
		}
		for _, none := range [][]string{nil, {}, {""}} {
			if _, ok := Pinned(key, none); ok {
				t.Errorf("%q is a key", none)
			}
		}
	}
}

// TestO9_OnlyThePinnedKeyVouches tries certificates that do not say of a key that it is
// the relay's, or that others have made.
func TestO9_OnlyThePinnedKeyVouches(t *testing.T) {
	old, other, key := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t).PublicKey()
	pins := []string{ssh.FingerprintSHA256(old.PublicKey())}
	hour := uint64(time.Now().Add(time.Hour).Unix())
	for name, c := range map[string]struct {
		signer ssh.Signer
		change func(*ssh.Certificate)
		after  func(*ssh.Certificate) // behind the signature
		want   bool
	}{
		"as it is made":     {old, nil, nil, true},
		"another signer":    {other, nil, nil, false},
		"a user's":          {old, func(c *ssh.Certificate) { c.CertType = ssh.UserCert }, nil, false},
		"without a name":    {old, func(c *ssh.Certificate) { c.ValidPrincipals = nil }, nil, false},
		"a computer's":      {old, func(c *ssh.Certificate) { c.ValidPrincipals = []string{"482913077.support"} }, nil, false},
		"too late":          {old, func(c *ssh.Certificate) { c.ValidBefore = uint64(time.Now().Add(-time.Hour).Unix()) }, nil, false},
		"too early":         {old, func(c *ssh.Certificate) { c.ValidAfter, c.ValidBefore = hour, hour+3600 }, nil, false},
		"a condition":       {old, func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"only@example": "x"} }, nil, false},
		"another signature": {other, nil, func(c *ssh.Certificate) { c.SignatureKey = old.PublicKey() }, false},
		"changed":           {old, nil, func(c *ssh.Certificate) { c.ValidBefore += 3600 }, false},
		"another key":       {old, nil, func(c *ssh.Certificate) { c.Key = other.PublicKey() }, false},
	} {
		cert := &ssh.Certificate{Key: key, CertType: ssh.HostCert, ValidPrincipals: []string{wire.RelayPrincipal}, ValidBefore: hour}
		if c.change != nil {
			c.change(cert)
		}
		if err := cert.SignCert(rand.Reader, c.signer); err != nil {
			t.Fatal(err)
		}
		if c.after != nil {
			c.after(cert)
		}
		if seen, ok := Pinned(cert, pins); ok != c.want || seen != ssh.FingerprintSHA256(cert.Key) {
			t.Errorf("%s: %s %t, not %t", name, seen, ok, c.want)
		}
		if _, ok := Pinned(cert, nil); ok {
			t.Errorf("%s: it passes without a pin", name)
		}
		// Who knows the key itself needs nobody's word.
		if _, ok := Pinned(cert, []string{ssh.FingerprintSHA256(cert.Key)}); !ok {
			t.Errorf("%s: the key itself does not pass", name)
		}
	}
}
