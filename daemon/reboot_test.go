package daemon

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/consent"
	"supportd/daemon/notice"
	"supportd/daemon/power"
	"supportd/daemon/state"
	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/text"
	"supportd/library/wire"
)

// fakePower is a computer that restarts when the test says so.
type fakePower struct {
	mu             sync.Mutex
	boot           string
	users          []string
	ready, restart error
	blind          error // nobody knows who is at the screen
	nameless       error // boots cannot be told apart
	entry          bool  // the autostart entry is there
	restarts       int
}

func (p *fakePower) with(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *fakePower) Ready(context.Context) error { p.mu.Lock(); defer p.mu.Unlock(); return p.ready }

func (p *fakePower) Restart(context.Context, string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.restart == nil {
		p.restarts++
	}
	return p.restart
}

func (p *fakePower) Install() error { p.with(func() { p.entry = true }); return nil }
func (p *fakePower) Remove() error  { p.with(func() { p.entry = false }); return nil }

func (p *fakePower) BootID() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.boot, p.nameless
}

func (p *fakePower) AtScreen(context.Context) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.users), p.blind
}

func (p *fakePower) state() (entry bool, restarts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.entry, p.restarts
}

// leaving makes a world whose customer leaves everything to the CSR.
func leaving(p *fakePower) func(*world, *Options) {
	return func(_ *world, o *Options) { o.Power = p; allowEverything(o) }
}

// returning is a daemon that the autostart entry starts.
func returning(p *fakePower) func(*world, *Options) {
	return func(_ *world, o *Options) { o.Power, o.Join = p, nil }
}

// goDown restarts the computer until the daemon has been stopped by it.
func (w *world) goDown(p *fakePower) {
	w.t.Helper()
	if got := run(w.t, w.csr(), "reboot --reason updates"); got.code != 0 || !strings.Contains(got.out, "support comes back by itself") {
		w.t.Fatalf("%+v", got)
	}
	if entry, _ := p.state(); !entry {
		w.t.Fatal("there is no autostart entry")
	}
	w.stop(errTestStop) // what the system does on its way down
	if err := w.ended(); !errors.Is(err, state.ErrRestarting) {
		w.t.Fatalf("the daemon ended with %v", err)
	}
	w.relay.set(func() { w.relay.tunnel = nil })
	testkit.Eventually(w.t, "the state directory is free", func() bool {
		s, err := state.Open(w.dir)
		return err == nil && s.Close() == nil
	})
}

// comeUp boots another time.
func (w *world) comeUp(p *fakePower, boot string) {
	w.t.Helper()
	p.with(func() { p.boot = boot })
	w.run(returning(p))
	await(w.t, w.ui, func(n notice.Joined) bool { return n.Resumed && n.Restarted })
	if entry, _ := p.state(); entry {
		w.t.Error("the autostart entry outlives its purpose")
	}
}

func (w *world) resumeFile() string { return filepath.Join(w.dir, "session.json") }

// gone checks that the end of the support session has left nothing.
func (w *world) gone(p *fakePower) {
	w.t.Helper()
	if _, err := os.Stat(w.resumeFile()); !errors.Is(err, os.ErrNotExist) {
		w.t.Errorf("the resume file stays: %v", err)
	}
	if entry, _ := p.state(); entry {
		w.t.Error("the autostart entry stays")
	}
}

func TestB4_B9_B10_TwoRebootsLeaveNothing(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, leaving(p))
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce} // the second time
	for _, boot := range []string{"two", "three"} {
		w.goDown(p)
		info, err := os.Stat(w.resumeFile())
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("the resume file: %v, %v", info, err)
		}
		w.comeUp(p, boot)
	}
	kinds := strings.Join(w.kinds(), " ")
	if strings.Count(kinds, journal.KindRebootRequest) != 2 || strings.Count(kinds, journal.KindRebootReturn) != 2 || strings.Contains(kinds, journal.KindSessionEnd) {
		t.Errorf("journal: %s", kinds)
	}
	select {
	case end := <-w.relay.ended:
		t.Errorf("the relay was told of an end: %+v", end)
	default:
	}
	w.stop(errTestStop)
	if err := w.ended(); !errors.Is(err, errTestStop) {
		t.Errorf("%v", err)
	}
	w.gone(p)
}

