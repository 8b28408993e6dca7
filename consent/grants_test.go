package consent

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// What the customer allows while they are away counts for those kinds, until the time is
// over, and never for what is asked every time or done as another user.
func TestAwayCountsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(t, Options{Record: func(Question, Answer) error { return nil }})
		for _, bad := range []struct {
			kinds []Kind
			d     time.Duration
		}{{nil, time.Hour}, {[]Kind{Reboot}, time.Hour}, {[]Kind{SysInfo, LogonAs}, time.Hour}, {[]Kind{SysInfo, CSRJoin}, time.Hour}, {[]Kind{"x"}, time.Hour}, {[]Kind{SysInfo}, 0}, {[]Kind{SysInfo}, -1}, {[]Kind{SysInfo}, MaxAway + 1}} {
			if err := g.AllowFor(bad.kinds, bad.d); !errors.Is(err, ErrNotAllowable) || len(g.Allowed()) != 0 {
				t.Errorf("%v for %v: %v, %v", bad.kinds, bad.d, err, g.Allowed())
			}
		}
		if err := g.AllowFor([]Kind{SysInfo, Script}, time.Hour); err != nil {
			t.Fatal(err)
		}
		if a := g.Ask(t.Context(), ask(SysInfo)); a.Decision != AllowedOnce || a.Why != Away {
			t.Errorf("%+v", a)
		}
		for _, q := range []Question{ask(Reboot), ask(LogonAs), ask(CSRJoin), {Kind: Script, As: "helper", Who: ask(Script).Who}} {
			if a := g.Ask(t.Context(), q); a.Decision.Allowed() {
				t.Errorf("%s: %+v", q.Kind, a)
			}
		}
		time.Sleep(time.Hour)
		if a := g.Ask(t.Context(), ask(SysInfo)); a.Decision.Allowed() || len(g.Allowed()) != 0 {
			t.Errorf("after the time: %+v, %v", a, g.Allowed())
		}
	})
}

// Each thing that is allowed can be taken back, at once and alone.
func TestTakeBack(t *testing.T) {
	g := gateWith(t, Options{Record: func(Question, Answer) error { return nil }, AtStart: []Kind{SysInfo, CSRJoin, Reboot}})
	all := g.Allowed()
	if len(all) != 2 || all[0].Kind != SysInfo || !all[0].AtStart || all[1].Kind != CSRJoin {
		t.Fatal(all)
	}
	back, ok := g.TakeBack(all[0].ID)
	if !ok || back.Kind != SysInfo {
		t.Fatal(back, ok)
	}
	if _, again := g.TakeBack(all[0].ID); again {
		t.Error("taken back twice")
	}
	if a := g.Ask(t.Context(), ask(SysInfo)); a.Decision.Allowed() {
		t.Errorf("%+v", a)
	}
	if a := g.Ask(t.Context(), ask(CSRJoin)); a.Why != AtStart {
		t.Errorf("%+v", a)
	}
	if err := g.AllowFor([]Kind{Script}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := g.AllowFor([]Kind{SysInfo}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if all := g.Allowed(); len(all) != 2 || all[1].Kind != SysInfo || all[1].ID == back.ID {
		t.Errorf("the later replaces the earlier: %+v", all)
	}
	g.Stop()
	if len(g.Allowed()) != 0 || g.AllowFor([]Kind{SysInfo}, time.Minute) == nil {
		t.Error("something is allowed after the Stop")
	}
}
