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
// name or the end: what a power cut would undo. It skips t where there is no strace,
// and fails it where no such file was made.
func UnsyncedNames(t *testing.T, test string, files *regexp.Regexp) (dirs []string) {
	t.Helper()
	dirs, seen := unsynced(traced(t, test, "fsync,openat,renameat,renameat2,symlinkat,linkat"), files)
	if seen == 0 {
		t.Fatalf("%s made no file like %s", test, files)
	}
	return dirs
}

// UnsyncedWrites runs another test likewise, and returns the files that fit files
// into which something was written that no fsync(2) or fdatasync(2) of the file
// followed before the next write or the end: what a power cut would take away. It
// fails t where nothing was written into such a file.
func UnsyncedWrites(t *testing.T, test string, files *regexp.Regexp) (lost []string) {
	t.Helper()
	lost, seen := unsyncedWrites(traced(t, test, "fsync,fdatasync,write,pwrite64,writev,pwritev"), files)
	if seen == 0 {
		t.Fatalf("%s wrote into no file like %s", test, files)
	}
	return lost
}

// traced runs a test under strace and returns what it says of these system calls.
func traced(t *testing.T, test, calls string) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	log := filepath.Join(t.TempDir(), "trace")
	cmd := exec.Command(strace, "-f", "-y", "-s", "4096", "-o", log,
		"-e", "trace="+calls, os.Args[0], "-test.run=^"+test+"$", "-test.count=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s under strace: %v\n%s", test, err, out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unsyncedWrites reads calls as [unsynced] does.
func unsyncedWrites(calls string, files *regexp.Regexp) (lost []string, seen int) {
	var open []string
	call := regexp.MustCompile(`^\d+ +(\w+)\(\d+<([^>]*)>`)
	for line := range strings.Lines(calls) {
		m := call.FindStringSubmatch(line)
		if m == nil || !files.MatchString(m[2]) {
			continue
		}
		if strings.Contains(m[1], "sync") {
			open = slices.DeleteFunc(open, func(file string) bool { return file == m[2] })
			continue
		}
		seen++
		if slices.Contains(open, m[2]) {
			lost = append(lost, m[2])
		} else {
			open = append(open, m[2])
		}
	}
	return append(lost, open...), seen
}

// unsynced reads what strace wrote: calls with FD</path> for descriptors. Only
// what stands there when a call begins is read, as threads may break its line.
func unsynced(calls string, files *regexp.Regexp) (lost []string, seen int) {
	var open []string // waiting for their fsync
	at := regexp.MustCompile(`<([^>]*)>, "([^"]*)"`)
	synced := regexp.MustCompile(`fsync\(\d+<([^>]*)>`)
	for call := range strings.Lines(calls) {
		if m := synced.FindStringSubmatch(call); m != nil {
			open = slices.DeleteFunc(open, func(dir string) bool { return dir == m[1] })
			continue
		}
		all := at.FindAllStringSubmatch(call, -1)
		if len(all) == 0 || strings.Contains(call, "openat(") && !strings.Contains(call, "O_CREAT") || strings.Contains(call, " = -1 E") {
			continue
		}
		name := all[len(all)-1]
		path := name[2]
		if !filepath.IsAbs(path) {
			path = filepath.Join(name[1], path)
		}
		if !files.MatchString(path) {
			continue
		}
		seen++
		switch dir := filepath.Dir(path); {
		case slices.Contains(open, dir):
			lost = append(lost, dir)
		default:
			open = append(open, dir)
		}
	}
	return append(lost, open...), seen
}
