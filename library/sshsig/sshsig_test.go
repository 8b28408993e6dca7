package sshsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

const purpose = "test@supportd"

func signer(t testing.TB, seed byte) ssh.Signer {
	t.Helper()
	s, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Around the signature itself nothing can be left out or added.
func TestASignatureHasOneForm(t *testing.T) {
	s, message := signer(t, 7), []byte("hello")
	sig, err := s.Sign(nil, covered(purpose, message))
	if err != nil {
		t.Fatal(err)
	}
	of := func(signature []byte) []byte {
		return ssh.Marshal(blob{Version: version, Key: s.PublicKey().Marshal(), Namespace: purpose, HashAlgorithm: hash, Signature: signature})
	}
	whole := ssh.Marshal(sig)
	for name, c := range map[string]struct {
		raw []byte
		ok  bool
	}{
		"as it is":                      {append([]byte(magic), of(whole)...), true},
		"without the magic":             {of(whole), false},
		"another magic":                 {append([]byte("SSHSIC"), of(whole)...), false},
		"a byte behind the signature":   {append([]byte(magic), of(append(slices.Clone(whole), 0))...), false},
		"a byte of the signature less":  {append([]byte(magic), of(whole[:len(whole)-1])...), false},
		"a byte behind everything":      {append(append([]byte(magic), of(whole)...), 0), false},
		"no signature":                  {append([]byte(magic), of(nil)...), false},
		"nothing behind the magic":      {[]byte(magic), false},
		"nothing":                       {nil, false},
		"a signature of something else": {append([]byte(magic), of(ssh.Marshal(&ssh.Signature{Format: sig.Format, Blob: make([]byte, 64)}))...), false},
		"a signature of another kind":   {append([]byte(magic), of(ssh.Marshal(&ssh.Signature{Format: ssh.KeyAlgoRSA, Blob: sig.Blob}))...), false},
	} {
		if err := Verify(armor(c.raw), purpose, message, s.PublicKey()); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := armor(append([]byte(magic), of(whole)...))
	for name, bad := range map[string]string{
		"a space": good + " ", "no last line end": strings.TrimSuffix(good, "\n"), "other lines": strings.Replace(good, "\n", "\r\n", 1),
		"another width": strings.Replace(good, "\n", "", 2),
	} {
		if err := Verify(bad, purpose, message, s.PublicKey()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Verify(good, "other@supportd", message, s.PublicKey()); !errors.Is(err, ErrOther) {
		t.Errorf("for another purpose: %v", err)
	}
	if err := Verify(good, purpose, message, signer(t, 8).PublicKey()); !errors.Is(err, ErrOther) {
		t.Errorf("by another key: %v", err)
	}
	if Verify(good, purpose, []byte("hullo"), s.PublicKey()) == nil {
		t.Error("for another message")
	}
	if key, err := Key(good); err != nil || !bytes.Equal(key.Marshal(), s.PublicKey().Marshal()) {
		t.Errorf("the key is %v, %v", key, err)
	}
}

// An RSA key signs with SHA-2 alone.
func TestRSASignsWithSHA2(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	good, err := Sign(s, purpose, []byte("x"))
	if err != nil || Verify(good, purpose, []byte("x"), s.PublicKey()) != nil {
		t.Error(err, Verify(good, purpose, []byte("x"), s.PublicKey()))
	}
	sha1, err := s.Sign(rand.Reader, covered(purpose, []byte("x")))
	if err != nil {
		t.Fatal(err)
	}
	bad := armor(append([]byte(magic), ssh.Marshal(blob{version, s.PublicKey().Marshal(), purpose, "", hash, ssh.Marshal(sha1)})...))
	if sha1.Format != ssh.KeyAlgoRSA || Verify(bad, purpose, []byte("x"), s.PublicKey()) == nil {
		t.Error("a signature with SHA-1 is taken")
	}
}

// What stock ssh-keygen signs is taken, byte for byte.
func TestSSHKeygenSignsTheSame(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip(err)
	}
	for _, kind := range []string{"ed25519", "rsa", "ecdsa"} {
		key := filepath.Join(t.TempDir(), "key")
		if out, err := exec.Command(keygen, "-q", "-t", kind, "-N", "", "-f", key).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		cmd := exec.Command(keygen, "-q", "-Y", "sign", "-n", purpose, "-f", key)
		cmd.Stdin = strings.NewReader("hello")
		armored, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		line, err := os.ReadFile(key + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		public, _, _, _, err := ssh.ParseAuthorizedKey(line)
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(string(armored), purpose, []byte("hello"), public); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
