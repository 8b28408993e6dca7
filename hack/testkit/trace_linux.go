package testkit

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// UnsyncedNames runs another test of this package under strace(1), and returns
// those directories in which a file whose path fits one of files was made,
// linked or renamed, and no fsync(2) of the directory came before the next such
// name or the end: what a power cut would undo. It skips t where there is no strace.
func UnsyncedNames(t *testing.T, test string, files *regexp.Regexp) (dirs []string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	log := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-y", "-s", "4096", "-o", log,
		"-e", "trace=fsync,openat,renameat,renameat2,symlinkat", os.Args[0], "-test.run=^"+test+"$", "-test.count=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s under strace: %v\n%s", test, err, out)
	}
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return unsynced(string(calls), files)
}

// unsynced reads what strace wrote: calls with FD</path> for descriptors. Only
// what stands there when a call begins is read, as threads may break its line.
func unsynced(calls string, files *regexp.Regexp) (lost []string) {
	var open []string // waiting for their fsync
	at := regexp.MustCompile(`<([^>]*)>, "([^"]*)"`)
	synced := regexp.MustCompile(`fsync\(\d+<([^>]*)>`)
	for call := range strings.Lines(calls) {
		if m := synced.FindStringSubmatch(call); m != nil {
			open = slices.DeleteFunc(open, func(dir string) bool { return dir == m[1] })
			continue
		}
		all := at.FindAllStringSubmatch(call, -1)
		if len(all) == 0 || strings.Contains(call, "openat(") && !strings.Contains(call, "O_CREAT") {
			continue
		}
		name := all[len(all)-1]
		path := name[2]
		if !filepath.IsAbs(path) {
			path = filepath.Join(name[1], path)
		}
		switch dir := filepath.Dir(path); {
		case !files.MatchString(path):
		case slices.Contains(open, dir):
			lost = append(lost, dir)
		default:
			open = append(open, dir)
		}
	}
	return append(lost, open...)
}
