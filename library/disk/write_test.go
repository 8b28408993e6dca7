package disk

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// expect checks a file, and that nothing else is left beside it.
func expect(t *testing.T, path, want string, mode fs.FileMode) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || string(data) != want {
		t.Errorf("%.30q, %v", data, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if names := namesIn(t, filepath.Dir(path)); len(names) != 1 {
		t.Errorf("left behind: %q", names)
	}
}

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("n", 255)) // as long as a name can be
	for _, c := range []struct {
		text string
		mode fs.FileMode
	}{{"one", 0o600}, {"", 0o755}, {"three", 0o600}, {strings.Repeat("x", 1<<20), 0o644}} {
		if err := Replace(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		expect(t, path, c.text, c.mode)
	}
}

func TestReplaceIn(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	// What a crash has left behind goes with the next write, longer as it is.
	if err := os.WriteFile(filepath.Join(dir, "session.json.new"), []byte("a secret of an earlier session"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		if err := ReplaceIn(root, "session.json", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		expect(t, filepath.Join(dir, "session.json"), text, 0o600)
	}
	if err := ReplaceIn(root, "../outside", nil, 0o600); err == nil {
		t.Error("a file outside the directory was written")
	}
}

func TestCreateReplacesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sysinfo.txt")
	if err := Create(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, []byte("two"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want exists", err)
	}
	expect(t, path, "one", 0o600)
}

// Of many that create a file at once one wins, and its file is whole; of many
// that replace it, the last one does.
func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var wg sync.WaitGroup
	won := make(chan byte, 20)
	for i := range byte(20) {
		wg.Go(func() {
			if Create(path, bytes.Repeat([]byte{'a' + i}, 50_000), 0o600) == nil {
				won <- 'a' + i
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("%d have won", len(won))
	}
	expect(t, path, strings.Repeat(string(rune(<-won)), 50_000), 0o600)
	for i := range byte(20) {
		wg.Go(func() {
			if err := Replace(path, bytes.Repeat([]byte{'a' + i}, 50_000), 0o600); err != nil && runtime.GOOS != "windows" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	data, err := os.ReadFile(path)
	if err != nil || len(data) != 50_000 || strings.Trim(string(data), string(rune(data[0]))) != "" {
		t.Errorf("%d bytes of several writers, %v", len(data), err)
	}
}

var errHalf = errors.New("no more came")

func TestAnErrorLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	half := func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return errHalf }
	for name, err := range map[string]error{
		"half of it":                     CreateFrom(filepath.Join(dir, "half"), 0o600, half),
		"a directory in the way":         Replace(taken, []byte("x"), 0o600),
		"a directory in the way of In":   ReplaceIn(root, "taken", []byte("x"), 0o600),
		"a directory in the way of new":  Create(taken, []byte("x"), 0o600),
		"no such directory":              Replace(filepath.Join(dir, "none", "x"), nil, 0o600),
		"no such directory for new ones": Create(filepath.Join(dir, "none", "x"), nil, 0o600),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if names := namesIn(t, dir); len(names) != 1 {
		t.Errorf("left behind: %q", names)
	}
}
