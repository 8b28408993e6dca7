//go:build unix

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// P7: whoever may rename what a path leads through may put a directory of their own in
// the place of ours, before we open it or when we use its name again.
func TestK1P7_NobodyElseCanChangeTheWay(t *testing.T) {
	const somebody = 65534
	top := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{top}, parts...)...) }
	made := func(owner int, mode os.FileMode, parts ...string) {
		t.Helper()
		dir := at(parts...)
		err := errors.Join(os.MkdirAll(filepath.Dir(dir), 0o700), os.Mkdir(dir, 0o700), os.Chmod(dir, mode))
		if err == nil && owner != os.Geteuid() {
			if os.Geteuid() != 0 {
				t.Skip("needs root, to give a directory away")
			}
			err = os.Chown(dir, owner, owner)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	ours := os.Geteuid()
	made(ours, os.ModeSticky|0o777, "sticky")
	made(ours, 0o700, "sticky", "there")
	made(somebody, 0o700, "sticky", "theirs")
	made(ours, 0o777, "open")
	made(ours, 0o700, "open", "there")
	made(ours, 0o700, "open", "deep", "there")
	made(somebody, os.ModeSticky|0o777, "given")
	made(ours, 0o700, "given", "there")
	made(ours, 0o700, "given", "deep", "there")
	made(ours, 0o755, "safe")
	made(ours, 0o700, "safe", "there")
	for link, target := range map[string]string{
		at("given", "link"): at("safe"), at("open", "link"): at("safe"), at("safe", "link"): "../given/link",
		at("good"): at("safe"), at("round"): at("round"), at("sticky", "link"): "../safe/./",
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	for dir, ok := range map[string]bool{
		"sticky/there": true, "sticky/new": true, "sticky/theirs/new": false,
		"open/there": false, "open/new": false, "open/deep/there": false, "open/deep/new": false,
		"given/there": false, "given/new": false, "given/deep/there": false,
		"safe/there": true, "good/there": true, "sticky/link/there": true, "safe/../safe/there": true,
		"given/link/there": false, "open/link/there": false, "safe/link/there": false, "round/there": false,
	} {
		root, err := OpenPrivate(at() + "/" + dir)
		if (err == nil) != ok {
			t.Errorf("%s: %v", dir, err)
		}
		if err == nil {
			root.Close()
		} else if dir != "round/there" && (!errors.Is(err, ErrWay) || !errors.Is(err, ErrNotPrivate)) {
			t.Errorf("%s: %v is not ErrWay", dir, err)
		}
	}
	for _, dir := range []string{at("open", "new"), at("given", "new"), at("open", "deep", "new")} {
		if _, err := os.Lstat(dir); err == nil {
			t.Errorf("%s was made", dir)
		}
	}
}
