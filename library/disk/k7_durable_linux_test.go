package disk

import (
	"regexp"
	"testing"

	"supportd/hack/testkit"
)

// A file that replaces another has its bytes on the disk before it has its name:
// after a power cut there is the old one or the new one, and none that is empty.
func TestK7T6_BytesComeBeforeTheName(t *testing.T) {
	for _, test := range []string{"TestReplace", "TestCreateReplacesNothing"} {
		if lost := testkit.UnsyncedWrites(t, test, regexp.MustCompile(`\.new$`)); len(lost) > 0 {
			t.Errorf("%s: bytes that a power cut takes away: %q", test, lost)
		}
	}
}
