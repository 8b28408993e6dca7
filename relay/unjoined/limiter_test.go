package unjoined

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// slowedAt is a limiter at which a source is slowed since now.
func slowedAt(t *testing.T, from netip.Prefix, now time.Time) *Limiter {
	t.Helper()
	l := &Limiter{}
	for i := range MaxMisses {
		if wait, _ := l.Ask(from, "guesser", now); wait > 0 {
			t.Fatalf("it waits after %d", i)
		}
		until, _ := l.Wrong(from, "guesser", now)
		if begins := i == MaxMisses-1; begins != !until.IsZero() || begins && !until.Equal(now.Add(MissWindow)) {
			t.Errorf("after %d: slowed until %v", i+1, until)
		}
	}
	return l
}

func TestW4_FiveWrongNumbersSlowASourceForTenMinutes(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	from := source4(1)
	l := slowedAt(t, from, now)
	if wait, _ := l.Ask(source4(2), "other", now); wait > 0 {
		t.Error("another source waits")
	}
	for _, c := range []struct{ at, wait time.Duration }{
		{0, SlowPause}, {SlowPause - 1, 1}, {SlowPause, 0}, {MissWindow - 1, 0},
	} {
		if wait, _ := l.Ask(from, "bob", now.Add(c.at)); wait != c.wait {
			t.Errorf("after %v: waits %v, want %v", c.at, wait, c.wait)
		}
		l.Leave(from, "bob")
	}
	// The sixth makes it wait again, and the oldest of the last five says how long.
	at := now.Add(MissWindow - time.Minute)
	if until, _ := l.Wrong(from, "bob", at); !until.IsZero() {
		t.Error("slowing begins again")
	}
	if wait, _ := l.Ask(from, "bob", at); wait != SlowPause {
		t.Errorf("waits %v", wait)
	}
	if wait, inLine := l.Ask(from, "bob", now.Add(MissWindow)); wait > 0 || inLine {
		t.Errorf("after ten minutes: %v", wait)
	}
}

// In ten minutes a source that never stops tries no more than it may.
func TestW4_ASourceThatNeverStopsIsSlow(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := &Limiter{}
	tried := 0
	for at := time.Duration(0); at < MissWindow; at += 100 * time.Millisecond {
		who := fmt.Sprint("key ", at)
		if wait, _ := l.Ask(source4(1), who, now.Add(at)); wait == 0 {
			tried++
			l.Wrong(source4(1), who, now.Add(at))
		}
		l.Leave(source4(1), who)
	}
	if most := MaxMisses + int(MissWindow/SlowPause); tried > most || tried < most-2 {
		t.Errorf("%d numbers were tried, want about %d", tried, most)
	}
}

// Whoever waits has one place; only wrong numbers make those behind them wait.
func TestW4_RightNumbersDoNotWaitForEachOther(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	from := source4(1)
	l := slowedAt(t, from, now)
	for i := range maxLine {
		for range 3 { // asking again is no second place
			if wait, inLine := l.Ask(from, fmt.Sprint(i), now); wait != time.Duration(i+1)*SlowPause || !inLine {
				t.Fatalf("%d waits %v", i, wait)
			}
		}
	}
	now = now.Add(SlowPause)
	for i := range maxLine - 2 {
		if wait, _ := l.Ask(from, fmt.Sprint(i+1), now); wait != SlowPause {
			t.Errorf("%d, second in line: waits %v", i+1, wait)
		}
		if wait, _ := l.Ask(from, fmt.Sprint(i), now); wait > 0 {
			t.Errorf("%d, first in line: waits %v", i, wait)
		}
		l.Leave(from, fmt.Sprint(i)) // it has joined
	}
	if wait, _ := l.Ask(from, fmt.Sprint(maxLine-2), now); wait > 0 {
		t.Fatal(wait)
	}
	l.Wrong(from, fmt.Sprint(maxLine-2), now)
	if wait, _ := l.Ask(from, fmt.Sprint(maxLine-1), now); wait != SlowPause {
		t.Errorf("after a wrong number the next one waits %v", wait)
	}
}

// Who has tried a wrong number stands behind those who have not.
func TestW4_WhoHasTriedGoesToTheEnd(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	from := source4(1)
	l := slowedAt(t, from, now)
	l.Ask(from, "alice", now)
	l.Ask(from, "bob", now)
	now = now.Add(SlowPause)
	if wait, _ := l.Ask(from, "alice", now); wait > 0 {
		t.Fatal(wait)
	}
	l.Wrong(from, "alice", now)
	for who, want := range map[string]time.Duration{"alice": 2 * SlowPause, "bob": SlowPause} {
		if wait, inLine := l.Ask(from, who, now); wait != want || !inLine {
			t.Errorf("%s waits %v, want %v", who, wait, want)
		}
	}
}

// Who does not come when it is their turn holds the others up for a moment.
func TestW4_APlaceIsLostInTime(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	from := source4(1)
	l := slowedAt(t, from, now)
	l.Ask(from, "gone", now)
	l.Ask(from, "bob", now)
	if wait, _ := l.Ask(from, "bob", now.Add(SlowPause+PlaceLife-1)); wait != SlowPause {
		t.Errorf("before: %v", wait)
	}
	if wait, _ := l.Ask(from, "bob", now.Add(SlowPause+PlaceLife)); wait > 0 {
		t.Errorf("after: %v", wait)
	}
	// Somebody without a name has no place, and does not pass those who have one.
	if wait, inLine := l.Ask(from, "", now.Add(SlowPause+PlaceLife)); wait != SlowPause || inLine {
		t.Errorf("nobody: %v", wait)
	}
	l.Leave(from, "bob")
	if wait, inLine := l.Ask(from, "", now.Add(SlowPause+PlaceLife)); wait > 0 || inLine {
		t.Errorf("nobody, alone: %v", wait)
	}
}

