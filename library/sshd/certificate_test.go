package sshd

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

// H15: certificates reach whoever decides about keys only where that is wanted, with a key
// that is accepted itself; and the same text is told once, however many keys are offered.
func TestH15_CertificatesAreForWhoAsksForThem(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t)
	certified := func(key ssh.Signer) ssh.Signer {
		cert := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"alice"}, ValidBefore: ssh.CertTimeInfinity}
		if err := cert.SignCert(rand.Reader, ca); err != nil {
			t.Fatal(err)
		}
		signer, err := ssh.NewCertSigner(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		return signer
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weak, err := ssh.NewSignerFromKey(short)
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []bool{false, true} {
		asked, said := 0, ""
		w := newWorld(t, func(o *Options) {
			o.Certificates = wanted
			o.Authenticate = func(_ ssh.ConnMetadata, key ssh.PublicKey) (any, error) {
				if _, is := key.(*ssh.Certificate); !is {
					return nil, &ssh.BannerError{Err: errors.New("plain"), Message: "a plain key\r\n"}
				}
				asked++
				return "alice", nil
			}
		})
		enter := func(keys ...ssh.Signer) bool {
			cfg := w.config("alice", keys...)
			cfg.BannerCallback = func(text string) error { said += text; return nil }
			c, err := w.login(cfg)
			if err == nil {
				c.Close()
			}
			return err == nil
		}
		if enter(certified(weak)) || asked > 0 {
			t.Errorf("wanted %v: a weak key with a certificate enters, or is asked about (%d)", wanted, asked)
		}
		if enter(testkit.NewKey(t), testkit.NewKey(t), certified(key)) != wanted || (asked > 0) != wanted {
			t.Errorf("wanted %v: asked %d times", wanted, asked)
		}
		if strings.Count(said, "a plain key") != 1 {
			t.Errorf("%q", said)
		}
	}
}
