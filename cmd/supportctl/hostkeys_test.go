package main

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/relay/client"
)

// O9: a connection that knows an old host key replaces none that came from elsewhere
// meanwhile, such as a new login after the old key was lost.
func TestO9_AnOldConnectionReplacesNoKey(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	known, err := b.program.loadProfile()
	if err != nil {
		t.Fatal(err)
	}
	next, other := testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey()
	after := b.program.keepHostKeys(known, known.hostKey, []ssh.PublicKey{next})
	if now, err := b.program.loadProfile(); err != nil || len(now.others) != 1 || now.hostKeyLines()[1] != formatKey(next) {
		t.Errorf("the new key is not kept: %q, %v", now.hostKeyLines(), err)
	}
	b.program.keepHostKeys(known, other, nil) // which has not heard of next
	if now, _ := b.program.loadProfile(); now.HostKey != known.HostKey {
		t.Errorf("the key in use is %s", now.HostKey)
	}
	b.program.keepHostKeys(after, next, nil)
	if now, _ := b.program.loadProfile(); now.HostKey != formatKey(next) || len(now.others) != 0 {
		t.Errorf("after the change: %q", now.hostKeyLines())
	}
}

// O9: likewise for who vouches for computers; plain ssh learns it from what is written.
func TestO9_NewAuthoritiesAreKept(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	known, err := b.program.loadProfile()
	if err != nil {
		t.Fatal(err)
	}
	next := testkit.NewKey(t).PublicKey()
	after := b.program.keepAuthorities(known, append(known.authorities, next))
	now, err := b.program.loadProfile()
	if err != nil || len(now.authorities) != 2 || now.HostCAs[1] != formatKey(next) {
		t.Errorf("the new key is not kept: %q, %v", now.HostCAs, err)
	}
	lines, err := os.ReadFile(b.program.path(knownHostsFile))
	if err != nil || !strings.Contains(string(lines), "@cert-authority *.support "+formatKey(next)) {
		t.Errorf("plain ssh does not know it: %s, %v", lines, err)
	}
	b.program.keepAuthorities(known, known.authorities) // which has not heard of next
	if now, _ := b.program.loadProfile(); len(now.authorities) != 2 {
		t.Errorf("an old connection has taken a key away: %q", now.HostCAs)
	}
	b.program.keepAuthorities(after, []ssh.PublicKey{next})
	if now, _ := b.program.loadProfile(); len(now.HostCAs) != 1 || now.HostCAs[0] != formatKey(next) {
		t.Errorf("after the change: %q", now.HostCAs)
	}
}

// Z4: what the relay calls its library is asked once, and kept: later it cannot bring the
// scripts of another one.
func TestZ4_TheLibraryIsAskedOnce(t *testing.T) {
	n := newNetwork(t)
	pr, err := n.loadProfile()
	if err != nil {
		t.Fatal(err)
	}
	pr.Library = "" // a login of an older program
	if err := pr.save(n.program); err != nil {
		t.Fatal(err)
	}
	n.relay.on("whoami --json", says(`{"library":"first"}`, `{"library":"other"}`))
	for range 2 {
		err := n.onRelay(t.Context(), func(r *client.Relay, pr profile) error {
			got, err := n.withLibrary(t.Context(), r, pr)
			if got.Library != "first" {
				t.Errorf("the library is %q", got.Library)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if asked := strings.Count(n.relay.heard(), "whoami"); asked != 1 {
		t.Errorf("it was asked %d times", asked)
	}
}
