package relay

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library"
	"supportd/library/author"
	"supportd/library/csrca"
)

// approval is the flag with a second signature of a script of one file.
func approval(t *testing.T, s author.Signed, text, account string, key ssh.Signer, cert *ssh.Certificate) string {
	t.Helper()
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte(text)}}}
	n, err := author.SignSecond(s, account, p.Executable, p.Signable(), key, cert)
	if err != nil {
		t.Fatal(err)
	}
	line, err := n.Line()
	if err != nil {
		t.Fatal(err)
	}
	return " --signature '" + line + "'"
}

// ofAuthor is a certificate for signing scripts.
func ofAuthor(t *testing.T, ca, key ssh.Signer, account string) *ssh.Certificate {
	t.Helper()
	cert, err := csrca.Sign(csrca.Request{Key: key.PublicKey(), Account: account, Life: time.Hour, Author: true}, ca, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// Z4: the relay keeps the signature of a second CSR beside the author's, for the version that
// they have signed, and shows it as long as their account may log in.
func TestZ4_ASecondSignatureIsKept(t *testing.T) {
	w, people := libraryOf(t, "alice", "bob")
	alice, bob := people["alice"], people["bob"]
	ca, key, bobs := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	cert := ofAuthor(t, ca, bobs, "bob")
	signed := author.Signed{Library: w.relay.data.Store.Library(), Name: "fix", Owner: "alice", Version: 1, Category: "Network"}
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte("echo 1")}}}
	signed, err := author.Sign(signed, p.Executable, p.Signable(), key)
	if err != nil {
		t.Fatal(err)
	}
	good := approval(t, signed, "echo 1", "bob", bobs, cert)
	refused := func(by string, command, want string) {
		t.Helper()
		if out, problems, code := people[by].run("", "script sign "+command); code == 0 || out != "" || !strings.Contains(problems, want) {
			t.Errorf("%s: %d %q %q, want %q", command[:20], code, out, problems, want)
		}
	}
	alice.adds(t, "fix --category Network --signature '"+asLine(t, signed)+"'", oneFile(t, "run.sh", "echo 1"))
	refused("bob", "fix"+good, "no script") // nobody but its owner sees it
	alice.ok("script edit fix --publish")
	refused("bob", "fix --signature x", "malformed")
	refused("alice", "fix"+good, "not of your account")
	refused("bob", "fix --if-version 1"+good, "version 2 is the newest")
	alice.adds(t, "plain --category Network --publish", oneFile(t, "run.sh", "echo 1"))
	refused("bob", "plain"+good, "has no signature of its author")
	other := signed
	other.Category = "General"
	if other, err = author.Sign(other, p.Executable, p.Signable(), key); err != nil {
		t.Fatal(err)
	}
	refused("bob", "fix"+approval(t, other, "echo 1", "bob", bobs, cert), "not for these files")

	approvedBy := func(want string) {
		t.Helper()
		for _, command := range []string{"script list --search fix --json", "script show fix --json"} {
			if out := alice.ok(command); !strings.Contains(out, `"approved_by": "`+want+`"`) || strings.Contains(out, `"approval"`) != (want != "" && strings.Contains(command, "show")) {
				t.Errorf("%s: %s\nwant %q", command, out, want)
			}
		}
	}
	approvedBy("")
	if _, problems, code := bob.run("", "script sign fix --if-version 2"+good); code != 0 {
		t.Fatal(problems)
	}
	approvedBy("bob")
	if out := alice.ok("script show fix"); !strings.Contains(out, "SECOND SIGNATURE") || !strings.Contains(out, "bob, key "+ssh.FingerprintSHA256(bobs.PublicKey())) {
		t.Error(out)
	}
	// What neither has signed may change. An account that may not log in does not count.
	alice.ok("script edit fix --description better")
	approvedBy("bob")
	for _, c := range []struct{ do, want string }{{"csr disable bob", ""}, {"csr enable bob", "bob"}, {"csr remove bob", ""}} {
		people["root"].ok(c.do)
		approvedBy(c.want)
	}
	readmitted := testkit.NewKey(t)
	if _, problems, code := people["root"].run(string(ssh.MarshalAuthorizedKey(readmitted.PublicKey())), "csr add bob --same-person"); code != 0 {
		t.Fatal(problems)
	}
	approvedBy("") // it may be somebody else
	bob = w.login("bob", readmitted)
	if _, problems, code := bob.run("", "script sign fix"+good); code != 0 {
		t.Fatal(problems)
	}
	approvedBy("bob")
	// Other files need both signatures again, whoever signs for the author.
	if _, problems, code := alice.run(oneFile(t, "run.sh", "echo 2"), "script edit fix --files"); code != 0 {
		t.Fatal(problems)
	}
	approvedBy("")
	if out := alice.ok("script show fix --version 3 --json"); !strings.Contains(out, `"approved_by": "bob"`) {
		t.Errorf("the version before has lost its signature: %s", out)
	}
}

// Z4: where the relay knows the CSR CA, it takes a second signature that counts by it and by
// its list, so that nobody can put one that is worth nothing in the place of another. The
// list says which scripts need one.
func TestZ4_ASecondSignatureCounts(t *testing.T) {
	w, people := libraryOf(t, "alice", "bob")
	alice, bob := people["alice"], people["bob"]
	ca, key, bobs := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	if err := w.relay.SetCSRCA(t.Context(), []ssh.PublicKey{ca.PublicKey()}); err != nil {
		t.Fatal(err)
	}
	p := library.Package{Executable: "run.sh", Files: []library.File{{Path: "run.sh", Data: []byte("echo 1")}}}
	signed, err := author.Sign(author.Signed{Library: w.relay.data.Store.Library(), Name: "fix", Owner: "alice", Version: 1, Category: "Network"}, p.Executable, p.Signable(), key)
	if err != nil {
		t.Fatal(err)
	}
	alice.adds(t, "fix --category Network --publish --signature '"+asLine(t, signed)+"'", oneFile(t, "run.sh", "echo 1"))
	if out := alice.ok("script show fix --json"); !strings.Contains(out, `"needs_second": false`) {
		t.Error(out)
	}
	revoked := ofAuthor(t, ca, bobs, "bob")
	list, err := csrca.SignRevocations(csrca.Revocations{Number: 1, Issued: time.Now(), Until: time.Now().Add(time.Hour), Serials: []uint64{revoked.Serial}, Second: []string{"Network"}}, ca)
	if err == nil {
		err = w.relay.SetRevocations(list)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out := alice.ok("script show fix"); !strings.Contains(out, "none, and its category needs one") {
		t.Error(out)
	}
	for want, cert := range map[string]*ssh.Certificate{"has revoked it": revoked, "none that counts here": ofAuthor(t, testkit.NewKey(t), bobs, "bob")} {
		if _, problems, code := bob.run("", "script sign fix"+approval(t, signed, "echo 1", "bob", bobs, cert)); code == 0 || !strings.Contains(problems, want) {
			t.Errorf("%d %q, want %q", code, problems, want)
		}
	}
	if _, problems, code := bob.run("", "script sign fix"+approval(t, signed, "echo 1", "bob", bobs, ofAuthor(t, ca, bobs, "bob"))); code != 0 {
		t.Error(problems)
	}
	if out := alice.ok("script list --json"); !strings.Contains(out, `"approved_by": "bob"`) || !strings.Contains(out, `"needs_second": true`) {
		t.Error(out)
	}
}

func asLine(t *testing.T, s author.Signed) string {
	t.Helper()
	line, err := s.Line()
	if err != nil {
		t.Fatal(err)
	}
	return line
}
