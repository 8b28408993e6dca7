package daemon

import (
	"strings"
	"testing"

	"supportd/consent"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/text"
)

// What the customer's computer says about itself drives no CSR's terminal, and
// what one CSR is called drives no other's.
func TestC12_HostileComputer(t *testing.T) {
	const evil = "PC\x1b]52;c;ZXZpbA==\x07\u202e\u200b\u009b2J\r\n"
	w := newWorld(t, func(w *world, o *Options) {
		o.Computer = state.Computer{Host: evil, OS: evil}
		o.Join.Allow = []consent.Kind{consent.SysInfo}
		w.relay.access[0].Name = evil
	})
	c := w.csr()
	for _, command := range []string{"status", "status --json", "sysinfo summary", "journal", "journal --json", "run nothing.sh", evil, "status " + evil} {
		got := run(t, c, command)
		for line := range strings.Lines(got.out + got.err) {
			if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), text.Hostile) {
				t.Errorf("%q: %q", command, line)
			}
		}
	}
}

// Two CSRs ask at once: one question after the other, each answer for its own.
func TestC5_TwoCSRsAreAskedForOneByOne(t *testing.T) {
	w := newWorld(t, nil)
	bob := testkit.NewKey(t)
	w.relay.authorize(entry("alice", w.alice), entry("bob", bob))
	second, err := w.connect(bob)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	looks := map[string]func() outcome{"alice": start(t, w.csr(), "sysinfo os")}
	first := <-w.screen.questions
	looks["bob"] = start(t, second, "sysinfo os")
	if first.Who.Account != "alice" || len(w.screen.questions) > 0 {
		t.Fatalf("%+v", first)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := looks["alice"](); got.code != 0 {
		t.Errorf("alice: %+v", got)
	}
	if q := <-w.screen.questions; q.Who.Account != "bob" || q.ID == first.ID {
		t.Errorf("%+v", q)
	}
	w.screen.answers <- consent.Answer{}
	if got := looks["bob"](); got.code != cmdline.ExitDenied || got.out != "" {
		t.Errorf("bob: %+v", got)
	}
}
