package daemon

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/journal"
	"supportd/library/wire"
)

// certificate is a key with a certificate of a CA for an account, good for an hour.
func certificate(t *testing.T, ca, key ssh.Signer, account string, change func(*ssh.Certificate)) ssh.Signer {
	t.Helper()
	cert := &ssh.Certificate{
		Key: key.PublicKey(), CertType: ssh.UserCert, KeyId: account + "@example", ValidPrincipals: []string{account},
		ValidAfter: uint64(time.Now().Add(-time.Minute).Unix()), ValidBefore: uint64(time.Now().Add(time.Hour).Unix()),
		Permissions: ssh.Permissions{Extensions: map[string]string{csrca.NameExtension: "Alice K."}},
	}
	if change != nil {
		change(cert)
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// connectAs logs in under a name, and returns what is said to somebody who is not let in.
func (w *world) connectAs(user string, key ssh.Signer) (*ssh.Client, string) {
	w.t.Helper()
	nc, err := w.relay.dial()
	if err != nil {
		w.t.Fatal(err)
	}
	said := ""
	conn, channels, requests, err := ssh.NewClientConn(nc, "computer", &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		BannerCallback: func(text string) error { said += text; return nil },
	})
	if err != nil {
		nc.Close()
		return nil, said
	}
	c := ssh.NewClient(conn, channels, requests)
	w.t.Cleanup(func() { c.Close() })
	return c, ""
}

// certifiedWorld is a world whose customer lets in certificates of a CA alone.
func certifiedWorld(t *testing.T, ca ssh.Signer) *world {
	t.Helper()
	return newWorld(t, func(_ *world, o *Options) { o.Join.CSRCA = []ssh.PublicKey{ca.PublicKey()} })
}

// Z2, Z5: the relay's list, its keys and its names let in nobody where there is a CA.
func TestZ2_Z5_TheRelayCanOnlyKeepOut(t *testing.T) {
	ca := testkit.NewKey(t)
	w := certifiedWorld(t, ca)
	w.relay.open()
	good := certificate(t, ca, w.alice, "alice", nil)
	if c, said := w.connectAs("alice", w.alice); c != nil || !strings.Contains(said, "is a key without one\r\nhint: have your key signed") {
		t.Errorf("the relay's key: %q", said)
	}
	if c, said := w.connectAs("anyone", good); c != nil || !strings.Contains(said, `not for the account "anyone"`) {
		t.Errorf("another user name: %q", said)
	}
	if c, said := w.connectAs("alice", certificate(t, w.relay.ca, w.alice, "alice", nil)); c != nil || !strings.Contains(said, "none that counts here") {
		t.Errorf("the relay as CA: %q", said)
	}
	elsewhere := certificate(t, ca, w.alice, "alice", func(c *ssh.Certificate) { c.CriticalOptions = map[string]string{"source-address": "198.51.100.0/24"} })
	if c, said := w.connectAs("alice", elsewhere); c != nil || !strings.Contains(said, "other addresses") {
		t.Errorf("from elsewhere, as the relay claims: %q", said)
	}
	c, said := w.connectAs("alice", good)
	if again, _ := w.connectAs("alice", good); c == nil || again == nil {
		t.Fatalf("a good certificate: %q", said)
	}
	if got := run(t, c, "status"); got.code != cmdline.ExitOK || !strings.Contains(got.out, "Alice K. (alice)") || strings.Contains(got.out, "Alice Kim") {
		t.Errorf("%+v", got)
	}
	await(t, w.ui, func(n notice.Entered) bool { return n.Who.Name == "Alice K." && n.Who.Account == "alice" })
	// Another key with a certificate is the same CSR. It is no question.
	if c, said := w.connectAs("alice", certificate(t, ca, testkit.NewKey(t), "alice", nil)); c == nil || run(t, c, "status").code != cmdline.ExitOK || len(w.screen.questions) > 0 {
		t.Errorf("a renewed key: %q", said)
	}
	// Whom the relay does not name any more is out, whatever they have.
	w.relay.authorize(wire.Entry{Account: "bob", Name: "Bob"})
	if err := c.Wait(); err == nil {
		t.Error("alice stays without the relay's entry")
	}
	if c, said := w.connectAs("alice", good); c != nil || !strings.Contains(said, "the relay has not let this account in") {
		t.Errorf("not on the list: %q", said)
	}
	if opened := w.opened("alice"); len(opened) == 0 || opened[0].Certificate == nil || opened[0].Certificate.CA != ssh.FingerprintSHA256(ca.PublicKey()) || opened[0].Certificate.KeyID != "alice@example" {
		t.Errorf("the journal says %+v", opened)
	} else if len(opened) < 2 || opened[0].Certificate.Line != csrca.Line(good.PublicKey()) || opened[1].Certificate.Line != "" {
		t.Errorf("the whole certificate does not stand in the journal once: %+v", opened)
	}
}

// opened are the connections of an account that the journal tells of.
func (w *world) opened(account string) (all []journal.ConnectionOpen) {
	w.t.Helper()
	for _, e := range w.events() {
		if e.Kind == journal.KindConnOpen && e.Actor == account {
			all = append(all, journal.Of[journal.ConnectionOpen](e))
		}
	}
	return all
}

// Z2: another CSR of the organisation whom the relay brings in is a question to the
// customer, once, whatever key they have.
func TestZ2_AnotherCSRIsAQuestion(t *testing.T) {
	ca := testkit.NewKey(t)
	w := certifiedWorld(t, ca)
	bob := certificate(t, ca, testkit.NewKey(t), "bob", nil)
	w.relay.authorize(entry("alice", w.alice), wire.Entry{Account: "bob", Name: "Your Bank"})
	for _, answer := range []consent.Decision{consent.Denied, consent.AllowedOnce} {
		c, said := w.connectAs("bob", bob)
		if c == nil {
			t.Fatal(said)
		}
		w.screen.answers <- consent.Answer{Decision: answer}
		got := run(t, c, "status")
		if q := <-w.screen.questions; q.Kind != consent.CSRJoin || q.Who.Name != "Alice K." || (got.code == cmdline.ExitOK) != answer.Allowed() {
			t.Errorf("%v: %+v, %+v", answer, got, q)
		}
	}
	c, said := w.connectAs("bob", certificate(t, ca, testkit.NewKey(t), "bob", nil))
	if c == nil || run(t, c, "status").code != cmdline.ExitOK || len(w.screen.questions) > 0 {
		t.Errorf("asked again for another key: %q", said)
	}
}

// Z2: a restart resets nothing. A CA that was taken out of the saved session meanwhile
// lets in nobody, one that was put in neither, and the clock does not go back.
func TestZ2_AReturnResetsNothing(t *testing.T) {
	ca, mallory := testkit.NewKey(t), testkit.NewKey(t)
	for name, c := range map[string]struct {
		change func(*state.Saved)
		enters bool
	}{
		"as it was": {func(*state.Saved) {}, true},
		"taken out": {func(s *state.Saved) { s.CSRCA = nil }, false},
		"another":   {func(s *state.Saved) { s.CSRCA = csrca.Lines([]ssh.PublicKey{mallory.PublicKey()}) }, false},
		"one more":  {func(s *state.Saved) { s.CSRCA = append(s.CSRCA, csrca.Line(mallory.PublicKey())) }, true},
		"the clock": {func(s *state.Saved) { s.Signed = time.Now().Add(2 * time.Hour) }, false},
	} {
		p := &fakePower{boot: "one", users: []string{"bob"}}
		w := newWorld(t, func(_ *world, o *Options) { o.Power, o.Join.CSRCA = p, []ssh.PublicKey{ca.PublicKey()} })
		plain := w.alice
		w.alice, w.user = certificate(t, ca, plain, "alice", nil), "alice"
		w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce} // to the restart
		w.goDown(p)
		dir, err := state.Open(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		saved, err := dir.Saved()
		if err != nil || saved.Signed.IsZero() || saved.Owner != "alice" || len(saved.CSRCA) != 1 {
			t.Errorf("%s: saved is %+v, %v", name, saved, err)
		}
		c.change(&saved)
		if err := errors.Join(dir.Save(saved), dir.Close()); err != nil {
			t.Fatal(err)
		}
		w.comeUp(p, "two")
		for by, key := range map[string]ssh.Signer{"the relay": plain, "mallory's CA": certificate(t, mallory, plain, "alice", nil)} {
			if in, _ := w.connectAs("alice", key); in != nil {
				t.Errorf("%s: %s lets somebody in after a restart", name, by)
			}
		}
		if in, said := w.connectAs("alice", w.alice); (in != nil) != c.enters {
			t.Errorf("%s: alice enters: %v, %q", name, in != nil, said)
		}
		w.stop(errTestStop)
		<-w.finished
	}
}

// Z2: what the program itself demands counts at a return, too, where session file and
// journal were both written anew.
func TestZ2_TheProgramDemandsItsCA(t *testing.T) {
	ca, mallory := testkit.NewKey(t), testkit.NewKey(t)
	p := &fakePower{boot: "one", users: []string{"bob"}}
	w := newWorld(t, func(_ *world, o *Options) { o.Power, o.Join.CSRCA = p, []ssh.PublicKey{mallory.PublicKey()} })
	plain := w.alice
	w.alice, w.user = certificate(t, mallory, plain, "alice", nil), "alice"
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce} // to the restart
	w.goDown(p)
	p.with(func() { p.boot = "two" })
	w.run(func(w *world, o *Options) { returning(p)(w, o); o.CSRCA = []ssh.PublicKey{ca.PublicKey()} })
	await(t, w.ui, func(n notice.Joined) bool { return n.Resumed })
	for name, key := range map[string]ssh.Signer{"mallory's": w.alice, "ours": certificate(t, ca, plain, "alice", nil), "none": plain} {
		if in, _ := w.connectAs("alice", key); in != nil {
			t.Errorf("a session of another CA lets in: %s", name)
		}
	}
}

// Z2: the CA of which the journal says it stays demanded, however often the computer comes
// back with a session file without it; and one of which the journal says nothing lets in
// nobody.
func TestZ2_ManyReturnsResetNothing(t *testing.T) {
	dir, err := state.Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	key := testkit.NewKey(t).PublicKey()
	lines := csrca.Lines([]ssh.PublicKey{key})
	for name, said := range map[string][]string{"with a CA": {ssh.FingerprintSHA256(key)}, "without": nil} {
		j, _, err := local.Create(dir.Root(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Append(journal.ByDaemon, journal.SessionJoin{Presented: journal.Presented{Number: "482913077", CSRCA: said}}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := demanded(j, nil); (got != nil) != (said != nil) || len(got) > 0 {
				t.Errorf("%s: a session file without one demands %q, %t", name, got, got != nil)
			}
			if got := demanded(j, lines); got == nil || len(got) != len(said) {
				t.Errorf("%s: a session file with one demands %q, %t", name, got, got != nil)
			}
			if err := j.Append(journal.ByDaemon, journal.SessionResume{Presented: journal.Presented{Number: "482913077"}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}
