package cmdline

import (
	"runtime/debug"
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
		Version + ", built without knowing its commit":                                 nil,
		Version + ", commit f25cb79aa01d":                                              stamped("vcs.revision", commit, "vcs.time", "yesterday"),
		Version + ", commit f25cb79":                                                   stamped("vcs.revision", commit[:7], "vcs.modified", "false"),
		Version + ", commit f25cb79aa01d of 2026-11-26 08:11:12 UTC":                   stamped("vcs.revision", commit, "vcs.time", "2026-11-26T09:11:12+01:00"),
		Version + ", commit f25cb79aa01d of 2026-11-26 08:11:12 UTC and changes to it": stamped("vcs.revision", commit, "vcs.time", "2026-11-26T08:11:12Z", "vcs.modified", "true"),
	} {
		if got := describe(info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
