package unjoined

import (
	"testing"
	"time"
)

// The limits that SECURITY.md names.
func TestLimitsAreThoseOfTheReadme(t *testing.T) {
	for name, same := range map[string]bool{
		"wrong numbers": MaxMisses == 5 && MissWindow == 10*time.Minute && SlowPause == 30*time.Second && PlaceLife == 5*time.Second, "alarm": MissAlarm == 20,
		"sources": MaxSources == 10_000, "line": maxLine == 32, "places": Max == 1000 && MaxPerSource == 32 && Patience == 3*time.Second,
	} {
		if !same {
			t.Errorf("%s: another limit", name)
		}
	}
}
