//go:build unix

package daemon

import (
	"context"
	"testing"

	"supportd/consent"
	"supportd/hack/testkit"
	"supportd/library/journal"
)

// A yes until the session ends is for the run as it was shown: with more time, or going
// on after a failure, it is asked about anew.
func TestAlwaysIsForTheRunAsItWasShown(t *testing.T) {
	w := newWorld(t, nil)
	c := w.csr()
	stage(t, c, map[string]string{"a.sh": sh("echo a"), "b.sh": sh("echo b")})
	for _, one := range []struct {
		command string
		asked   bool
	}{
		{"run a.sh b.sh", true}, {"run a.sh b.sh", false}, {"run --timeout 5m a.sh b.sh", false},
		{"run --keep-going a.sh b.sh", true}, {"run --timeout 1h a.sh b.sh", true}, {"run --timeout 30m a.sh b.sh", false},
	} {
		if one.asked {
			w.screen.answers <- consent.Answer{Decision: consent.AllowedForSession}
		}
		if got := run(t, c, one.command); got.code != 0 || got.out != "a\nb\n" {
			t.Fatalf("%s: %+v", one.command, got)
		}
		if asked := len(w.screen.questions) > 0; asked != one.asked {
			t.Errorf("%s: asked %v", one.command, asked)
		}
		for len(w.screen.questions) > 0 {
			<-w.screen.questions
		}
	}
}

// blindsided is a computer on which the relay takes access away just before it
// restarts.
type blindsided struct {
	*fakePower
	meanwhile func()
}

func (b blindsided) AtScreen(ctx context.Context) ([]string, error) {
	b.meanwhile()
	return b.fakePower.AtScreen(ctx)
}

func TestK1P26_NoRestartForAnAccountWithoutAccess(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, func(w *world, o *Options) {
		o.Power = blindsided{p, func() { w.relay.authorize() }}
	})
	c := w.csr()
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	run(t, c, "reboot")
	testkit.Eventually(t, "that it does not restart", w.journalHas(journal.KindRebootRefuse))
	p.with(func() {
		if p.restarts != 0 || p.entry {
			t.Errorf("%d restarts, the way back stays: %v", p.restarts, p.entry)
		}
	})
}

// Scripts run as the customer, and could answer for them: while one runs nobody is
// asked about logging on or restarting, and while somebody is asked nothing starts.
func TestNoScriptRunsWhileMoreThanARunIsAsked(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, func(w *world, o *Options) {
		allowing(w, o)
		o.Power = p
	})
	c := w.csr()
	stage(t, c, map[string]string{"long.sh": sh("exec sleep 1000"), "short.sh": sh("echo ran")})
	wait := start(t, c, "run long.sh")
	testkit.Eventually(t, "the run", w.journalHas(journal.KindScriptStart))
	if got := run(t, c, "reboot"); got.code != 1 || len(w.screen.questions) != 0 || p.restarts != 0 {
		t.Errorf("asked about a restart while a script runs: %+v", got)
	}
	run(t, c, "cancel")
	wait()
	asked := start(t, c, "reboot")
	<-w.screen.questions
	if got := run(t, c, "run short.sh"); got.code != 1 || got.out != "" {
		t.Errorf("a script ran while a question about a restart stood: %+v", got)
	}
	w.screen.answers <- consent.Answer{Decision: consent.Denied}
	asked()
	if got := run(t, c, "run short.sh"); got.code != 0 || got.out != "ran\n" {
		t.Errorf("%+v", got)
	}
}
