package cmdline

import (
	"strconv"
	"strings"
	"time"

	"supportd/library/text"
)

// maxSpan bounds what [ParseSpan] takes: a century.
const maxSpan = 100 * 366 * 24 * time.Hour

// ParseSpan reads how long something takes as people write it: 90d, 2w, or what
// Go writes, such as 36h or 1h30m. It is never negative.
func ParseSpan(s string) (time.Duration, error) {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		digits, ok := strings.CutSuffix(s, unit)
		if n, err := strconv.ParseUint(digits, 10, 32); ok && err == nil && n <= uint64(maxSpan/length) {
			return time.Duration(n) * length, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxSpan {
		return 0, text.Errorf("%q is no span of time such as 90s, 30m, 36h or 90d", text.Plain(s, 30))
	}
	return d, nil
}

// ParseWhen reads a point in time: a day such as 2026-03-01, which begins at
// midnight in zone, a time such as 2026-03-01T09:30:00+09:00, or a span such as
// 7d, which is that long before now.
func ParseWhen(s string, now time.Time, zone *time.Location) (time.Time, error) {
	if d, err := ParseSpan(s); err == nil {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, text.Errorf("%q is no time such as 2026-03-01, 2026-03-01T09:30:00Z or 7d", text.Plain(s, 40))
}

// ParseZone reads an offset from UTC such as +09:00; "" and Z are UTC.
func ParseZone(s string) (*time.Location, error) {
	if s == "" || s == "Z" {
		return time.UTC, nil
	}
	t, err := time.Parse("-07:00", s)
	if err != nil {
		return nil, text.Errorf("%q is no offset from UTC such as +09:00", text.Plain(s, 20))
	}
	_, offset := t.Zone()
	return time.FixedZone("", offset), nil
}
