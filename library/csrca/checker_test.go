package csrca

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

// Z2: a signature that was right once helps no other certificate, and decides nothing beside
// itself.
func TestZ2_ACheckerRemembersSignaturesAlone(t *testing.T) {
	ca, other, key := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t).PublicKey()
	k := new(Checker)
	cert := signed(t, good(key), ca)
	cas := []ssh.PublicKey{ca.PublicKey()}
	now := noon.Add(time.Minute)
	if _, err := k.Check(cert, "alice", cas, hostOf("192.0.2.7"), now); err != nil || len(k.signed) != 1 {
		t.Fatal(err)
	}
	changed := func(change func(*ssh.Certificate)) *ssh.Certificate {
		c := *cert
		change(&c)
		return &c
	}
	for name, c := range map[string]struct {
		cert    *ssh.Certificate
		account string
		cas     []ssh.PublicKey
		now     time.Time
	}{
		"another account":  {cert, "bob", cas, now},
		"another CA":       {cert, "alice", []ssh.PublicKey{other.PublicKey()}, now},
		"no CA":            {cert, "alice", nil, now},
		"later":            {cert, "alice", cas, noon.Add(time.Hour)},
		"earlier":          {cert, "alice", cas, noon.Add(-time.Second)},
		"another key":      {changed(func(c *ssh.Certificate) { c.Key = other.PublicKey() }), "alice", cas, now},
		"a longer life":    {changed(func(c *ssh.Certificate) { c.ValidBefore += 3600 }), "alice", cas, now},
		"no signature":     {changed(func(c *ssh.Certificate) { c.Signature = nil }), "alice", cas, now},
		"another's":        {changed(func(c *ssh.Certificate) { c.SignatureKey = other.PublicKey() }), "alice", []ssh.PublicKey{ca.PublicKey(), other.PublicKey()}, now},
		"a host's":         {changed(func(c *ssh.Certificate) { c.CertType = ssh.HostCert }), "alice", cas, now},
		"a changed number": {changed(func(c *ssh.Certificate) { c.Serial++ }), "alice", cas, now},
		"a broken signature": {changed(func(c *ssh.Certificate) {
			c.Signature = &ssh.Signature{Format: c.Signature.Format, Blob: bytes.Repeat([]byte{7}, ed25519.SignatureSize)}
		}), "alice", cas, now},
	} {
		if got, err := k.Check(c.cert, c.account, c.cas, hostOf("192.0.2.7"), c.now); err == nil {
			t.Errorf("%s: let in as %+v", name, got)
		}
	}
	if len(k.signed) != 1 {
		t.Errorf("%d signatures were right", len(k.signed))
	}
	for i := range maxSigned + 10 {
		cert := good(key)
		cert.KeyId = fmt.Sprint(i)
		if _, err := k.Check(signed(t, cert, ca), "alice", cas, hostOf("192.0.2.7"), now); err != nil || len(k.signed) > maxSigned {
			t.Fatalf("%d: %v", len(k.signed), err)
		}
	}
}

// What a login and each act after it take.
func BenchmarkCheck(b *testing.B) {
	ca, key := seeded(b, 1), seeded(b, 2).PublicKey()
	cert, cas := signed(b, good(key), ca), []ssh.PublicKey{ca.PublicKey()}
	k := new(Checker)
	for name, check := range map[string]func() (Certificate, error){
		"each time":  func() (Certificate, error) { return Check(cert, "alice", cas, hostOf("192.0.2.7"), noon) },
		"remembered": func() (Certificate, error) { return k.Check(cert, "alice", cas, hostOf("192.0.2.7"), noon) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := check(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