func TestB1_WhatTheSystemRefusesIsTold(t *testing.T) {
	inhibited := &power.Refusal{Cause: power.Inhibited, Holders: []power.Holder{{Who: "Backup", Why: "copying", PID: 7}}}
	t.Run("before the customer is asked", func(t *testing.T) {
		p := &fakePower{boot: "one", ready: inhibited}
		w := newWorld(t, func(_ *world, o *Options) { o.Power = p })
		got := run(t, w.csr(), "reboot")
		if got.code != cmdline.ExitFailed || !strings.Contains(got.err, "Backup (process 7) forbids a restart: copying") {
			t.Errorf("%+v", got)
		}
		if len(w.screen.questions) > 0 {
			t.Error("the customer was asked in vain")
		}
	})
	t.Run("one boot cannot be told from another", func(t *testing.T) {
		p := &fakePower{nameless: power.ErrNoBootID}
		w := newWorld(t, func(_ *world, o *Options) { o.Power = p })
		got := run(t, w.csr(), "reboot")
		if got.code != cmdline.ExitFailed || !strings.Contains(got.err, "support would not come back after a restart") {
			t.Errorf("%+v", got)
		}
		if len(w.screen.questions) > 0 {
			t.Error("the customer was asked in vain")
		}
	})
	t.Run("at the last moment", func(t *testing.T) {
		p := &fakePower{boot: "one", restart: &power.Refusal{Cause: power.Forbidden}}
		w := newWorld(t, leaving(p))
		got := run(t, w.csr(), "reboot")
		if got.code != cmdline.ExitFailed || !strings.Contains(got.err, "this account may not restart the computer") {
			t.Errorf("%+v", got)
		}
		if entry, restarts := p.state(); entry || restarts > 0 {
			t.Errorf("entry %v, restarts %d", entry, restarts)
		}
		await(t, w.ui, anyOf[notice.NotRestarting])
		if kinds := w.kinds(); !slices.Contains(kinds, journal.KindRebootRefuse) {
			t.Errorf("journal: %q", kinds)
		}
		if got := run(t, w.csr(), "status"); got.code != 0 {
			t.Errorf("the support session does not go on: %+v", got)
		}
		w.stop(errTestStop)
		if err := w.ended(); !errors.Is(err, errTestStop) {
			t.Errorf("it counts as a restart: %v", err)
		}
		w.gone(p)
	})
	t.Run("a computer that cannot", func(t *testing.T) {
		w := newWorld(t, nil)
		if got := run(t, w.csr(), "reboot"); got.code != cmdline.ExitFailed || !strings.Contains(got.err, "cannot be restarted from here") {
			t.Errorf("%+v", got)
		}
	})
}

func TestB2_DeniedRebootChangesNothing(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, func(_ *world, o *Options) { o.Power, o.Join.Allow = p, []consent.Kind{consent.Script, consent.SysInfo} })
	for range 2 { // every time
		w.screen.answers <- consent.Answer{}
		got := run(t, w.csr(), "reboot --reason updates --delay 5m")
		if got.code != cmdline.ExitDenied || !strings.Contains(got.err, "the customer said no") {
			t.Errorf("%+v", got)
		}
		if q := <-w.screen.questions; q.Kind != consent.Reboot || q.Reason != "updates" || q.Delay != 5*time.Minute || q.Who.Account != "alice" {
			t.Errorf("question: %+v", q)
		}
	}
	if entry, restarts := p.state(); entry || restarts > 0 {
		t.Errorf("entry %v, restarts %d", entry, restarts)
	}
}

func TestB2_StopCallsADelayedRebootOff(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, leaving(p))
	wait := start(t, w.csr(), "reboot --delay 1h")
	await(t, w.ui, func(n notice.Restarting) bool { return n.After == time.Hour })
	w.stop(errTestStop)
	if got := wait(); got.code == 0 {
		t.Errorf("%+v", got)
	}
	if err := w.ended(); !errors.Is(err, errTestStop) {
		t.Errorf("%v", err)
	}
	if _, restarts := p.state(); restarts > 0 {
		t.Error("it restarts all the same")
	}
	w.gone(p)
}

func TestB3_AwayForTooLongLeavesNothing(t *testing.T) {
	p := &fakePower{boot: "two", entry: true}
	w := &world{t: t, relay: newTestRelay(t), alice: testkit.NewKey(t), dir: filepath.Join(t.TempDir(), "state"), screen: newScreen(), log: &testkit.Buffer{}}
	w.killed(testNumber, 1500*time.Millisecond)
	w.run(func(_ *world, o *Options) {
		returning(p)(w, o)
		o.Dialer = failing(&net.OpError{Op: "dial", Err: unreachable()}).dialer
	})
	if err := w.ended(); !errors.Is(err, state.ErrWindow) {
		t.Fatalf("%v", err)
	}
	if kinds := w.kinds(); kinds[len(kinds)-1] != journal.KindSessionEnd {
		t.Errorf("the journal has no end: %q", kinds)
	}
	w.gone(p)
}

func TestB6_NoNetworkForAWhileAfterBoot(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, leaving(p))
	w.goDown(p)
	p.with(func() { p.boot = "two" })
	missing := 2
	w.run(func(_ *world, o *Options) {
		returning(p)(w, o)
		o.Dialer = network(func(ctx context.Context, network, addr string) (net.Conn, error) {
			if missing--; missing >= 0 {
				return nil, &net.OpError{Op: "dial", Err: unreachable()}
			}
			return new(net.Dialer).DialContext(ctx, network, addr)
		}).dialer
	})
	await(t, w.ui, func(n notice.Retrying) bool { return n.Problem == notice.ProblemUnreachable })
	await(t, w.ui, func(n notice.Joined) bool { return n.Restarted })
}

