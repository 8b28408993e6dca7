package author

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// seeded is always the same key.
func seeded(t testing.TB, seed byte) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func statement() Signed {
	return Signed{Library: "SHA256:x", Name: "프린터 확인", Owner: "alice", Version: 2, Previous: strings.Repeat("b", 64), Category: "Network"}
}

func files() []File {
	return []File{{"words", 3, strings.Repeat("c", 64)}, {"run.sh", 20, strings.Repeat("a", 64)}}
}

func certified(t testing.TB, key ssh.PublicKey, ca ssh.Signer) *ssh.Certificate {
	t.Helper()
	cert := &ssh.Certificate{Key: key, CertType: ssh.UserCert, ValidPrincipals: []string{"alice"}, ValidBefore: uint64(time.Now().Add(time.Hour).Unix())}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	return cert
}

// Z4: nothing of what was signed can be another thing, and the order of files is none.
func TestZ4_EverythingOfAScriptIsSigned(t *testing.T) {
	key := seeded(t, 1)
	good, err := Sign(statement(), "run.sh", files(), key)
	if err != nil {
		t.Fatal(err)
	}
	turned := files()
	turned[0], turned[1] = turned[1], turned[0]
	if by, err := good.Check("run.sh", turned); err != nil || by.Fingerprint() != ssh.FingerprintSHA256(key.PublicKey()) || by.Certificate != nil {
		t.Fatalf("%+v, %v", by, err)
	}
	changed := func(change func(s *Signed)) Signed { s := good; change(&s); return s }
	for name, s := range map[string]Signed{
		"library":  changed(func(s *Signed) { s.Library = "SHA256:y" }),
		"name":     changed(func(s *Signed) { s.Name = "other" }),
		"owner":    changed(func(s *Signed) { s.Owner = "bob" }),
		"version":  changed(func(s *Signed) { s.Version = 3 }),
		"previous": changed(func(s *Signed) { s.Previous = "" }),
		"category": changed(func(s *Signed) { s.Category = "Other" }),
		"a line":   changed(func(s *Signed) { s.Name += "\nowner alice" }),
	} {
		if by, err := s.Check("run.sh", files()); !errors.Is(err, ErrForged) || by.Key != nil {
			t.Errorf("another %s: %v, %v", name, by, err)
		}
	}
	other := func(change func([]File) []File) []File { return change(files()) }
	for name, list := range map[string][]File{
		"path":     other(func(f []File) []File { f[0].Path = "word"; return f }),
		"size":     other(func(f []File) []File { f[0].Size++; return f }),
		"hash":     other(func(f []File) []File { f[0].SHA256 = strings.Repeat("d", 64); return f }),
		"one less": other(func(f []File) []File { return f[1:] }),
		"one more": other(func(f []File) []File { return append(f, f[0]) }),
		"none":     nil,
	} {
		if _, err := good.Check("run.sh", list); !errors.Is(err, ErrForged) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if _, err := good.Check("words", files()); !errors.Is(err, ErrForged) {
		t.Errorf("another executable: %v", err)
	}
	for name, sig := range map[string]string{"none": "", "half": good.Signature[:100], "text": "signed"} {
		if _, err := changed(func(s *Signed) { s.Signature = sig }).Check("run.sh", files()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []Signed{{Name: "a\nb"}, {Category: "x\x1b[2J"}, {Owner: "\u202e"}} {
		if _, err := Sign(bad, "run.sh", files(), key); err == nil {
			t.Errorf("%+v is signed", bad)
		}
	}
}

// A certificate is that of the key that has signed.
func TestTheCertificateIsTheSigners(t *testing.T) {
	key, other, ca := seeded(t, 1), seeded(t, 2), seeded(t, 3)
	cert := certified(t, key.PublicKey(), ca)
	good, err := Sign(statement().Certify(cert), "run.sh", files(), key)
	if err != nil {
		t.Fatal(err)
	}
	if by, err := good.Check("run.sh", files()); err != nil || by.Certificate == nil || by.Certificate.Serial != cert.Serial || by.Key.Type() != ssh.KeyAlgoED25519 {
		t.Fatalf("%+v, %v", by, err)
	}
	if _, err := Sign(statement().Certify(cert), "run.sh", files(), other); err == nil {
		t.Error("a certificate of another key is taken")
	}
	for name, line := range map[string]string{
		"a plain key": string(ssh.MarshalAuthorizedKey(key.PublicKey())), "a comment": good.Certificate + " alice", "two": good.Certificate + "\n" + good.Certificate,
		"an option": "cert-authority " + good.Certificate, "nothing": "x",
	} {
		s := good
		s.Certificate = line
		if _, err := s.Check("run.sh", files()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// It has one form.
func TestParse(t *testing.T) {
	good, err := Sign(statement(), "run.sh", files(), seeded(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	line, err := good.Line()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Parse(line); err != nil || again != good {
		t.Errorf("%+v, %v", again, err)
	}
	for name, bad := range map[string]string{
		"nothing": "", "null": "null", "more": line + " ", "another case": strings.Replace(line, `"name"`, `"Name"`, 1), "twice": strings.Replace(line, `{`, `{"name":"x",`, 1),
		"unknown": strings.Replace(line, `{`, `{"x":1,`, 1), "long": strings.Replace(line, "Network", strings.Repeat("N", MaxSigned), 1),
	} {
		if s, err := Parse(bad); !errors.Is(err, ErrMalformed) || s != (Signed{}) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	long := statement()
	long.Category = strings.Repeat("N", MaxSigned)
	if _, err := Sign(long, "run.sh", files(), seeded(t, 1)); err == nil {
		t.Error("what is too long to keep is signed")
	}
}

// Stock ssh-keygen proves what we sign.
func TestSSHKeygenProvesIt(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip(err)
	}
	key, dir := seeded(t, 1), t.TempDir()
	s, err := Sign(statement(), "run.sh", files(), key)
	if err != nil {
		t.Fatal(err)
	}
	message, err := s.message("run.sh", files())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"signature": s.Signature, "signers": "alice " + string(ssh.MarshalAuthorizedKey(key.PublicKey()))} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(keygen, "-Y", "verify", "-n", Namespace, "-I", "alice", "-f", filepath.Join(dir, "signers"), "-s", filepath.Join(dir, "signature"))
	cmd.Stdin = bytes.NewReader(message)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, out, message)
	}
}

// Z4: whatever a relay sends for a signature, only what the key has signed is its author's.
func FuzzSigned(f *testing.F) {
	key := seeded(f, 1)
	for _, s := range []Signed{statement(), statement().Certify(certified(f, key.PublicKey(), seeded(f, 3)))} {
		good, err := Sign(s, "run.sh", files(), key)
		if err != nil {
			f.Fatal(err)
		}
		line, err := good.Line()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line, "run.sh", "words")
	}
	f.Add("{}", "", "")
	f.Fuzz(func(t *testing.T, line, executable, path string) {
		s, err := Parse(line)
		if err != nil {
			return
		}
		if again, err := json.Marshal(s); err != nil || string(again) != line {
			t.Errorf("%q becomes %q, %v", line, again, err)
		}
		list := files()
		list[0].Path = path
		by, err := s.Check(executable, list)
		if err != nil {
			return
		}
		// Only the key's owner can sign anything else, and no other key is known here.
		same := statement()
		same.Certificate, same.Signature = s.Certificate, s.Signature
		if bytes.Equal(by.Key.Marshal(), key.PublicKey().Marshal()) && (s != same || executable != "run.sh" || path != "words") {
			t.Errorf("%+v, %q, %q is proven", s, executable, path)
		}
	})
}
