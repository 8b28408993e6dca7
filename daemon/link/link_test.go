package link

import (
	"io"
	"testing"
	"time"

	"supportd/library/sshd"
)

func TestN8_BackoffIsFullJitter(t *testing.T) {
	for attempt, most := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30} {
		least, seen := time.Hour, time.Duration(0)
		for range 1000 {
			pause := jitter(attempt, 0)
			least, seen = min(least, pause), max(seen, pause)
		}
		if most *= time.Second; seen > most+time.Millisecond || seen < most/2 || least > most/10 || least <= 0 {
			t.Errorf("attempt %d: between %v and %v, at most %v", attempt, least, seen, most)
		}
	}
	if jitter(1<<30, 0) > retryMost+time.Millisecond {
		t.Error("overflow")
	}
}

// Where the relay had thousands of computers, even the first pause is long; never longer
// than any, and not where our own network was lost.
func TestN12_ThousandsComeBackOneAfterTheOther(t *testing.T) {
	for within, most := range map[time.Duration]time.Duration{10 * time.Millisecond: retryFirst, 12 * time.Second: 12 * time.Second, time.Hour: retryMost} {
		early, late := 0, 0
		for range 1000 {
			switch pause := jitter(0, within); {
			case pause > most+time.Millisecond:
				t.Fatalf("%v of %v", pause, most)
			case pause > most/2:
				late++
			default:
				early++
			}
		}
		if min(early, late) < 400 {
			t.Errorf("within %v: %d come early, %d late", most, early, late)
		}
	}
	l := &Link{}
	l.within.Store(int64(time.Minute))
	if l.returnWithin(sshd.ErrLost) != 0 || l.returnWithin(io.EOF) != time.Minute {
		t.Error("a lost network and a relay's death are not told apart")
	}
}
