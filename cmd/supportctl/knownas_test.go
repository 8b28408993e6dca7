package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	// Without what is known, a script would have no known author. A name of no host would be
	// every relay's, or a file elsewhere.
	file := n.relayFile(now.hostKey)
	for what, put := range map[string]func() error{
		"a directory":  func() error { return os.Mkdir(file, 0o700) },
		"nothing":      func() error { return os.WriteFile(file, nil, 0o600) },
		"a line end":   func() error { return os.WriteFile(file, []byte("\n"), 0o600) },
		"another file": func() error { return os.WriteFile(file, []byte("../../elsewhere\n"), 0o600) },
		"a link":       func() error { return os.Symlink("nowhere", file) },
		"two hosts":    func() error { return os.WriteFile(file, []byte("a.example\nb.example\n"), 0o600) },
	} {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		err := put()
		if _, there := os.Lstat(file); what == "a link" && (err != nil || there != nil) {
			continue // Windows lets not everybody make one, and Wine only says that it has
		}
		if err != nil {
			t.Fatal(err)
		}
		if code := n.do(t, "login", "alice@"+now.Relay, "--relay-key", now.RelayKey); code == cmdline.ExitOK ||
			!strings.Contains(n.err.String(), file) || !strings.Contains(n.err.String(), "or remove it") {
			t.Errorf("%s: exit code %d, %s", what, code, &n.err)
		}
		older := now
		older.knownAs = ""
		if err := older.save(n.program); err != nil {
			t.Fatal(err)
		}
		if _, err := n.loadProfile(); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s counts as nothing: %v", what, err)
		}
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

// M8, O9: a relay stays the one that is known when it takes another host key, also one that
// another relay once had, which stays known by it.
func TestM8O9_ARelayWithAnotherHostKey(t *testing.T) {
	b := newBench(t)
	first := b.logIn(t)
	second := first // the same relay by another name, as after a failover
	second.Relay, second.address.Host = "second.example", "second.example"
	if err := b.knowAgain(&second); err != nil || second.knownAs != "relay.invalid" {
		t.Fatal(second.knownAs, err)
	}
	next, anothers := testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey()
	elsewhere := profile{knownAs: "elsewhere.example", hostKey: anothers}
	if err := errors.Join(second.save(b.program), b.keepKnownAs(elsewhere)); err != nil {
		t.Fatal(err)
	}
	known, err := b.loadProfile()
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]ssh.PublicKey{{first.hostKey, next}, {next}, {next, anothers}, {anothers}} {
		known = b.keepHostKeys(known, keys[0], keys[1:])
		if now, err := b.loadProfile(); err != nil || now.knownAs != "relay.invalid" || !sameKey(now.hostKey, keys[0]) {
			t.Errorf("with the host key %s it is known as %q, %v", now.RelayKey, now.knownAs, err)
		}
	}
	for line, want := range map[string]string{first.HostKey: "relay.invalid", formatKey(next): "relay.invalid", formatKey(anothers): "elsewhere.example"} {
		key, err := parseKey(line)
		if err != nil {
			t.Fatal(err)
		}
		third := profile{hostKey: key, address: reach.Address{Host: "third.example"}}
		if name, err := b.findKnownAs(third); err != nil || name != want {
			t.Errorf("the relay of %s is known as %q, want %q, %v", line, name, want, err)
		}
	}
	again := known // a new login to the same relay with the same key
	if err := b.knowAgain(&again); err != nil || again.knownAs != "relay.invalid" {
		t.Errorf("after a new login it is known as %q, %v", again.knownAs, err)
	}
}

// M8: every host that a login may have can be kept and compared.
func TestM8_HostsThatARelayIsKnownAs(t *testing.T) {
	for _, target := range []string{"relay.example", "RELAY.Example.", "10.0.0.1:3000", "[2001:DB8::1]", "https://[2001:db8::1]:8443", "[fe80::1%Eth0]:22", "a_b"} {
		b := newBench(t)
		_, address, err := parseTarget("alice@" + target)
		if err != nil {
			t.Fatal(err)
		}
		pr := profile{address: address, hostKey: testkit.NewKey(t).PublicKey(), knownAs: address.Host}
		if err := b.keepKnownAs(pr); err != nil {
			t.Fatal(err)
		}
		if name, err := b.findKnownAs(pr); err != nil || name != address.Host || !sameRelay(pr.knownAddress(), address.String()) {
			t.Errorf("%s is known as %q, %v", target, name, err)
		}
		b.meet(pr.knownAs, benchNumber, pr.hostKey)
		if keys := b.metKeys(pr.knownAs, benchNumber); len(keys) != 1 {
			t.Errorf("%s: computers that were met: %v", target, keys)
		}
	}
}

