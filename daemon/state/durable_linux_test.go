package state

import (
	"regexp"
	"testing"

	"supportd/hack/testkit"
)

// Without its name in the directory, a synced file is lost with the power, and with
// it the support session that CSRs and the relay were told of.
func TestK7T6_TheSavedSessionSurvivesAPowerCut(t *testing.T) {
	if dirs := testkit.UnsyncedNames(t, "TestSavedSession", regexp.MustCompile(`/session\.json$`)); len(dirs) > 0 {
		t.Errorf("names that a power cut undoes are in %q", dirs)
	}
	if lost := testkit.UnsyncedWrites(t, "TestSavedSession", regexp.MustCompile(`/session\.json\.new$`)); len(lost) > 0 {
		t.Errorf("bytes that a power cut takes away: %q", lost)
	}
}
