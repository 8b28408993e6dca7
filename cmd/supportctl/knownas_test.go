package main

import (
	"fmt"
	"net"
	"os"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/reach"
)

// M8: the relays of a group have one host key, so whoever logs in to another one of them, or
// to one relay by another name, knows what was known: computers that were met, whose scripts
// these are, and the last look.
func TestM8_AnotherNameOfTheSameRelay(t *testing.T) {
	n := newNetwork(t)
	n.relay.on("whoami --json", says(`{"account":"alice","name":"Alice Kim","role":"csr","library":"library"}`))
	n.relay.on("known-hosts", says("@cert-authority *.support "+string(ssh.MarshalAuthorizedKey(testkit.NewKey(t).PublicKey()))))
	before, err := n.loadProfile()
	if err != nil {
		t.Fatal(err)
	}
	identity := testkit.NewKey(t).PublicKey()
	before.met(benchNumber, identity)
	if err := n.keepAuthor(scriptKnown{Relay: before.knownAs, Script: "fix-dns", Key: "SHA256:author", Version: 1}); err != nil {
		t.Fatal(err)
	}
	seen := look{Host: "pc", Relay: before.Relay, Sections: []lookSection{{Category: "os"}}} // as an older program kept it
	if _, err := n.remember(identity, seen); err != nil {
		t.Fatal(err)
	}
	for range 2 { // there is a file the second time
		_, port, err := net.SplitHostPort(before.Relay)
		if err != nil {
			t.Fatal(err)
		}
		if code := n.do(t, "login", "alice@localhost:"+port, "--relay-key", before.RelayKey); code != cmdline.ExitOK {
			t.Fatalf("exit code %d, %s", code, &n.err)
		}
		now, err := n.loadProfile()
		if err != nil || now.address.Host != "localhost" {
			t.Fatal(now.address, err)
		}
		if keys := n.metKeys(now.knownAs, benchNumber); len(keys) != 1 {
			t.Errorf("computers that were met: %v", keys)
		}
		if known, err := n.knownAuthor(now.knownAs, "fix-dns"); err != nil || known == nil || known.Key != "SHA256:author" {
			t.Errorf("the author of a script: %+v, %v", known, err)
		}
		if was, err := n.remember(testkit.NewKey(t).PublicKey(), look{Host: "pc", Relay: now.knownAddress()}); err != nil || was.section("os") == nil {
			t.Errorf("the last look: %+v, %v", was, err)
		}
	}

	now, err := n.loadProfile()
	if err != nil {
		t.Fatal(err)
	}
	other := now
	other.setHostKeys(testkit.NewKey(t).PublicKey(), []ssh.PublicKey{now.hostKey})
	if name, err := n.findKnownAs(other); err != nil || name != before.knownAs {
		t.Errorf("with a new host key it is known as %q, %v", name, err)
	}
	other.others = nil
	if name, err := n.findKnownAs(other); err != nil || name != "localhost" {
		t.Errorf("another relay is known as %q, %v", name, err)
	}
	// Without what is known, a script would have no known author.
	file := n.relayFile(now.hostKey)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := n.loadProfile(); err == nil {
		t.Error("what cannot be read counts as nothing")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if code := n.do(t, "logout"); code != cmdline.ExitOK {
		t.Error(fmt.Sprint("logout: ", &n.err))
	}
	if _, err := os.Stat(n.dir); err == nil {
		t.Error("something is kept after logout")
	}
}

// M8, Z4: what a CSR signs by another name of the relay is held against what they know by the
// first one, and is kept with it.
func TestM8Z4_OwnScriptsByAnotherName(t *testing.T) {
	b := newBench(t)
	key := testkit.NewKey(t)
	pr := profile{knownAs: "first.example", address: reach.Address{Host: "second.example"}, Account: "alice", Library: "ours", key: key.PublicKey()}
	if err := b.keepAuthor(scriptKnown{Relay: "first.example", Script: "fix", Key: ssh.FingerprintSHA256(key.PublicKey()), Version: 3}); err != nil {
		t.Fatal(err)
	}
	was, files := shown(t, key, "ours", 2, "echo 2\n")
	if err := b.mayReplace(pr, was); err == nil {
		t.Error("a version is signed that replaces a higher one")
	}
	_, keep, err := signing{key: key}.flag(pr, was, "", files.Signable(), was.SHA256)
	if err != nil || keep.Relay != "first.example" {
		t.Errorf("what was signed is kept as %+v, %v", keep, err)
	}
}