// A neighbour who asks with as many keys as an address may have connections, and with
// a new one as soon as one is used up, keeps nobody out.
func TestW4_ANeighbourStarvesNobody(t *testing.T) {
	from := source4(1)
	var all time.Duration
	const (
		rounds = 3
		step   = SlowPause / 6 // everybody asks several times until the next number is looked up
	)
	for round := range rounds {
		now := time.Unix(1_700_000_000, 0)
		l := slowedAt(t, from, now)
		keys := make([]int, MaxPerSource-1)
		began, placed := now, time.Time{}
		for {
			if now.Sub(began) > 12*time.Hour {
				t.Fatal("somebody with the right number never joins")
			}
			for i := range keys {
				for ; ; keys[i]++ { // the next one asks at once for the place that is free
					who := fmt.Sprint("evil ", i, " ", keys[i])
					if wait, _ := l.Ask(from, who, now); wait > 0 {
						break
					}
					l.Wrong(from, who, now)
				}
			}
			wait, inLine := l.Ask(from, "bob", now)
			if wait == 0 {
				break
			}
			switch {
			case !inLine:
				placed = time.Time{}
			case placed.IsZero():
				placed = now
			}
			if n := len(l.attemptsOf(from).line); n > maxLine {
				t.Fatalf("%d in line", n)
			}
			now = now.Add(step)
		}
		if wait := now.Sub(placed); wait > (maxLine+1)*SlowPause {
			t.Errorf("round %d: in line for %v", round, wait)
		}
		all += now.Sub(began)
	}
	t.Logf("joining takes %v on average", all/rounds)
}

func (l *Limiter) attemptsOf(from netip.Prefix) *Attempts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sources[from]
}

// When the memory is full, sources are forgotten whose misses are over, then those
// that are not slowed, and no more than there have to be.
func TestK7T5_OldSourcesAreForgottenFirst(t *testing.T) {
	l := &Limiter{}
	old := time.Unix(1_700_000_000, 0)
	now := old.Add(MissWindow)
	const over, slowed = 10, 5
	for i := range MaxSources {
		when, times := now, 1
		switch {
		case i < over:
			when = old
		case i < over+slowed:
			times = MaxMisses
		}
		for range times {
			l.Wrong(source4(i), "", when)
		}
	}
	if len(l.sources) != MaxSources {
		t.Fatalf("%d sources", len(l.sources))
	}
	l.Wrong(source4(MaxSources), "", now)
	for i := range over {
		if _, known := l.sources[source4(i)]; known {
			t.Errorf("source %d is known, though its misses are over", i)
		}
	}
	for i := over; i <= MaxSources; i++ {
		if l.sources[source4(i)] == nil {
			t.Fatalf("source %d was forgotten, though there was room", i)
		}
	}
	for i := range 100 {
		l.Wrong(source4(MaxSources+1+i), "", now)
	}
	if n := len(l.sources); n != MaxSources {
		t.Errorf("%d sources are kept, there is room for %d", n, MaxSources)
	}
	for i := over; i < over+slowed; i++ {
		if l.sources[source4(i)] == nil {
			t.Errorf("source %d is slowed, and was forgotten for others that are not", i)
		}
	}
}

// Misses of all sources count for a minute, and the alarm is not given again within
// one.
func TestK7T5_AlarmsOverTime(t *testing.T) {
	var l Limiter
	var alarms []int
	start := time.Unix(1_700_000_000, 0)
	alarm := func(i int, at time.Time) bool { _, alarm := l.Wrong(source4(i), "", at); return alarm }
	for i := range 3 * MissAlarm {
		if alarm(i, start) {
			alarms = append(alarms, i+1)
		}
	}
	if len(alarms) != 1 || alarms[0] != MissAlarm {
		t.Errorf("alarms at %v", alarms)
	}
	for i := range MissAlarm - 1 {
		if alarm(i, start.Add(time.Minute)) {
			t.Errorf("alarm at %d of the next minute", i+1)
		}
	}
	if !alarm(0, start.Add(time.Minute)) {
		t.Error("no alarm in the next minute")
	}
}

// What an operator unlocks is forgotten up to then, and no more.
func TestW4_Forgiven(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := slowedAt(t, source4(1), now)
	if l.Forgive(source4(2), now, time.Now()) || l.Forgive(source4(1), now.Add(-time.Millisecond), time.Now()) {
		t.Error("there was nothing to forgive")
	}
	if wait, _ := l.Ask(source4(1), "bob", now); wait == 0 {
		t.Error("forgiven too much")
	}
	later := now.Add(time.Millisecond)
	l.Wrong(source4(1), "", later)
	if !l.Forgive(source4(1), now, time.Now()) || len(l.sources[source4(1)].misses) != 1 {
		t.Error("not forgiven, or too much")
	}
	if wait, _ := l.Ask(source4(1), "bob", later); wait > 0 {
		t.Error("still slowed")
	}
	if !l.Forgive(source4(1), later, time.Now()) || len(l.sources) > 0 {
		t.Error("something is left")
	}
}

func source4(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
}
