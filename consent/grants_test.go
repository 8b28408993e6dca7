package consent

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"
)

// What the customer allows while they are away counts for those kinds, until the time is
// over, and never for what is asked every time or done as another user.
func TestAwayCountsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(t, Options{Record: func(Question, Answer) error { return nil }})
		for _, bad := range []struct {
			kinds []Kind
			d     time.Duration
		}{{nil, time.Hour}, {[]Kind{Reboot}, time.Hour}, {[]Kind{SysInfo, LogonAs}, time.Hour}, {[]Kind{SysInfo, CSRJoin}, time.Hour}, {[]Kind{"x"}, time.Hour}, {[]Kind{SysInfo}, 0}, {[]Kind{SysInfo}, -1}, {[]Kind{SysInfo}, 8*time.Hour + 1}} {
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

// The longest time is eight hours.
func TestAwayTakesEightHours(t *testing.T) {
	g := gateWith(t, Options{})
	if err := g.AllowFor([]Kind{SysInfo}, 8*time.Hour); err != nil || len(g.Allowed()) != 1 {
		t.Errorf("%v, %v", err, g.Allowed())
	}
}

// What is allowed is over when either clock says so: the one stands still while the computer
// sleeps, the other can be set.
func TestAGrantIsOverByEitherClock(t *testing.T) {
	now := time.Now()
	g := Grant{Until: now.Add(time.Hour)}
	slept := set(now, time.Hour)                      // no time has passed, and it is an hour later
	setBack := set(now.Add(time.Hour), -30*time.Hour) // an hour has passed, and it is yesterday
	if slept.Sub(now) != 0 || slept.Unix()-now.Unix() != 3600 || setBack.Sub(now) != time.Hour {
		t.Fatal("time.Time has another form: this test has to be changed")
	}
	for name, c := range map[string]struct {
		at   time.Time
		over bool
	}{
		"at once": {now, false}, "a moment before": {now.Add(time.Hour - 1), false}, "then": {now.Add(time.Hour), true}, "after sleep": {slept, true}, "set back": {setBack, true},
		"shorter sleep": {set(now, time.Hour-1), false},
	} {
		if g.over(c.at) != c.over || (Grant{}).over(c.at) {
			t.Errorf("%s: over is %v", name, !c.over)
		}
	}
}

// set is a time with its wall clock set by d: the seconds and nanoseconds of its first word.
func set(at time.Time, d time.Duration) time.Time {
	first := (*uint64)(unsafe.Pointer(&at))
	const nanoseconds = 1<<30 - 1
	sum := time.Duration(*first&nanoseconds) + d
	seconds := sum / time.Second
	if sum%time.Second < 0 {
		seconds--
	}
	*first = *first&^nanoseconds + uint64(seconds)<<30 | uint64(sum-seconds*time.Second)
	return at
}

// A kind that is asked every time stays so, even where it stands among what is allowed.
func TestWhatIsAskedEveryTimeIsNeverRemembered(t *testing.T) {
	for _, kind := range []Kind{Reboot, LogonAs, Words} {
		g := gateWith(t, Options{})
		g.addLocked(grant{Grant{Kind: kind}, Answer{Decision: AllowedOnce, Why: AtStart}})
		if a := g.Ask(t.Context(), ask(kind)); a.Decision.Allowed() {
			t.Errorf("%s: %+v", kind, a)
		}
		before := len(g.Allowed())
		g.remember(ask(kind), Answer{Decision: AllowedForSession, Why: Answered}, 0)
		if len(g.Allowed()) != before {
			t.Errorf("%s is remembered", kind)
		}
	}
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
