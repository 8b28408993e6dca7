package disk

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestA8_OpenPrivate(t *testing.T) {
	parent := t.TempDir()
	made := func(name string, mode os.FileMode) string {
		dir := filepath.Join(parent, name)
		if err := os.Mkdir(dir, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil { // past the umask
			t.Fatal(err)
		}
		return dir
	}
	file := filepath.Join(parent, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	type place struct {
		dir string
		ok  bool
	}
	places := map[string]place{
		"new, two levels": {filepath.Join(parent, "a", "b"), true},
		"not ASCII":       {filepath.Join(parent, "상태 ü"), true},
		"again":           {filepath.Join(parent, "상태 ü"), true},
		"a file":          {file, false},
	}
	if runtime.GOOS != "windows" { // which keeps lists, not modes
		link := filepath.Join(parent, "link")
		if err := os.Symlink(made("target", 0o700), link); err != nil {
			t.Fatal(err)
		}
		places["ours"] = place{made("ours", 0o700), true}
		places["readable by others"] = place{made("open", 0o755), false}
		places["writable by the group"] = place{made("group", 0o770), false}
		places["a symbolic link"] = place{link, false}
		places["in anybody's parent"] = place{filepath.Join(made("anybody", 0o777), "state"), false}
		places["in a parent like tmp"] = place{filepath.Join(made("tmp", 0o777|os.ModeSticky), "state"), true}
	}
	for name, c := range places {
		root, err := OpenPrivate(c.dir)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			if runtime.GOOS != "windows" && name != "a file" && !errors.Is(err, ErrNotPrivate) {
				t.Errorf("%s: %v is not ErrNotPrivate", name, err)
			}
			continue
		}
		if info, err := root.Stat("."); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		root.Close()
	}
}

func TestA8_SomebodyElsesDirectoryIsNotPrivate(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() != 0 {
		t.Skip("needs root, to give a directory away")
	}
	dir := filepath.Join(t.TempDir(), "theirs")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPrivate(dir); !errors.Is(err, ErrNotPrivate) {
		t.Error(err)
	}
}
