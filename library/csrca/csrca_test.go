package csrca

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// good is a certificate that lets alice in at noon.
func good(key ssh.PublicKey) *ssh.Certificate {
	return &ssh.Certificate{
		Key: key, CertType: ssh.UserCert, KeyId: "alice@example", ValidPrincipals: []string{"alice"},
		ValidAfter: uint64(noon.Unix()), ValidBefore: uint64(noon.Add(time.Hour).Unix()),
	}
}

func signed(t testing.TB, cert *ssh.Certificate, ca ssh.Signer) *ssh.Certificate {
	t.Helper()
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	return cert
}

func rsaSigner(t *testing.T, bits int) ssh.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// onlySHA1 is a CA of long ago.
type onlySHA1 struct{ ssh.AlgorithmSigner }

func (o onlySHA1) Algorithms() []string { return []string{ssh.KeyAlgoRSA} }

// Z2: whatever a certificate does not say clearly is a No.
func TestZ2_WhichCertificatesLetIn(t *testing.T) {
	ca, other, key := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t).PublicKey()
	old, checker := rsaSigner(t, 2048), new(Checker)
	for name, c := range map[string]struct {
		change  func(*ssh.Certificate)
		ca      ssh.Signer
		account string
		from    string
		now     time.Time
		want    Problem
	}{
		"good":                    {},
		"its first second":        {now: noon},
		"before it":               {now: noon.Add(-time.Second), want: Early},
		"its last second":         {now: noon.Add(time.Hour - time.Second)},
		"after it":                {now: noon.Add(time.Hour), want: Late},
		"another CA":              {ca: other, want: Foreign},
		"of a host":               {change: func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, want: WrongKind},
		"of no kind":              {change: func(c *ssh.Certificate) { c.CertType = 3 }, want: WrongKind},
		"for nobody":              {change: func(c *ssh.Certificate) { c.ValidPrincipals = nil }, want: OtherAccount},
		"for an empty name":       {change: func(c *ssh.Certificate) { c.ValidPrincipals = []string{""} }, account: "", want: OtherAccount},
		"for another":             {change: func(c *ssh.Certificate) { c.ValidPrincipals = []string{"bob"} }, want: OtherAccount},
		"for several":             {change: func(c *ssh.Certificate) { c.ValidPrincipals = []string{"bob", "alice"} }},
		"for what is no account":  {change: func(c *ssh.Certificate) { c.ValidPrincipals = []string{"Alice"} }, account: "Alice", want: OtherAccount},
		"for one of the programs": {change: func(c *ssh.Certificate) { c.ValidPrincipals = []string{"customer"} }, account: "customer", want: OtherAccount},
		"for ever":                {change: func(c *ssh.Certificate) { c.ValidBefore = ssh.CertTimeInfinity }, want: Endless},
		"nearly for ever":         {change: func(c *ssh.Certificate) { c.ValidBefore = math.MaxInt64 }, want: Endless},
		"until 9999":              {change: func(c *ssh.Certificate) { c.ValidBefore = maxTime }, want: Endless},
		"from never":              {change: func(c *ssh.Certificate) { c.ValidAfter = math.MaxUint64 }, want: Endless},
		"for no time":             {change: func(c *ssh.Certificate) { c.ValidAfter = c.ValidBefore }, want: Endless},
		"a condition":             {change: func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"force-command": "true"} }, want: Condition},
		"two, one of them known": {change: func(c *ssh.Certificate) {
			c.CriticalOptions = map[string]string{sourceAddress: "192.0.2.7", "verify-required": ""}
		}, want: Condition},
		"from its address":   {change: sources("192.0.2.7"), from: "192.0.2.7:50000"},
		"from its network":   {change: sources("10.0.0.0/8,192.0.2.0/24"), from: "192.0.2.7"},
		"from elsewhere":     {change: sources("192.0.2.0/24"), from: "198.51.100.7:22", want: Elsewhere},
		"from nowhere":       {change: sources("192.0.2.0/24,0.0.0.0/0"), from: "not an address", want: Elsewhere},
		"from no list":       {change: sources(""), from: "192.0.2.7", want: Elsewhere},
		"from half a list":   {change: sources("192.0.2.7,nonsense"), from: "192.0.2.7", want: Elsewhere},
		"from a slip":        {change: sources("192.0.2.7/8"), from: "192.0.2.7", want: Elsewhere},
		"IPv4 as IPv6":       {change: sources("192.0.2.0/24"), from: "[::ffff:192.0.2.7]:22"},
		"IPv6":               {change: sources("2001:db8::/32"), from: "[2001:db8::7%eth0]:22"},
		"a weak key":         {change: func(c *ssh.Certificate) { c.Key = rsaSigner(t, 1024).PublicKey() }, want: Weak},
		"RSA with SHA-2":     {ca: old},
		"RSA with SHA-1":     {ca: onlySHA1{old.(ssh.AlgorithmSigner)}, want: Weak},
		"changed afterwards": {change: nil, want: Forged},
	} {
		cert := good(key)
		if c.change != nil {
			c.change(cert)
		}
		by := ssh.Signer(ca)
		if c.ca != nil {
			by = c.ca
		}
		signed(t, cert, by)
		if c.want != Foreign { // whoever has no certificate of the CA is told nothing else
			forged := *cert
			forged.Nonce = []byte("another")
			var no *Refusal
			if _, err := Check(&forged, "alice", []ssh.PublicKey{ca.PublicKey(), old.PublicKey()}, hostOf(c.from), noon); !errors.As(err, &no) || no.Problem != Forged {
				t.Errorf("%s, and not signed: %v", name, err)
			}
		}
		if c.want == Forged {
			cert.KeyId = "mallory"
		}
		account, now := c.account, c.now
		if account == "" && name != "for an empty name" {
			account = "alice"
		}
		if now.IsZero() {
			now = noon.Add(time.Minute)
		}
		cas := []ssh.PublicKey{ca.PublicKey(), old.PublicKey()}
		got, err := Check(cert, account, cas, hostOf(c.from), now)
		var no *Refusal
		for range 2 { // what it remembers changes nothing
			if kept, other := checker.Check(cert, account, cas, hostOf(c.from), now); kept != got || fmt.Sprint(other) != fmt.Sprint(err) {
				t.Errorf("%s: a Checker says %+v, %v", name, kept, other)
			}
		}
		switch {
		case c.want == 0 && (err != nil || got.Account != "alice" || got.Name != "alice@example" || got.Key != ssh.FingerprintSHA256(key)):
			t.Errorf("%s: %+v, %v", name, got, err)
		case c.want != 0 && (!errors.As(err, &no) || no.Problem != c.want || got != Certificate{}):
			t.Errorf("%s: %+v, %v, want problem %d", name, got, err, c.want)
		case c.want != 0 && no.InTime() != (c.want == Early || c.want == Late):
			t.Errorf("%s: for the time alone: %v", name, no.InTime())
		}
	}
	if _, err := Check(signed(t, good(key), ca), "alice", nil, hostOf(""), noon); err == nil {
		t.Error("without a CA somebody is let in")
	}
}

