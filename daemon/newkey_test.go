package daemon

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/wire"
)

// P11: a key that is given to alice in the middle of her session is a question, a No
// keeps it out of everything, and the customer reads of it only when it is let in.
func TestP11_AKeyThatComesLaterIsAQuestion(t *testing.T) {
	p := &fakePower{boot: "one", users: []string{"bob"}}
	w := newWorld(t, func(_ *world, o *Options) { o.Power = p })
	second := testkit.NewKey(t)
	fingerprint := ssh.FingerprintSHA256(second.PublicKey())
	list := []wire.Entry{entry("alice", w.alice), entry("alice", second)}
	w.relay.authorize(list...)
	as := func(command string, answer consent.Decision) outcome {
		t.Helper()
		c, err := w.connect(second)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		w.screen.answers <- consent.Answer{Decision: answer}
		return run(t, c, command)
	}
	for _, command := range []string{"status", "help", "chat --send hello", "journal"} {
		got := as(command, consent.Denied)
		q := <-w.screen.questions
		if got.code != cmdline.ExitDenied || got.out != "" || q.Kind != consent.CSRJoin || q.Since.IsZero() || q.Who.Fingerprint != fingerprint {
			t.Errorf("%s: %+v, %+v", command, got, q)
		}
	}
	w.ui.mu.Lock()
	told := slices.ContainsFunc(w.ui.all, func(n notice.Notice) bool { _, entered := n.(notice.Entered); return entered })
	w.ui.mu.Unlock()
	if told {
		t.Error("the customer read that somebody is here whom they had refused")
	}
	if got := as("status", consent.AllowedOnce); got.code != cmdline.ExitOK {
		t.Errorf("after the yes: %+v", got)
	}
	q := <-w.screen.questions
	await(t, w.ui, func(n notice.Entered) bool { return n.Who == q.Who })
	// Another name for a key that is in is not shown, another account is another question.
	list[1].Name = "Your Bank"
	w.relay.authorize(list...)
	c, err := w.connect(second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := run(t, c, "status"); got.code != cmdline.ExitOK || strings.Contains(got.out, "Bank") || len(w.screen.questions) > 0 {
		t.Errorf("a second question, or a new name: %+v", got)
	}
	// A restart resets nothing: who is in is in, and what is new stays new.
	third := testkit.NewKey(t)
	list = append(list, entry("alice", third))
	w.relay.authorize(list...)
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce} // to the restart
	w.goDown(p)
	<-w.screen.questions
	w.comeUp(p, "two")
	w.relay.authorize(list...)
	if c, err = w.connect(second); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := run(t, c, "status"); got.code != cmdline.ExitOK || len(w.screen.questions) > 0 {
		t.Errorf("asked about again after a restart: %+v", got)
	}
	second = third
	if got := as("status", consent.Denied); got.code != cmdline.ExitDenied || (<-w.screen.questions).Since.IsZero() {
		t.Errorf("a restart let a new key in: %+v", got)
	}
}
