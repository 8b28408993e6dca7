package main

import (
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
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
