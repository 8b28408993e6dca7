package cmdline

import (
	"runtime/debug"
	"time"
)

// Version is the version of all three programs; CHANGELOG.md says what is in it.
const Version = "0.1.0"

// Build is what the programs say of themselves when they are asked for their
// version: with it the commit they were built of, and when that was made.
func Build() string {
	info, _ := debug.ReadBuildInfo() // nil where there is none
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
	text := Version
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
