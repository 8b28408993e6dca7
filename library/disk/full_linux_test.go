package disk

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"supportd/hack/testkit"
)

// D1: a file that does not fit leaves the one before it, and nothing else.
func TestD1_AFullDiskChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	testkit.SmallDisk(t, dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	path := filepath.Join(dir, "file")
	if err := Replace(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	big := make([]byte, 2<<20)
	for name, err := range map[string]error{
		"Replace": Replace(path, big, 0o600), "ReplaceIn": ReplaceIn(root, "file", big, 0o600), "Create": Create(path+"2", big, 0o600),
	} {
		if !errors.Is(err, syscall.ENOSPC) || !Full(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	expect(t, path, "before", 0o600)
}

func TestWrittenFilesSurviveAPowerCut(t *testing.T) {
	for _, test := range []string{"TestReplace", "TestReplaceIn", "TestCreateReplacesNothing"} {
		files := regexp.MustCompile(`/(n{255}|session\.json|sysinfo\.txt)$`)
		if dirs := testkit.UnsyncedNames(t, test, files); len(dirs) > 0 {
			t.Errorf("%s: names that a power cut undoes are in %q", test, dirs)
		}
	}
}
