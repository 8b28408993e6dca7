package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/author"
	"supportd/library/csrca"
	"supportd/relay/client"
)

// approves adds bob's signature to a script of alice's.
func approves(t *testing.T, s *api.Script, key ssh.Signer) {
	t.Helper()
	cert, err := csrca.Sign(csrca.Request{Key: key.PublicKey(), Account: "bob", Life: time.Hour, Author: true}, testkit.NewKey(t), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	n, err := author.SignSecond(*s.Signature, "bob", s.Executable, s.Signable(), key, cert)
	if err != nil {
		t.Fatal(err)
	}
	s.Approval, s.ApprovedBy = &n, "bob"
}

// Z4: a second signature is proved against what the relay has sent, and one that is not right
// is refused as another script is. Whether one is needed, the relay may only say more often.
func TestZ4_TheSecondSignatureIsProved(t *testing.T) {
	alice, bob := testkit.NewKey(t), testkit.NewKey(t)
	pr := profile{knownAs: "relay.example", Library: "ours", key: testkit.NewKey(t).PublicKey()}
	p := newBench(t).program
	for name, c := range map[string]struct {
		change  func(*api.Script)
		problem error
	}{
		"right":                      {func(*api.Script) {}, nil},
		"said, and not there":        {func(s *api.Script) { s.Approval = nil }, author.ErrMalformed},
		"there, and said of another": {func(s *api.Script) { s.ApprovedBy = "carol" }, author.ErrMalformed},
		"of another account":         {func(s *api.Script) { s.Approval.Account, s.ApprovedBy = "carol", "carol" }, author.ErrSecondForged},
		"of the author's account":    {func(s *api.Script) { s.Approval.Account, s.ApprovedBy = "alice", "alice" }, author.ErrSamePerson},
		"without the author's":       {func(s *api.Script) { s.Signature, s.SignedBy = nil, "" }, author.ErrMalformed},
		"left over from another script": {func(s *api.Script) {
			other, _ := shown(t, alice, "ours", 1, "echo other\n")
			approves(t, &other, bob)
			s.Approval = other.Approval
		}, author.ErrSecondForged},
	} {
		s, files := shown(t, alice, "ours", 1, "echo 1\n")
		approves(t, &s, bob)
		c.change(&s)
		a, err := p.prove(pr, s, &files)
		if !errors.Is(err, c.problem) || (err == nil) != (c.problem == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.problem)
		}
		if err == nil && a.second.Fingerprint() != ssh.FingerprintSHA256(bob.PublicKey()) {
			t.Errorf("%s: %v", name, a.second)
		}
	}

	s, files := shown(t, alice, "ours", 1, "echo 1\n")
	approves(t, &s, bob)
	a, err := p.prove(pr, s, &files)
	if err != nil {
		t.Fatal(err)
	}
	if said := question(p.say, []authored{a}); !strings.Contains(said, "fix is also signed by the account bob, with the key "+ssh.FingerprintSHA256(bob.PublicKey())) {
		t.Error(said)
	}
	pl := plan{packages: []client.Staged{{Folder: "fix", Package: files, Signed: s.Signature, Second: s.Approval}}}
	if _, seconds, err := pl.authors(); err != nil || len(seconds) != 0 { // alice has no certificate
		t.Errorf("%+v, %v", seconds, err)
	}
	certified := s.Signature.Certify(csrcaOf(t, alice))
	pl.packages[0].Signed = &certified
	if authors, seconds, err := pl.authors(); err != nil || len(authors) != 1 || len(seconds) != 1 || seconds[0].Script != "fix/run.sh" {
		t.Errorf("%+v, %+v, %v", authors, seconds, err)
	}
	for signed, want := range map[bool]string{true: "only its author has signed", false: "nobody has signed"} {
		a := authored{Script: api.Script{Name: "fix", Owner: "alice", Category: "Network"}, signed: signed}
		if err := a.needsSecond(); !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "nothing was run") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if said := p.signQuestion(a); !strings.Contains(said, "Version 1 of fix, category Network, by alice:\n         7  "+files.Files[0].SHA256()+"  run.sh\n") {
		t.Error(said)
	}
}

// csrcaOf is an author's certificate for alice.
func csrcaOf(t *testing.T, key ssh.Signer) *ssh.Certificate {
	t.Helper()
	cert, err := csrca.Sign(csrca.Request{Key: key.PublicKey(), Account: "alice", Life: time.Hour, Author: true}, testkit.NewKey(t), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
