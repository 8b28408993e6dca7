package link

import (
	"testing"
	"time"
)

func TestN8_BackoffIsFullJitter(t *testing.T) {
	for attempt, most := range []time.Duration{1, 2, 4, 8, 16, 30, 30, 30} {
		least, seen := time.Hour, time.Duration(0)
		for range 1000 {
			pause := jitter(attempt)
			least, seen = min(least, pause), max(seen, pause)
		}
		if most *= time.Second; seen > most+time.Millisecond || seen < most/2 || least > most/10 || least <= 0 {
			t.Errorf("attempt %d: between %v and %v, at most %v", attempt, least, seen, most)
		}
	}
	if jitter(1<<30) > retryMost+time.Millisecond {
		t.Error("overflow")
	}
}
