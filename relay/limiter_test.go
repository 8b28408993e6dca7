package relay

import (
	"testing"

	"supportd/hack/testkit"
	"supportd/library/wire"
)

func TestGuessingNumbersIsLimited(t *testing.T) {
	w := newWorld(t, nil)
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	guess := func(from string) wire.Code { return w.computer(testkit.NewKey(t), from).join(wire.NewNumber()).Code }
	for i := range MaxMisses {
		if code := guess("127.0.0.2"); code != wire.CodeUnknown {
			t.Fatalf("guess %d: code %d", i+1, code)
		}
	}
	if code := guess("127.0.0.2"); code != wire.CodeLimited {
		t.Errorf("guess %d: code %d", MaxMisses+1, code)
	}
	if m := w.computer(testkit.NewKey(t), "127.0.0.2").join(n); m.Code != wire.CodeLimited {
		t.Errorf("the right number after too many wrong ones: code %d", m.Code)
	}
	for i := MaxMisses; i < MissAlarm; i++ {
		if w.alarmed() {
			t.Errorf("alarm after %d misses", i)
		}
		guess("127.0.1." + string('1'+byte(i/MaxMisses)))
	}
	if !w.alarmed() {
		t.Error("no alarm")
	}
	if m := w.computer(testkit.NewKey(t), "127.0.0.3").join(n); m.Code != wire.CodeOK {
		t.Errorf("somebody else: code %d", m.Code)
	}
}

// Attempts that come all at once are not all the first.
func TestA5_ManyGuessesAtOnceAreLimited(t *testing.T) {
	w := newWorld(t, nil)
	codes := make(chan wire.Code)
	const guesses = 9 // connections of one source that may log in at once
	for range guesses {
		p := w.computer(testkit.NewKey(t), "127.0.0.9")
		go func() { codes <- p.join(wire.NewNumber()).Code }()
	}
	got := map[wire.Code]int{}
	for range guesses {
		got[receive(t, codes)]++
	}
	if got[wire.CodeUnknown] != MaxMisses || got[wire.CodeLimited] != guesses-MaxMisses {
		t.Errorf("%v", got)
	}
}
