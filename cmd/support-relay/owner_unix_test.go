//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Root's first command in the directory of the service's user made a relay there
// that the service could not open.
func TestRootMakesNoRelayForAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can write into what belongs to others")
	}
	data := t.TempDir()
	const nobody = 65534
	if err := os.Chown(data, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := command(t, "", "category", "add", "Network", "--data", data)
	if code != 2 || !strings.Contains(stderr, "belongs to the user") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if left, err := filepath.Glob(filepath.Join(data, "*")); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
	if err := os.Chown(data, 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code = command(t, "", "category", "add", "Network", "--data", data); code != 0 {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
