package daemon

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	local "supportd/daemon/journal"
	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/cmdline"
	"supportd/library/journal"
	"supportd/library/wire"
)

// A daemon that is killed right after it has come back is started once more, with
// what was saved before the restart; the journal tells of one return all the same.
func TestB9_KilledRightAfterTheReturn(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, leaving(p))
	w.goDown(p)
	p.with(func() { p.boot = "two" })
	for range 2 {
		w.started(p)
	}
	w.comeUp(p, "two")
	returns := slices.DeleteFunc(w.kinds(), func(kind string) bool { return kind != journal.KindRebootReturn })
	if len(returns) != 1 {
		t.Errorf("the computer has come back %d times", len(returns))
	}
	if !slices.ContainsFunc(w.events(), func(e journal.Event) bool {
		return e.Kind == journal.KindRebootReturn && journal.Of[journal.RebootReturn](e).EntryRemoved
	}) {
		t.Error("the journal does not say that the autostart entry is removed")
	}
}

// started starts a daemon as the autostart entry does; it is killed before it
// reaches the relay.
func (w *world) started(p *fakePower) {
	w.t.Helper()
	state, err := state.Open(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	opts := w.options()
	returning(p)(w, &opts)
	opts.State = state
	d, err := New(context.Background(), opts)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := d.journal.Close(); err != nil {
		w.t.Error(err)
	}
	if err := state.Close(); err != nil {
		w.t.Error(err)
	}
}

// A restart can be held up for a while; the customer's Stop means the support
// session all the same.
func TestB2_StopEndsEvenARestart(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, leaving(p))
	if got := run(t, w.csr(), "reboot"); got.code != cmdline.ExitOK {
		t.Fatalf("%+v", got)
	}
	w.stop(ErrStop)
	if err := w.ended(); !errors.Is(err, ErrStop) {
		t.Errorf("the daemon ended with %v", err)
	}
	w.gone(p)
	select {
	case end := <-w.relay.ended:
		if end.By != journal.ByCustomer {
			t.Errorf("%+v", end)
		}
	case <-time.After(patience):
		t.Error("the relay was not told")
	}
}

// killedBeforeRestart leaves what a daemon leaves that was killed between a yes to a
// restart and the restart.
func (w *world) killedBeforeRestart(number wire.Number) state.Saved {
	w.t.Helper()
	left := w.killed(number, time.Hour)
	s, err := state.Open(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	j, err := local.Open(context.Background(), s.Root(), left.Journal)
	if err != nil {
		w.t.Fatal(err)
	}
	defer j.Close()
	if err := j.Append("alice", journal.RebootRequest{Delay: "8s", Boot: "one"}); err != nil {
		w.t.Fatal(err)
	}
	return left
}

// It does not leave the restart open in the journal, whether somebody comes back to
// the session or not.
func TestB1_KilledBeforeTheRestart(t *testing.T) {
	p := &fakePower{boot: "one"}
	w := newWorld(t, func(w *world, o *Options) {
		w.killedBeforeRestart(testNumber)
		o.Join, o.Power = nil, p
	})
	await(t, w.ui, anyOf[notice.Joined])
	kinds := w.kinds()
	if at := slices.Index(kinds, journal.KindRebootRequest); at < 0 || kinds[at+1] != journal.KindRebootRefuse || slices.Contains(kinds, journal.KindRebootReturn) {
		t.Errorf("%v", kinds)
	}

	var left state.Saved
	w = newWorld(t, func(w *world, _ *Options) { left = w.killedBeforeRestart("604131136") })
	text, err := os.ReadFile(filepath.Join(w.dir, left.Journal))
	refused, ended := strings.Index(string(text), journal.KindRebootRefuse), strings.Index(string(text), journal.KindSessionEnd)
	if err != nil || refused < 0 || ended < refused {
		t.Errorf("%v: %s", err, text)
	}
}
