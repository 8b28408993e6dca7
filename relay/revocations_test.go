package relay

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/csrca"
)

// listBy is a list that a CA signs now, good for an hour.
func listBy(t *testing.T, ca ssh.Signer, number uint64, keys ...ssh.PublicKey) *csrca.Revocations {
	t.Helper()
	r := csrca.Revocations{Number: number, Issued: time.Now(), Until: time.Now().Add(time.Hour)}
	for _, key := range keys {
		r.Keys = append(r.Keys, ssh.FingerprintSHA256(key))
	}
	list, err := csrca.SignRevocations(r, ca)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Z3: what the CA has revoked logs in to the relay neither by a certificate nor as an
// account's own key, and is disconnected within 5 s, but not at once: computers say first
// why they end what goes through the relay.
func TestZ3_TheRevokedDoNotLogIn(t *testing.T) {
	ca, key := testkit.NewKey(t), testkit.NewKey(t)
	inTime(t, func(t *testing.T, w *world, _ *memory) {
		plain := w.account("alice", false)
		if err := w.relay.SetCSRCA(t.Context(), []ssh.PublicKey{ca.PublicKey()}); err != nil {
			t.Fatal(err)
		}
		certified := certificate(t, ca, key, "alice", time.Hour, nil)
		stolen, stays := w.login("alice", certified), w.login("alice", plain)
		revoke := func(list *csrca.Revocations) {
			t.Helper()
			if err := w.relay.SetRevocations(list); err != nil {
				t.Fatal(err)
			}
		}
		begin := time.Now()
		revoke(listBy(t, ca, 7, key.PublicKey()))
		_ = stolen.Wait()
		within(t, "the revoked key", begin, 2*time.Second, 5*time.Second)
		if text, entered := w.said("alice", certified); entered || text != "your certificate does not let you in here: your organisation has revoked it or its key (list 7)\r\nhint: ask your organisation; a new key needs a new certificate\r\n" {
			t.Errorf("%v, %q", entered, text)
		}
		stays.ok("whoami")
		for name, older := range map[string]*csrca.Revocations{"older": listBy(t, ca, 6), "of the same number": listBy(t, ca, 7)} {
			if err := w.relay.SetRevocations(older); !errors.Is(err, ErrOlderList) {
				t.Errorf("%s: %v", name, err)
			}
		}
		revoke(listBy(t, ca, 8, plain.PublicKey()))
		_ = stays.Wait()
		if text, entered := w.said("alice", plain); entered || text != "your organisation has revoked this key (list 8)\r\nhint: make a new one, and ask your organisation\r\n" {
			t.Errorf("%v, %q", entered, text)
		}
		w.login("alice", certified).ok("whoami")
		revoke(nil)
		w.login("alice", plain).ok("whoami")
	})
}

// Z3: a computer that is connected is brought each new list, and who may enter is not told
// again for that; one that comes later has the list before it lets anybody in.
func TestZ3_ComputersAreBroughtTheRevoked(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	ca := testkit.NewKey(t)
	p := w.joined(alice.start())
	if len(p.revoked) != 0 {
		t.Error("a list came where there is none")
	}
	var list *csrca.Revocations
	for number := uint64(7); number < 9; number++ {
		list = listBy(t, ca, number, testkit.NewKey(t).PublicKey())
		for range 2 {
			if err := w.relay.SetRevocations(list); err != nil {
				t.Fatal(err)
			}
		}
		if got := receive(t, p.revoked); !bytes.Equal(got, list.File()) {
			t.Errorf("list %d: %q", number, got)
		}
	}
	later := w.joined(alice.start())
	if len(later.revoked) != 1 || !bytes.Equal(<-later.revoked, list.File()) {
		t.Error("who may enter came before the list")
	}
	if len(p.revoked) != 0 || len(p.authorized) != 0 {
		t.Errorf("%d lists more than there are, %d times who may enter", len(p.revoked), len(p.authorized))
	}
}
