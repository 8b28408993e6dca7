package daemon

import (
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/journal"
	"supportd/library/wire"
)

func entry(account string, key ssh.Signer) wire.Entry {
	return wire.Entry{Account: account, Name: strings.ToUpper(account), Key: key.PublicKey().Marshal()}
}

func TestOnlyKeysThatTheRelayNamedMayEnter(t *testing.T) {
	w := newWorld(t, nil)
	mallory := testkit.NewKey(t)
	if c, err := w.connect(mallory); err == nil {
		c.Close()
		t.Fatal("a stranger came in")
	}
	w.relay.authorize(entry("alice", w.alice), entry("mallory", mallory))
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	c, err := w.connect(mallory)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := run(t, c, "status"); !strings.Contains(got.out, "MALLORY (mallory)") {
		t.Errorf("%+v", got)
	}
	// An empty list lets nobody in.
	w.relay.authorize()
	if c, err := w.connect(w.alice); err == nil {
		c.Close()
		t.Error("alice came in after her access was taken back")
	}
}

func TestH13_ConnectionEndsWithTheAccess(t *testing.T) {
	w := newWorld(t, nil)
	bob := testkit.NewKey(t)
	w.relay.authorize(entry("alice", w.alice), entry("bob", bob))
	alice, err := w.connect(w.alice)
	if err != nil {
		t.Fatal(err)
	}
	defer alice.Close()
	other, err := w.connect(bob)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	// alice waits for an answer when her access ends; it must not come any more.
	look := start(t, alice, "sysinfo os")
	<-w.screen.questions
	began := time.Now()
	w.relay.authorize(entry("bob", bob))
	if err := alice.Wait(); err == nil {
		t.Error("her connection ended without an error")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedForSession}
	if got := look(); got.out != "" || got.code != -1 {
		t.Errorf("%+v", got)
	}
	if got := run(t, other, "status"); got.code != 0 {
		t.Errorf("the other CSR: %+v", got)
	}
	if slices.Contains(w.kinds(), journal.KindSysInfoView) {
		t.Error("she was shown something")
	}
}

// The customer's answer is asked of whoever is there, by the name that the
// relay has verified; nothing of it can come from the CSR.
func TestQuestionsNameTheVerifiedPerson(t *testing.T) {
	w := newWorld(t, nil)
	w.screen.answers <- consent.Answer{}
	if got := run(t, w.csr(), "sysinfo"); got.code != 5 || !strings.Contains(got.err, "the customer said no") {
		t.Errorf("%+v", got)
	}
	want := consent.Person{Name: "Alice Kim", Account: "alice", Fingerprint: ssh.FingerprintSHA256(w.alice.PublicKey())}
	if q := <-w.screen.questions; q.Who != want {
		t.Errorf("%+v", q.Who)
	}
}

func TestC3_CSRGoneWithdrawsTheQuestion(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	look := start(t, c, "sysinfo os")
	q := <-w.screen.questions
	c.Close()
	look()
	testkit.Eventually(t, "the answer in the journal", func() bool { return slices.Contains(w.kinds(), journal.KindConsentAnswer) })
	w.screen.answers <- consent.Answer{Question: q.ID, Decision: consent.AllowedForSession}
	// The late yes answers nothing: the next look is asked about again.
	c = w.csr()
	again := start(t, c, "sysinfo os")
	<-w.screen.questions
	if got := again(); got.code != 0 && got.code != 5 {
		t.Errorf("%+v", got)
	}
	for _, e := range w.events() {
		if e.Kind == journal.KindConsentAnswer && strings.Contains(string(e.Data), `"granted"`) {
			t.Errorf("a late yes became a grant: %s", e.Data)
		}
	}
}