func sources(list string) func(*ssh.Certificate) {
	return func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{sourceAddress: list} }
}

// Z5: the name that customers see is the certificate's, made harmless.
func TestZ5_TheNameIsTheCertificates(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t).PublicKey()
	for name, c := range map[string]struct{ extension, keyID, want string }{
		"the extension": {"Alice Kim", "k", "Alice Kim"},
		"the key id":    {"", "alice@example", "alice@example"},
		"neither":       {"", " \t", "alice"},
		"an escape":     {"Alice\x1b[2J\u202e Kim\r\n", "k", "Alice"},
	} {
		cert := good(key)
		cert.KeyId, cert.Extensions = c.keyID, map[string]string{NameExtension: c.extension, "permit-pty": ""}
		got, err := Check(signed(t, cert, ca), "alice", []ssh.PublicKey{ca.PublicKey()}, nil, noon)
		if err != nil || !strings.HasPrefix(got.Name, c.want) || strings.ContainsAny(got.Name, "\x1b\r\n\u202e") {
			t.Errorf("%s: %q, %v", name, got.Name, err)
		}
	}
}

// What Sign makes lets in whom it is for, and ssh-keygen's form is what it is kept in.
func TestSign(t *testing.T) {
	key := testkit.NewKey(t).PublicKey()
	for name, ca := range map[string]ssh.Signer{"ed25519": testkit.NewKey(t), "rsa": rsaSigner(t, 2048)} {
		cert, err := Sign(Request{Key: key, Account: "alice", Name: "앨리스 Kim", Sources: []string{"192.0.2.0/24"}, Life: Life}, ca, noon)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c, err := Check(cert, "alice", []ssh.PublicKey{ca.PublicKey()}, hostOf("192.0.2.9"), noon)
		if err != nil || c.Name != "앨리스 Kim" || c.KeyID != "alice" || !c.Until.Equal(noon.Add(Life)) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	ca := testkit.NewKey(t)
	for name, r := range map[string]Request{
		"no account":  {Key: key, Life: Life},
		"bad account": {Key: key, Account: "Alice", Life: Life},
		"no time":     {Key: key, Account: "alice"},
		"for ever":    {Key: key, Account: "alice", Life: MaxLife + time.Second},
		"an escape":   {Key: key, Account: "alice", Name: "a\x1bb", Life: Life},
		"a key id":    {Key: key, Account: "alice", KeyID: "a\nb", Life: Life},
		"a source":    {Key: key, Account: "alice", Sources: []string{"192.0.2.7/8"}, Life: Life},
		"weak":        {Key: rsaSigner(t, 1024).PublicKey(), Account: "alice", Life: Life},
	} {
		if cert, err := Sign(r, ca, noon); err == nil || cert != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeys(t *testing.T) {
	a, b := testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey()
	cert := signed(t, good(a), testkit.NewKey(t))
	many := ""
	for range MaxCAs + 1 {
		many += Line(testkit.NewKey(t).PublicKey()) + "\n"
	}
	for name, c := range map[string]struct {
		text string
		want int // 0 is an error
	}{
		"one":           {Line(a) + " the CA\n", 1},
		"two":           {"# ours\n" + Line(a) + "\n\n" + Line(b), 2},
		"twice":         {Line(a) + "\n" + Line(a) + " again\n", 1},
		"none":          {"# nothing\n", 0},
		"empty":         {"", 0},
		"too many":      {many, 0},
		"a certificate": {string(ssh.MarshalAuthorizedKey(cert)), 0},
		"weak":          {Line(rsaSigner(t, 1024).PublicKey()), 0},
	} {
		keys, err := Keys([]byte(c.text))
		if len(keys) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d, %v", name, len(keys), err)
		}
	}
	for _, line := range []string{Line(a) + " x", " " + Line(a), string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(cert))), ""} {
		if key, err := ParseLine(line); err == nil || key != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	keys, err := ParseLines(Lines([]ssh.PublicKey{a, b}))
	if err != nil || len(keys) != 2 || !IsOneOf(b, keys) || IsOneOf(nil, keys) {
		t.Errorf("%v, %v", keys, err)
	}
}

// seeded is always the same key.
func seeded(t testing.TB, seed byte) ssh.Signer {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// statement is what a certificate says, without what is another one in every process.
func statement(c *ssh.Certificate) []byte {
	bare := *c
	bare.Nonce, bare.Signature = nil, nil
	return bare.Marshal()
}

// Z2: whatever bytes come for a certificate, only what the CA has signed lets somebody in.
func FuzzCertificate(f *testing.F) {
	ca, key := seeded(f, 1), seeded(f, 2).PublicKey() // the same in every process of the fuzzing
	cert := signed(f, good(key), ca)
	checker := new(Checker) // which has seen the good one
	if _, err := checker.Check(cert, "alice", []ssh.PublicKey{ca.PublicKey()}, hostOf("192.0.2.7"), noon); err != nil {
		f.Fatal(err)
	}
	f.Add(cert.Marshal(), "alice")
	f.Add(ca.PublicKey().Marshal(), "alice")
	limited := good(key)
	limited.CriticalOptions, limited.Extensions = map[string]string{sourceAddress: "::/0"}, map[string]string{NameExtension: "Alice"}
	anywhere := signed(f, limited, ca)
	f.Add(anywhere.Marshal(), "bob")
	f.Fuzz(func(t *testing.T, blob []byte, account string) {
		parsed, err := ssh.ParsePublicKey(blob)
		if err != nil {
			return
		}
		c := Of(parsed)
		if c == nil {
			return
		}
		got, err := Check(c, account, []ssh.PublicKey{ca.PublicKey()}, hostOf("192.0.2.7"), noon)
		if kept, other := checker.Check(c, account, []ssh.PublicKey{ca.PublicKey()}, hostOf("192.0.2.7"), noon); kept != got || (other == nil) != (err == nil) {
			t.Errorf("a Checker says %+v, %v", kept, other)
		}
		if err != nil {
			if !strings.HasSuffix(string(ToCSR(err, "x").(*ssh.BannerError).Message), "\r\n") || strings.ContainsRune(err.Error(), '\x1b') {
				t.Errorf("%q", err)
			}
			return
		}
		if b := statement(c); !bytes.Equal(b, statement(cert)) && !bytes.Equal(b, statement(anywhere)) {
			t.Errorf("%x is let in, which the CA has not signed", b)
		}
		if account != "alice" || got.Key != ssh.FingerprintSHA256(key) || !got.Until.Equal(noon.Add(time.Hour)) || len(c.CriticalOptions) > 1 {
			t.Errorf("%q is let in as %+v", account, got)
		}
	})
}

// Z2: a certificate for signing scripts lets nobody in, and one that lets somebody in signs
// no script.
func TestZ2_AuthorsDoNotLogIn(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t).PublicKey()
	cas := []ssh.PublicKey{ca.PublicKey()}
	cert, err := Sign(Request{Key: key, Account: "alice", Name: "Alice Kim", Life: MaxLife, Author: true}, ca, noon)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := CheckAuthor(cert, "alice", cas, noon); err != nil || c.Name != "Alice Kim" || c.Account != "alice" || c.Key != ssh.FingerprintSHA256(key) {
		t.Errorf("%+v, %v", c, err)
	}
	var no *Refusal
	if _, err := Check(cert, "alice", cas, hostOf("192.0.2.7"), noon); !errors.As(err, &no) || no.Problem != Condition {
		t.Errorf("it lets somebody in: %v", err)
	}
	login := signed(t, good(key), ca)
	if c, err := CheckAuthor(login, "alice", cas, noon); !errors.As(err, &no) || no.Problem != NoAuthor || c != (Certificate{}) {
		t.Errorf("that of a login: %+v, %v", c, err)
	}
	for name, c := range map[string]struct {
		change  func(*ssh.Certificate)
		account string
		now     time.Time
		want    Problem
	}{
		"another's":      {account: "bob", want: OtherAccount},
		"later":          {now: noon.Add(MaxLife), want: Late},
		"a value":        {change: func(c *ssh.Certificate) { c.CriticalOptions[AuthorOption] = "only on Mondays" }, want: Condition},
		"and a source":   {change: func(c *ssh.Certificate) { c.CriticalOptions[sourceAddress] = "192.0.2.7" }, want: Condition},
		"for ever":       {change: func(c *ssh.Certificate) { c.ValidBefore = ssh.CertTimeInfinity }, want: Endless},
		"a host's":       {change: func(c *ssh.Certificate) { c.CertType = ssh.HostCert }, want: WrongKind},
		"of another key": {change: func(c *ssh.Certificate) { c.Key = rsaSigner(t, 1024).PublicKey() }, want: Weak},
	} {
		changed := good(key)
		changed.CriticalOptions = map[string]string{AuthorOption: ""}
		if c.change != nil {
			c.change(changed)
		}
		account, now := cmp.Or(c.account, "alice"), noon.Add(time.Minute)
		if !c.now.IsZero() {
			now = c.now
		}
		if _, err := CheckAuthor(signed(t, changed, ca), account, cas, now); !errors.As(err, &no) || no.Problem != c.want {
			t.Errorf("%s: %v, want problem %d", name, err, c.want)
		}
	}
	if _, err := CheckAuthor(cert, "alice", []ssh.PublicKey{testkit.NewKey(t).PublicKey()}, noon); !errors.As(err, &no) || no.Problem != Foreign {
		t.Errorf("of another CA: %v", err)
	}
	if _, err := Sign(Request{Key: key, Account: "alice", Life: Life, Author: true, Sources: []string{"192.0.2.7"}}, ca, noon); err == nil {
		t.Error("an author's certificate with a source is made")
	}
}
