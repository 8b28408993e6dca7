package cmdline

import (
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// unreleased is the version of a build that is of no release; CHANGELOG.md says what is
// in it.
const unreleased = "0.1.0"

// release is what the tag of a release looks like. What the Go command makes up for a
// commit without one is longer.
var release = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+$`)

// Version is the version of all three programs: that of the release's tag, which the
// Go command stamps on a build, see hack/release.
func Version() string {
	info, _ := debug.ReadBuildInfo() // nil where there is none
	return versionOf(info)
}

func versionOf(info *debug.BuildInfo) string {
	if info == nil || !release.MatchString(info.Main.Version) {
		return unreleased
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}

// Build is what the programs say of themselves when they are asked for their
// version: with it the commit they were built of, and when that was made.
func Build() string {
	info, _ := debug.ReadBuildInfo()
	return describe(info)
}

// describe reads what the Go command has stamped on a build, see "go help
// buildvcs".
func describe(info *debug.BuildInfo) string {
	stamp := map[string]string{}
	if info != nil {
		for _, s := range info.Settings {
			stamp[s.Key] = s.Value
		}
	}
	text := versionOf(info)
	commit := stamp["vcs.revision"]
	if commit == "" {
		return text + ", built without knowing its commit"
	}
	const enough = 12 // digits that tell a commit from all others
	text += ", commit " + commit[:min(enough, len(commit))]
	if made, err := time.Parse(time.RFC3339, stamp["vcs.time"]); err == nil {
		text += " of " + made.UTC().Format(time.DateTime) + " UTC"
	}
	if stamp["vcs.modified"] == "true" {
		text += " and changes to it"
	}
	return text
}
