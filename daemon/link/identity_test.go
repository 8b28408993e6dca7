package link

import (
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/wire"
)

// Z7: a computer shows no certificate under which it could be taken for another one.
func TestZ7_ACertificateIsForOneNumber(t *testing.T) {
	const n, another = wire.Number("482913077"), "612655667"
	id, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	ca := testkit.NewKey(t)
	for _, names := range [][]string{{}, {another}, {string(n), n.Host(), another}, {n.Host(), "*.support"}, {""}} {
		if id.certify(testkit.HostCert(t, ca, id.Signer, names...).PublicKey().Marshal(), n) == nil {
			t.Errorf("a certificate for %q is taken", names)
		}
	}
	if id.certify(testkit.HostCert(t, ca, testkit.NewKey(t), string(n)).PublicKey().Marshal(), n) == nil {
		t.Error("a certificate for another key is taken")
	}
	if len(id.HostKeys()) != 1 {
		t.Error("a certificate was kept that was refused")
	}
	for _, names := range [][]string{{string(n)}, {string(n), n.Host()}} {
		if err := id.certify(testkit.HostCert(t, ca, id.Signer, names...).PublicKey().Marshal(), n); err != nil {
			t.Errorf("%q: %v", names, err)
		}
	}
	if keys := id.HostKeys(); len(keys) != 2 || keys[0].PublicKey().Type() != ssh.CertAlgoED25519v01 {
		t.Errorf("%v", keys)
	}
}
