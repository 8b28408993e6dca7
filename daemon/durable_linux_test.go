package daemon

import (
	"regexp"
	"testing"

	"supportd/hack/testkit"
)

// Without its name in the directory, a synced journal is lost with the power,
// and everything with it that CSRs and the relay were told.
func TestJournalAndSessionFileSurviveAPowerCut(t *testing.T) {
	files := regexp.MustCompile(`/state/(session\.json|journal-[^/]*)$`)
	if dirs := testkit.UnsyncedNames(t, "TestSavedSession", files); len(dirs) > 0 {
		t.Errorf("names that a power cut undoes are in %q", dirs)
	}
}
