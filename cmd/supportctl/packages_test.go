package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportd/library"
	"supportd/library/cmdline"
)

// tree writes files below a new directory; a name that ends in "!" is made
// executable.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		plain, executable := strings.CutSuffix(name, "!")
		path := filepath.Join(dir, filepath.FromSlash(plain))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o600)
		if executable {
			mode = 0o700
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPackagesAndTheirNames(t *testing.T) {
	dir := tree(t, map[string]string{
		"a/fix.sh": "one", "b/fix.sh": "two", "c/FIX.sh": "three",
		"dns/run.sh": "run", "dns/other.sh": "o", "dns/data/list.txt": "d", "dns/README": "r",
		"tool/only!": "x", "tool/notes.txt": "n",
	})
	word := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	pl, err := newBench(t).resolve([]string{word("a/fix.sh"), word("dns"), word("b/fix.sh"), word("a/fix.sh"), word("c/FIX.sh"), word("tool")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Names that differ in case only are the same for some systems.
	want := []string{"fix.sh", "dns/run.sh", "fix-2/fix.sh", "fix.sh", "FIX-3/FIX.sh", "tool/only"}
	if !slices.Equal(pl.names, want) || len(pl.packages) != 5 {
		t.Errorf("%v, %d packages", pl.names, len(pl.packages))
	}
	roots := map[string]bool{}
	for _, p := range pl.packages {
		if root := strings.ToLower(p.Root()); roots[root] {
			t.Errorf("%s stands twice in the staging area", root)
		} else {
			roots[root] = true
		}
	}
	if dns := pl.packages[1]; len(dns.Files) != 4 || dns.Folder != "dns" || dns.Executable != "run.sh" {
		t.Errorf("%+v", dns)
	}
	if rest := pl.startingAt(3); !slices.Equal(rest.names, want[2:]) || len(rest.packages) != 4 {
		t.Errorf("from the third: %v, %d packages", rest.names, len(rest.packages))
	}
}

func TestF5_PackageSizes(t *testing.T) {
	for size, fits := range map[int]bool{library.MaxPackage - 1: true, library.MaxPackage: true, library.MaxPackage + 1: false} {
		dir := tree(t, map[string]string{"one.sh": strings.Repeat("x", size), "dir/run.sh": "12345", "dir/data": strings.Repeat("x", size-5)})
		for _, name := range []string{"one.sh", "dir"} {
			_, err := newBench(t).resolve([]string{filepath.Join(dir, name)}, nil)
			if (err == nil) != fits {
				t.Errorf("%s of %d bytes: %v", name, size, err)
			}
			if err != nil && (cmdline.Code(err) != cmdline.ExitUsage || !strings.Contains(err.Error(), "1048576")) {
				t.Errorf("%s of %d bytes: %v", name, size, err)
			}
		}
	}
}

func TestS21_ZeroAndTooManyScripts(t *testing.T) {
	file := filepath.Join(tree(t, map[string]string{"a.sh": "x"}), "a.sh")
	b := newBench(t)
	b.logIn(t)
	if code := b.do(t, "script", "run", "--all"); code != cmdline.ExitUsage {
		t.Errorf("no script: %d", code)
	}
	many := slices.Repeat([]string{file}, library.MaxScripts)
	if _, err := b.resolve(many, nil); err != nil {
		t.Errorf("%d scripts: %v", len(many), err)
	}
	if _, err := b.resolve(append(many, file), nil); cmdline.Code(err) != cmdline.ExitUsage {
		t.Errorf("%d scripts: %v", len(many)+1, err)
	}
}

func TestScriptsThatCannotBeSent(t *testing.T) {
	dir := tree(t, map[string]string{
		"empty/data.txt": "", "several/a.sh": "", "several/b.sh": "", "-rf.sh": "", "new\nline.sh": "", "rtl\u202e.sh": "",
		"nested/sub/run.sh": "", "odd/run.sh": "", "odd/x\x1b.txt": "",
	})
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "several", "zero")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"nothere", "empty", "several", "-rf.sh", "new\nline.sh", "rtl\u202e.sh", "nested", "odd"} {
		_, err := newBench(t).resolve([]string{filepath.Join(dir, name)}, nil)
		if cmdline.Code(err) != cmdline.ExitUsage {
			t.Errorf("%q: %v", name, err)
		}
	}
}
