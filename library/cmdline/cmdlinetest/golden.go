package cmdlinetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/library/text"
)

// Golden holds that a terminal of 80 columns shows what testdata/NAME.txt of the package
// has, and that no line of it is wider than that. With update, which is that UPDATE_GOLDEN
// stands in the environment, it writes the file anew; look at it then.
func Golden(t *testing.T, name, got string, update bool) {
	t.Helper()
	for line := range strings.Lines(got) {
		if line = strings.TrimSuffix(line, "\n"); text.Width(line) > Columns {
			t.Errorf("%s: %d columns: %s", name, text.Width(line), line)
		}
	}
	path := filepath.Join("testdata", name+".txt")
	if update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != got {
		t.Errorf("%s: %v; UPDATE_GOLDEN=1 writes it anew\n%s", path, err, got)
	}
}
