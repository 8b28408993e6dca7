package cmdline

import (
	"testing"
	"time"
)

func TestParseSpan(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{"90d": 90 * day, "2w": 14 * day, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "0d": 0, "0": 0} {
		if d, err := ParseSpan(text); err != nil || d != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "d", "-1d", "-1h", "1", "1.5d", "99999999d", "1y", "١d", "9223372036854775807w", "200000w"} {
		if d, err := ParseSpan(text); err == nil {
			t.Errorf("%q is %v", text, d)
		}
	}
}

func TestParseWhen(t *testing.T) {
	seoul := time.FixedZone("", 9*3600)
	now := time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"7d": "2026-03-01T12:00:00Z", "2026-03-01": "2026-02-28T15:00:00Z", "2026-03-01T09:30:00Z": "2026-03-01T09:30:00Z", "2026-03-01 09:30": "2026-03-01T00:30:00Z",
	} {
		if at, err := ParseWhen(text, now, seoul); err != nil || at.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s: %v, %v", text, at, err)
		}
	}
	for _, text := range []string{"", "yesterday", "2026-02-30", "03/01/2026"} {
		if at, err := ParseWhen(text, now, seoul); err == nil {
			t.Errorf("%q is %v", text, at)
		}
	}
}

func TestParseZone(t *testing.T) {
	for text, want := range map[string]int{"": 0, "Z": 0, "+09:00": 32400, "-03:30": -12600} {
		zone, err := ParseZone(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if _, offset := time.Unix(0, 0).In(zone).Zone(); offset != want {
			t.Errorf("%q: %d", text, offset)
		}
	}
	for _, text := range []string{"KST", "9", "+0900"} {
		if zone, err := ParseZone(text); err == nil {
			t.Errorf("%q is %v", text, zone)
		}
	}
}
