package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/csrca"
)

// shown is a script as the relay shows it, signed by a key for a library in a version.
func shown(t *testing.T, key ssh.Signer, of string, version int, text string) (api.Script, library.Package) {
	t.Helper()
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte(text)}}}
	sum, err := sumOf(p)
	if err != nil {
		t.Fatal(err)
	}
	s := api.Script{Name: "fix", Owner: "alice", Category: "Network", Version: version, Executable: "run.sh", SHA256: sum, Files: []api.ScriptFile{{Path: "run.sh", Size: len(text), SHA256: p.Files[0].SHA256()}}}
	previous := ""
	if version > 1 {
		_, before := shown(t, key, of, version-1, text)
		if previous, err = sumOf(before); err != nil {
			t.Fatal(err)
		}
	}
	if key != nil {
		signed, err := signing{key: key}.sign(profile{Library: of}, s, previous, p.Signable())
		if err != nil {
			t.Fatal(err)
		}
		s.Signature, s.SignedBy = &signed, ssh.FingerprintSHA256(key.PublicKey())
	}
	return s, p
}

// Z4: what is known of a script decides about what the relay sends under its name.
func TestZ4_WhatIsKnownOfAScript(t *testing.T) {
	alice, other := testkit.NewKey(t), testkit.NewKey(t)
	pr := profile{knownAs: "relay.example", Library: "ours", key: testkit.NewKey(t).PublicKey()}
	p := newBench(t).program
	first, files := shown(t, alice, "ours", 2, "echo 2\n")
	a, err := p.prove(pr, first, &files)
	if err != nil || !a.signed || !a.isNew(pr.key) || a.isNew(alice.PublicKey()) {
		t.Fatalf("%+v, %v", a, err)
	}
	if err := p.know(pr, a); err != nil {
		t.Fatal(err)
	}
	try := func(key ssh.Signer, of string, version int, text string, change func(*api.Script)) error {
		t.Helper()
		s, files := shown(t, key, of, version, text)
		if change != nil {
			change(&s)
		}
		_, err := p.prove(pr, s, &files)
		return err
	}
	for name, c := range map[string]struct {
		err  error
		want string // "" is that it is taken
	}{
		"the same":             {try(alice, "ours", 2, "echo 2\n", nil), ""},
		"the next":             {try(alice, "ours", 3, "echo 2\n", nil), ""},
		"one much later":       {try(alice, "ours", 9, "echo 9\n", nil), ""},
		"only described":       {try(alice, "ours", 2, "echo 2\n", func(s *api.Script) { s.Version, s.Description = 5, "better" }), ""},
		"another key":          {try(other, "ours", 3, "echo 2\n", nil), "it is signed by"},
		"unsigned":             {try(nil, "ours", 3, "echo 2\n", nil), "it is unsigned now"},
		"older":                {try(alice, "ours", 1, "echo 2\n", nil), "you know version 2"},
		"other bytes":          {try(alice, "ours", 2, "echo evil\n", nil), "not what its author has made of version 2"},
		"another history":      {try(alice, "ours", 3, "echo evil\n", nil), "not what its author has made of version 2"},
		"another library":      {try(alice, "theirs", 3, "echo 2\n", nil), author.ErrForged.Error()},
		"another category":     {try(alice, "ours", 3, "echo 2\n", func(s *api.Script) { s.Category = "General" }), author.ErrForged.Error()},
		"another owner":        {try(alice, "ours", 3, "echo 2\n", func(s *api.Script) { s.Owner = "mallory" }), author.ErrForged.Error()},
		"a later version":      {try(alice, "ours", 3, "echo 2\n", func(s *api.Script) { s.Version = 2 }), author.ErrForged.Error()},
		"signed and unproved":  {try(nil, "ours", 3, "echo 2\n", func(s *api.Script) { s.SignedBy = "SHA256:x" }), author.ErrMalformed.Error()},
		"another spelling":     {try(alice, "ours", 1, "echo 2\n", func(s *api.Script) { s.Name = "FIX" }), author.ErrForged.Error()},
		"an unsigned spelling": {try(nil, "ours", 1, "echo 2\n", func(s *api.Script) { s.Name = "FIX" }), "it is unsigned now"},
	} {
		if c.want == "" && c.err != nil || c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, c.err, c.want)
		}
	}
	// The relay says which files there are, and what it sends is looked at.
	s, _ := shown(t, alice, "ours", 3, "echo 2\n")
	_, evil := shown(t, nil, "ours", 3, "echo evil\n")
	if _, err := p.prove(pr, s, &evil); err == nil || !strings.Contains(err.Error(), author.ErrForged.Error()) {
		t.Errorf("other files than were listed: %v", err)
	}
	// What cannot be read is not nothing.
	if err := os.WriteFile(p.knownFile("relay.example", "fix"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := try(alice, "ours", 3, "echo 2\n", nil); err == nil {
		t.Error("a broken file is taken for none")
	}
}

// An unsigned script is never known.
func TestUnsignedIsNotKnown(t *testing.T) {
	p := newBench(t).program
	pr := profile{knownAs: "relay.example", Library: "ours"}
	s, files := shown(t, nil, "ours", 1, "echo\n")
	a, err := p.prove(pr, s, &files)
	if err != nil || a.signed || a.isNew(testkit.NewKey(t).PublicKey()) || p.know(pr, a) != nil {
		t.Fatalf("%+v, %v", a, err)
	}
	if k, err := p.knownAuthor("relay.example", "fix"); k != nil || err != nil {
		t.Errorf("%+v, %v", k, err)
	}
}

// Of several certificates for signing scripts the one that is good the longest is taken, and
// none of those with which people log in, nor another key's.
func TestAuthorCertificates(t *testing.T) {
	key, ca, file := testkit.NewKey(t), testkit.NewKey(t), filepath.Join(t.TempDir(), "key")
	certify := func(key ssh.PublicKey, life time.Duration, isAuthor bool) *ssh.Certificate {
		t.Helper()
		cert, err := csrca.Sign(csrca.Request{Key: key, Account: "alice", Life: life, Author: isAuthor}, ca, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	short, long, login := certify(key.PublicKey(), time.Hour, true), certify(key.PublicKey(), 2*time.Hour, true), certify(key.PublicKey(), 3*time.Hour, false)
	others := certify(testkit.NewKey(t).PublicKey(), 4*time.Hour, true)
	held := []candidate{{public: key.PublicKey()}, {public: login}, {public: others}, {public: short}}
	if got := authorCertificate(key.PublicKey(), file, held); got == nil || got.Serial != short.Serial {
		t.Errorf("of ssh-agent: %+v", got)
	}
	if err := os.WriteFile(file+authorEnd, ssh.MarshalAuthorizedKey(long), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := authorCertificate(key.PublicKey(), file, held); got == nil || got.Serial != long.Serial {
		t.Errorf("beside the key: %+v", got)
	}
	if got := authorCertificate(key.PublicKey(), "", held[:3]); got != nil {
		t.Errorf("%+v", got)
	}
	// Nobody logs in with one.
	if got := certificates(key, file, held); len(got) != 1 || csrca.Of(got[0].PublicKey()).Serial != login.Serial {
		t.Errorf("%d certificates for a login", len(got))
	}
}
