package daemon

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
)

// Whoever comes to the screen after a restart is asked about each CSR, once, and
// what they answered outlives a crash and the next restart.
func TestB8_EachCSRIsAskedAboutOnce(t *testing.T) {
	p := &fakePower{boot: "one", users: []string{"bob"}}
	w := newWorld(t, leaving(p))
	w.goDown(p)
	p.with(func() { p.users = []string{"eve"} })
	w.comeUp(p, "two")
	other := testkit.NewKey(t)
	w.relay.authorize(entry("alice", w.alice), entry("carl", other))
	c := w.csr()
	first, second := start(t, c, "status"), start(t, c, "status")
	if q := <-w.screen.questions; q.Kind != consent.CSRJoin || q.Who.Account != "alice" {
		t.Errorf("%+v", q)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	for _, wait := range []func() outcome{first, second} {
		if got := wait(); got.code != cmdline.ExitOK {
			t.Errorf("%+v", got)
		}
	}
	refuseCarl := func() {
		t.Helper()
		c, err := w.connect(other)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		w.screen.answers <- consent.Answer{}
		if got := run(t, c, "status"); got.code != cmdline.ExitDenied {
			t.Errorf("alice's yes is carl's: %+v", got)
		}
		if q := <-w.screen.questions; q.Kind != consent.CSRJoin || q.Who.Account != "carl" {
			t.Errorf("%+v", q)
		}
	}
	refuseCarl()
	w.savedAudience("eve")
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce} // to the restart
	w.goDown(p)
	<-w.screen.questions
	w.comeUp(p, "three")
	if got := run(t, w.csr(), "status"); got.code != cmdline.ExitOK || len(w.screen.questions) > 0 {
		t.Errorf("alice is asked about twice: %+v", got)
	}
	refuseCarl()
}

// savedAudience checks what a killed daemon would come back to: alice alone has
// this user's word.
func (w *world) savedAudience(user string) {
	w.t.Helper()
	text, err := os.ReadFile(w.resumeFile())
	var saved state.Saved
	if err == nil {
		err = json.Unmarshal(text, &saved)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	let := []string{ssh.FingerprintSHA256(w.alice.PublicKey())}
	if a := saved.Audience; a == nil || !slices.Equal(a.Users, []string{user}) || !slices.Equal(a.Let, let) || len(saved.Allow) > 0 {
		w.t.Errorf("saved: %s", text)
	}
}
