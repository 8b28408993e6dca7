package relay

import (
	"testing"
	"time"
)

// A clock that is set back after a restart makes nobody wait for longer, and keeps no
// operator from unlocking.
func TestW4_TheClockIsSetBack(t *testing.T) {
	now := time.Now().Round(0)
	from := source4(1)
	restored := func() *limiter {
		l := &limiter{}
		for range MaxMisses {
			l.restore(from, now.Add(time.Hour), now.Add(time.Hour))
		}
		return l
	}
	l := restored()
	if wait, _ := l.ask(from, "bob", now); wait != slowPause {
		t.Errorf("waits %v", wait)
	}
	if wait, _ := l.ask(from, "bob", now.Add(slowPause)); wait != 0 {
		t.Errorf("then %v", wait)
	}
	// What was before now stays when it was.
	old := &limiter{}
	for range MaxMisses {
		old.restore(from, now.Add(time.Minute-missWindow), now)
	}
	if wait, inLine := old.ask(from, "bob", now.Add(time.Minute)); wait != 0 || inLine {
		t.Errorf("when the old ones are over: %v, %v", wait, inLine)
	}
	l = restored()
	if !l.forgive(from, now, time.Now()) {
		t.Error("not forgiven")
	}
	if wait, _ := l.ask(from, "bob", now); wait != 0 {
		t.Errorf("unlocked, and waits %v", wait)
	}
}
