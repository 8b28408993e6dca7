package cmdline

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestBuildTellsWhatItIsOf(t *testing.T) {
	stamped := func(pairs ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{}
		for i := 0; i < len(pairs); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return info
	}
	const commit = "f25cb79aa01d3e0d5b6f0c3a1be9d75d2b4c9a11"
	for want, info := range map[string]*debug.BuildInfo{
		unreleased + ", built without knowing its commit":                                 nil,
		unreleased + ", commit f25cb79aa01d":                                              stamped("vcs.revision", commit, "vcs.time", "yesterday"),
		unreleased + ", commit f25cb79":                                                   stamped("vcs.revision", commit[:7], "vcs.modified", "false"),
		unreleased + ", commit f25cb79aa01d of 2026-11-26 08:11:12 UTC":                   stamped("vcs.revision", commit, "vcs.time", "2026-11-26T09:11:12+01:00"),
		unreleased + ", commit f25cb79aa01d of 2026-11-26 08:11:12 UTC and changes to it": stamped("vcs.revision", commit, "vcs.time", "2026-11-26T08:11:12Z", "vcs.modified", "true"),
	} {
		if got := describe(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A release is called as its tag is; what the Go command makes up for other commits is
// no version that anybody could look up.
func TestReleaseIsCalledAsItsTag(t *testing.T) {
	for stamp, want := range map[string]string{
		"v0.2.0":                               "0.2.0",
		"v10.20.30":                            "10.20.30",
		"v0.2.0+dirty":                         unreleased,
		"v0.2.0-rc.1":                          unreleased,
		"v0.2.1-0.20261127115951-65e3473854a0": unreleased,
		"v0.0.0-20261127115951-65e3473854a0+dirty": unreleased,
		"(devel)": unreleased,
		"":        unreleased,
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: stamp}}
		if got := versionOf(info); got != want {
			t.Errorf("%q: %q, want %q", stamp, got, want)
		}
		if got, _, _ := strings.Cut(describe(info), ","); got != want {
			t.Errorf("%q: --version says %q, want %q", stamp, got, want)
		}
	}
}
