package software

import (
	"strconv"
	"strings"
	"time"
)

// parseSpan reads systemd's "1month 2d 3h 4min 5.5s".
func parseSpan(s string) (sum time.Duration, ok bool) {
	units := map[string]time.Duration{"y": 31557600 * time.Second, "month": 2629800 * time.Second, "w": 7 * 24 * time.Hour, "d": 24 * time.Hour, "h": time.Hour,
		"min": time.Minute, "s": time.Second, "ms": time.Millisecond, "us": time.Microsecond}
	for _, word := range strings.Fields(s) {
		number := strings.TrimRight(word, "abcdefghijklmnopqrstuvwxyz")
		v, err := strconv.ParseFloat(number, 64)
		unit, known := units[word[len(number):]]
		if err != nil || !known || v < 0 || v > 1e9 {
			return 0, false
		}
		sum += time.Duration(v * float64(unit))
		ok = true
	}
	return sum, ok
}

// parseInstant reads the form in which systemctl shows times, with TZ=UTC and
// LC_ALL=C: "Mon 2026-11-23 06:44:50 UTC".
func parseInstant(s string) any {
	t, err := time.Parse("Mon 2006-01-02 15:04:05 MST", s)
	if err != nil {
		return nil
	}
	return t
}
