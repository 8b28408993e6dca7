package power

import (
	"regexp"
	"testing"

	"supportd/hack/testkit"
)

// The entry is written moments before the computer goes down, perhaps hard.
func TestEntrySurvivesAPowerCut(t *testing.T) {
	files := regexp.MustCompile(`/supportd-resume\.(service|desktop)$`)
	if dirs := testkit.UnsyncedNames(t, "TestEntriesAreWhatTheSystemReads", files); len(dirs) > 0 {
		t.Errorf("names that a power cut undoes are in %q", dirs)
	}
}
