package author

import (
	"bytes"
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

// certifiedFor is a certificate for accounts.
func certifiedFor(t testing.TB, key ssh.PublicKey, ca ssh.Signer, accounts ...string) *ssh.Certificate {
	t.Helper()
	cert := &ssh.Certificate{Key: key, CertType: ssh.UserCert, ValidPrincipals: accounts, ValidBefore: uint64(time.Now().Add(time.Hour).Unix())}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	return cert
}

// signedTwice is a script of alice's that bob has signed, too.
func signedTwice(t testing.TB) (Signed, Second) {
	t.Helper()
	alice, bob, ca := seeded(t, 1), seeded(t, 2), seeded(t, 3)
	s, err := Sign(statement().Certify(certified(t, alice.PublicKey(), ca)), "run.sh", files(), alice)
	if err != nil {
		t.Fatal(err)
	}
	n, err := SignSecond(s, "bob", "run.sh", files(), bob, certifiedFor(t, bob.PublicKey(), ca, "bob"))
	if err != nil {
		t.Fatal(err)
	}
	return s, n
}

// Z4: a second signature is for one person, one author and one version of one script.
func TestZ4_TheSecondSignatureIsForThisScriptAlone(t *testing.T) {
	good, second := signedTwice(t)
	if by, err := good.CheckSecond(second, "run.sh", files()); err != nil || by.Fingerprint() != ssh.FingerprintSHA256(seeded(t, 2).PublicKey()) || by.Certificate == nil {
		t.Fatalf("%+v, %v", by, err)
	}
	alice := seeded(t, 1)
	for name, change := range map[string]func(*Signed){
		"name": func(s *Signed) { s.Name = "other" }, "version": func(s *Signed) { s.Version++ }, "category": func(s *Signed) { s.Category = "General" },
		"library": func(s *Signed) { s.Library = "y" }, "previous": func(s *Signed) { s.Previous = "" }, "owner": func(s *Signed) { s.Owner = "carol" },
	} {
		s := good
		change(&s)
		s, err := Sign(s, "run.sh", files(), alice) // the author signs it anew, and the second signature is left over
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CheckSecond(second, "run.sh", files()); !errors.Is(err, ErrSecondForged) {
			t.Errorf("another %s: %v", name, err)
		}
	}
	list := files()
	list[1].SHA256 = strings.Repeat("d", 64)
	s, err := Sign(good, "run.sh", list, alice)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CheckSecond(second, "run.sh", list); !errors.Is(err, ErrSecondForged) {
		t.Errorf("other bytes: %v", err)
	}
	if _, err := good.CheckSecond(second, "run.sh", list); !errors.Is(err, ErrForged) {
		t.Errorf("bytes that the author has not signed: %v", err)
	}
	if s, err = Sign(statement(), "run.sh", files(), seeded(t, 4)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CheckSecond(second, "run.sh", files()); !errors.Is(err, ErrSecondForged) {
		t.Errorf("another author: %v", err)
	}
	// A signature as an author is none as a second person, and the other way round.
	asAuthor := second
	asAuthor.Signature = good.Signature
	if _, err := good.CheckSecond(asAuthor, "run.sh", files()); !errors.Is(err, ErrMalformed) {
		t.Errorf("the author's signature: %v", err)
	}
	for name, c := range map[string]struct {
		change func(*Second)
		want   error
	}{
		"another account": {func(n *Second) { n.Account = "carol" }, ErrSecondForged},
		"no certificate":  {func(n *Second) { n.Certificate = "" }, ErrSecondUnnamed},
		"no signature":    {func(n *Second) { n.Signature = "" }, ErrMalformed},
		"a plain key":     {func(n *Second) { n.Certificate = string(ssh.MarshalAuthorizedKey(seeded(t, 2).PublicKey())) }, ErrMalformed},
		"another's": {func(n *Second) {
			n.Certificate = line(certifiedFor(t, seeded(t, 5).PublicKey(), seeded(t, 3), "bob"))
		}, ErrMalformed},
	} {
		n := second
		c.change(&n)
		if by, err := good.CheckSecond(n, "run.sh", files()); !errors.Is(err, c.want) || by.Key != nil {
			t.Errorf("%s: %v, %v", name, by, err)
		}
	}
}

// Z4: one person with two keys, or with two accounts in one certificate, is one person.
func TestZ4_TwoSignaturesOfOnePersonAreOne(t *testing.T) {
	alice, more, ca := seeded(t, 1), seeded(t, 2), seeded(t, 3)
	own := certified(t, alice.PublicKey(), ca)
	for name, c := range map[string]struct {
		first   *ssh.Certificate
		account string
		key     ssh.Signer
		cert    *ssh.Certificate
		want    error
	}{
		"somebody else":                    {own, "bob", more, certifiedFor(t, more.PublicKey(), ca, "bob"), nil},
		"the author's first is plain":      {nil, "bob", more, certifiedFor(t, more.PublicKey(), ca, "bob"), nil},
		"the same account and key":         {own, "alice", alice, own, ErrSamePerson},
		"another key of the same account":  {own, "alice", more, certifiedFor(t, more.PublicKey(), ca, "alice"), ErrSamePerson},
		"the same key of another account":  {own, "bob", alice, certifiedFor(t, alice.PublicKey(), ca, "bob"), ErrSamePerson},
		"the second's is for both":         {own, "bob", more, certifiedFor(t, more.PublicKey(), ca, "bob", "alice"), ErrSamePerson},
		"the author's is for both":         {certifiedFor(t, alice.PublicKey(), ca, "alice", "bob"), "bob", more, certifiedFor(t, more.PublicKey(), ca, "bob"), ErrSamePerson},
		"nobody vouches for the second":    {own, "bob", more, nil, ErrSecondUnnamed},
		"an account with a line end in it": {own, "bob\nauthor x", more, certifiedFor(t, more.PublicKey(), ca, "bob"), errForm},
	} {
		s := statement()
		if c.first != nil {
			s = s.Certify(c.first)
		}
		s, err := Sign(s, "run.sh", files(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := SignSecond(s, c.account, "run.sh", files(), c.key, c.cert); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// It has one form.
func TestParseSecond(t *testing.T) {
	_, second := signedTwice(t)
	good, err := second.Line()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ParseSecond(good); err != nil || again != second {
		t.Errorf("%+v, %v", again, err)
	}
	for name, bad := range map[string]string{
		"nothing": "", "null": "null", "more": good + " ", "another case": strings.Replace(good, `"account"`, `"Account"`, 1), "twice": strings.Replace(good, `{`, `{"account":"x",`, 1),
		"unknown": strings.Replace(good, `{`, `{"x":1,`, 1), "long": strings.Replace(good, "bob", strings.Repeat("b", MaxSigned), 1),
	} {
		if n, err := ParseSecond(bad); !errors.Is(err, ErrMalformed) || n != (Second{}) {
			t.Errorf("%s: %+v, %v", name, n, err)
		}
	}
}

// Stock ssh-keygen proves a second signature, too.
func TestSSHKeygenProvesTheSecond(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip(err)
	}
	s, second := signedTwice(t)
	by, err := s.Check("run.sh", files())
	if err != nil {
		t.Fatal(err)
	}
	message, err := second.message(s, by, "run.sh", files())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string]string{"signature": second.Signature, "signers": "bob " + string(ssh.MarshalAuthorizedKey(seeded(t, 2).PublicKey()))} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(keygen, "-Y", "verify", "-n", SecondNamespace, "-I", "bob", "-f", filepath.Join(dir, "signers"), "-s", filepath.Join(dir, "signature"))
	cmd.Stdin = bytes.NewReader(message)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s\n%s", err, out, message)
	}
}

// Z4: whatever a relay sends for both signatures, two people have signed only what these two
// keys have signed.
func FuzzSecond(f *testing.F) {
	good, second := signedTwice(f)
	first, err := good.Line()
	if err != nil {
		f.Fatal(err)
	}
	seed, err := second.Line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(first, seed, "words")
	f.Add(first, strings.Replace(seed, `"bob"`, `"alice"`, 1), "words")
	f.Add(first, first, "words")
	f.Add(first, "{}", "")
	f.Add("{}", seed, "words")
	f.Fuzz(func(t *testing.T, line, more, path string) {
		n, err := ParseSecond(more)
		if err != nil {
			return
		}
		if again, err := json.Marshal(n); err != nil || string(again) != more {
			t.Errorf("%q becomes %q, %v", more, again, err)
		}
		s, err := Parse(line)
		if err != nil {
			return
		}
		list := files()
		list[0].Path = path
		by, err := s.CheckSecond(n, "run.sh", list)
		if err != nil {
			return
		}
		// Only the owners of the two keys can sign anything else.
		author, _ := s.Check("run.sh", list)
		ours := bytes.Equal(by.Key.Marshal(), seeded(t, 2).PublicKey().Marshal()) && bytes.Equal(author.Key.Marshal(), seeded(t, 1).PublicKey().Marshal())
		if n.Account == s.Owner || ours && (n.Account != second.Account || s.Name != good.Name || s.Category != good.Category || path != "words") {
			t.Errorf("%+v, %+v, %q is proven", s, n, path)
		}
	})
}
