package main

import (
	"strings"
	"testing"
)

// Commands share a connection where ssh can do that, and nowhere does ssh end because of it.
func TestSSHConfigShares(t *testing.T) {
	for _, c := range []struct {
		goos, dir string
		want      string // the path in the configuration; "" is none
	}{
		{"linux", "/home/alice/.config/supportctl", `"/home/alice/.config/supportctl/ssh-%C"`},
		{"darwin", "/Users/Alice Kim/.config/100%/supportctl", `"/Users/Alice Kim/.config/100%%/supportctl/ssh-%C"`},
		{"linux", "/" + strings.Repeat("a", 40), `"/` + strings.Repeat("a", 40) + `/ssh-%C"`}, // with the digits and letters 103 bytes
		{"linux", "/" + strings.Repeat("a", 41), ""},
		{"linux", "/home/${USER}", ""},
		{"windows", "/home/alice", ""},
	} {
		got := sharing(c.goos, c.dir)
		if (got != "") != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%s, %s: %q, not %q", c.goos, c.dir, got, c.want)
		}
	}
}
