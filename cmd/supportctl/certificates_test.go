package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"supportd/hack/testkit"
	"supportd/library/csrca"
)

// A key that ssh-agent holds with a certificate alone, as some programs of CAs load it, is
// found, offered with the certificate first, and signs by itself, too.
func TestZ2_CertificatesAreFound(t *testing.T) {
	ca := testkit.NewKey(t)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(id string) *ssh.Certificate {
		cert, err := csrca.Sign(csrca.Request{Key: key.PublicKey(), Account: "alice", KeyID: id, Life: csrca.Life}, ca, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private, Certificate: sign("agent")}); err != nil {
		t.Fatal(err)
	}
	signers, err := ring.Signers()
	if err != nil {
		t.Fatal(err)
	}
	var held []candidate
	for _, s := range signers {
		held = append(held, candidate{public: s.PublicKey(), signer: s})
	}
	keys := plainKeys(held)
	if len(keys) != 1 || !sameKey(keys[0].public, key.PublicKey()) {
		t.Fatalf("%+v", keys)
	}
	data := []byte("data")
	sig, err := keys[0].signer.Sign(rand.Reader, data)
	if err != nil || key.PublicKey().Verify(data, sig) != nil {
		t.Errorf("the key alone: %v", err)
	}
	file := filepath.Join(t.TempDir(), "id")
	for name, content := range map[string][]byte{
		"id-cert.pub":    ssh.MarshalAuthorizedKey(sign("file")),
		"other-cert.pub": []byte("nonsense"),
	} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ids := func(file string) (ids []string) {
		c := keys[0]
		c.file = file
		for _, s := range c.offers(c.signer) {
			if cert := csrca.Of(s.PublicKey()); cert != nil {
				ids = append(ids, cert.KeyId)
			} else {
				ids = append(ids, "alone")
			}
			if _, err := s.Sign(rand.Reader, data); err != nil {
				t.Error(err)
			}
		}
		return ids
	}
	for _, c := range []struct {
		file string
		want []string
	}{
		{"", []string{"agent", "alone"}}, {file, []string{"file", "agent", "alone"}}, {file + ".pub", []string{"file", "agent", "alone"}},
		{filepath.Join(filepath.Dir(file), "other"), []string{"agent", "alone"}},
	} {
		if got := ids(c.file); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.file, got, c.want)
		}
	}
}