func TestB7_RelayRestartsMeanwhile(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, leaving(p))
	w.goDown(p)
	w.relay.kill()
	w.relay.start(w.relay.addr)
	w.comeUp(p, "two")
}

func TestB8_AnotherUserIsAskedAgain(t *testing.T) {
	p := &fakePower{boot: "one", users: []string{"bob"}}
	w := newWorld(t, leaving(p))
	w.goDown(p)
	w.comeUp(p, "two")
	if got := run(t, w.csr(), "status"); got.code != 0 {
		t.Fatalf("the same user is asked again: %+v", got)
	}
	p.with(func() { p.users = []string{"eve"} })
	w.screen.answers <- consent.Answer{}
	if got := run(t, w.csr(), "status"); got.code != cmdline.ExitDenied {
		t.Errorf("another user is not asked: %+v", got)
	}
	if q := <-w.screen.questions; q.Kind != consent.CSRJoin || !strings.Contains(q.Sentence(text.English), "was restarted") {
		t.Errorf("question: %+v", q)
	}
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if got := run(t, w.csr(), "status"); got.code != 0 {
		t.Errorf("%+v", got)
	}
	// What the other user had allowed was not theirs to give.
	<-w.screen.questions
	w.screen.answers <- consent.Answer{}
	if got := run(t, w.csr(), "sysinfo os"); got.code != cmdline.ExitDenied {
		t.Errorf("%+v", got)
	}
	<-w.screen.questions
	if got := run(t, w.csr(), "status"); !strings.Contains(got.out, "nothing without a question") {
		t.Errorf("%+v", got)
	}
	// Nor does it come back with the next restart.
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	w.goDown(p)
	w.comeUp(p, "three")
	w.screen.answers <- consent.Answer{}
	if got := run(t, w.csr(), "sysinfo os"); got.code != cmdline.ExitDenied {
		t.Errorf("after another restart: %+v", got)
	}
}

// Who cannot say who sits there lets nobody in.
func TestB8_WhoIsAtTheScreenIsNotKnown(t *testing.T) {
	p := &fakePower{boot: "one", users: []string{"bob"}}
	w := newWorld(t, leaving(p))
	w.goDown(p)
	w.comeUp(p, "two")
	p.with(func() { p.blind = errors.New("org.freedesktop.DBus.Error") })
	got := run(t, w.csr(), "sysinfo os")
	if got.code != cmdline.ExitFailed || !strings.Contains(got.err, "cannot tell whether somebody else sits there") || strings.Contains(got.err, "DBus") {
		t.Errorf("%+v", got)
	}
}

func TestRebootAsChannelRequest(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, func(_ *world, o *Options) { o.Power = p })
	for _, allowed := range []bool{false, true} {
		s, err := w.csr().NewSession()
		if err != nil {
			t.Fatal(err)
		}
		a := consent.Answer{}
		if allowed {
			a.Decision = consent.AllowedOnce
		}
		w.screen.answers <- a
		ok, err := s.SendRequest(wire.RebootRequest, true, wire.Reboot{Reason: "updates"}.Marshal())
		if err != nil || ok != allowed {
			t.Errorf("allowed %v: %v, %v", allowed, ok, err)
		}
		if _, restarts := p.state(); (restarts == 1) != allowed {
			t.Errorf("restarts: %d", restarts)
		}
	}
	// A No until it is too late, C3: the CSR has closed the channel.
	s, err := w.csr().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SendRequest(wire.RebootRequest, false, wire.Reboot{Reason: "later"}.Marshal()); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the question", func() bool { return len(w.screen.questions) == 3 })
	s.Close()
	testkit.Eventually(t, "the refusal", w.journalHas("withdrawn"))
	w.screen.answers <- consent.Answer{Decision: consent.AllowedOnce}
	if _, restarts := p.state(); restarts != 1 {
		t.Errorf("a late yes restarts: %d", restarts)
	}
	// What the verb refuses, the request refuses too.
	s, err = w.csr().NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := s.SendRequest(wire.RebootRequest, true, wire.Reboot{Delay: 1 << 31}.Marshal()); ok || err != nil {
		t.Errorf("in 68 years: %v, %v", ok, err)
	}
	for _, request := range []string{wire.RebootRequest, wire.LogonRequest} {
		s, err := w.csr().NewSession()
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := s.SendRequest(request, true, []byte{0, 0}); ok || err != nil {
			t.Errorf("malformed %s: %v, %v", request, ok, err)
		}
	}
}