// M8: an older program has kept what is known under each host. Whoever logs in by another
// one first, and then by that, still knows it; another relay's host stays that relay's alone.
func TestM8_OlderFilesUnderAnotherHost(t *testing.T) {
	b := newBench(t)
	relay, another, identity := testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey()
	for _, host := range []string{"first.example", "another.example"} {
		b.meet(host, benchNumber, identity)
		if err := b.keepAuthor(scriptKnown{Relay: host, Script: "of " + host, Key: "SHA256:author", Version: 4}); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(b.path(metDir))
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-200 * 24 * time.Hour).Truncate(time.Second)
	for _, e := range entries {
		old := strings.Replace(e.Name(), "first.example_", "first.example_2222_", 1)
		if err := errors.Join(os.Rename(filepath.Join(b.path(metDir), e.Name()), filepath.Join(b.path(metDir), old)), os.Chtimes(filepath.Join(b.path(metDir), old), before, before)); err != nil {
			t.Fatal(err)
		}
	}
	login := func(host string, key ssh.PublicKey) profile {
		pr := profile{address: reach.Address{Host: host}, hostKey: key}
		if err := b.knowAgain(&pr); err != nil {
			t.Fatal(err)
		}
		return pr
	}
	knows := func(pr profile, met int, script string) bool {
		k, err := b.knownAuthor(pr.knownAs, script)
		return err == nil && k != nil && k.Version == 4 && len(b.metKeys(pr.knownAs, benchNumber)) == met
	}
	login("another.example", another)
	if pr := login("second.example", relay); pr.knownAs != "second.example" || knows(pr, 1, "of first.example") {
		t.Errorf("%+v", pr)
	}
	if pr := login("first.example", relay); pr.knownAs != "second.example" || !knows(pr, 1, "of first.example") {
		t.Errorf("by its first name, what was known is forgotten: %s, %v", pr.knownAs, b.metKeys(pr.knownAs, benchNumber))
	}
	if pr := login("another.example", relay); pr.knownAs != "second.example" || knows(pr, 1, "of another.example") {
		t.Error("what is known of another relay is taken for this one's")
	}
	copied, err := filepath.Glob(filepath.Join(b.path(metDir), "second.example_*"))
	if err != nil || len(copied) != 1 {
		t.Fatal(copied, err)
	}
	if info, err := os.Stat(copied[0]); err != nil || !info.ModTime().Equal(before) {
		t.Errorf("a key that was met is as old as %v, %v", info.ModTime(), err)
	}
}

// M8: a host with another key may be a relay that has lost its key, or another one: what is
// known there stays, so that no author becomes new, and it is said, once.
func TestM8_AnotherHostKeyUnderAKnownHost(t *testing.T) {
	b := newBench(t)
	was := b.logIn(t)
	is := was
	is.setHostKeys(testkit.NewKey(t).PublicKey(), nil)
	for _, c := range []struct {
		what   string
		others []ssh.PublicKey
		said   bool
	}{
		{"a key that is vouched for", []ssh.PublicKey{was.hostKey}, false},
		{"another key", nil, true},
		{"that key again", nil, false},
	} {
		if c.said {
			is.setHostKeys(testkit.NewKey(t).PublicKey(), c.others)
		} else {
			is.setHostKeys(is.hostKey, c.others)
		}
		b.err.Reset()
		if err := b.knowAgain(&is); err != nil || is.knownAs != was.knownAs {
			t.Errorf("%s: it is known as %q, %v", c.what, is.knownAs, err)
		}
		if said := strings.Contains(b.err.String(), "another host key before"); said != c.said {
			t.Errorf("%s: %q", c.what, &b.err)
		}
	}
}
