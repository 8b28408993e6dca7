package unjoined

import (
	"testing"
	"time"
)

// A clock that is set back after a restart makes nobody wait for longer, and keeps no
// operator from unlocking.
func TestW4_TheClockIsSetBack(t *testing.T) {
	now := time.Now().Round(0)
	from := source4(1)
	restored := func() *Limiter {
		l := &Limiter{}
		for range MaxMisses {
			l.Restore(from, now.Add(time.Hour), now.Add(time.Hour))
		}
		return l
	}
	l := restored()
	if wait, _ := l.Ask(from, "bob", now); wait != SlowPause {
		t.Errorf("waits %v", wait)
	}
	if wait, _ := l.Ask(from, "bob", now.Add(SlowPause)); wait != 0 {
		t.Errorf("then %v", wait)
	}
	// What was before now stays when it was.
	old := &Limiter{}
	for range MaxMisses {
		old.Restore(from, now.Add(time.Minute-MissWindow), now)
	}
	if wait, inLine := old.Ask(from, "bob", now.Add(time.Minute)); wait != 0 || inLine {
		t.Errorf("when the old ones are over: %v, %v", wait, inLine)
	}
	l = restored()
	if !l.Forgive(from, now, time.Now()) {
		t.Error("not forgiven")
	}
	if wait, _ := l.Ask(from, "bob", now); wait != 0 {
		t.Errorf("unlocked, and waits %v", wait)
	}
}
