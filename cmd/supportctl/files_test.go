package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func left(t *testing.T, dir string) (names []string) {
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

func TestWriteFileReplacesOnlyWhenTold(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sysinfo.txt")
	if err := writeFile(path, []byte("one"), 0o600, false); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(path, []byte("two"), 0o600, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want exists", err)
	}
	if data, _ := os.ReadFile(path); string(data) != "one" {
		t.Errorf("the file was replaced: %s", data)
	}
	if err := writeFile(path, []byte("three"), 0o600, true); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); string(data) != "three" {
		t.Errorf("the file was not replaced: %s", data)
	}
	if names := left(t, dir); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestK4_SaveIntoNothing(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	dir := t.TempDir()
	full := filepath.Join(dir, "there.txt")
	if err := os.WriteFile(full, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// All of it is found out before the customer is asked, and before the relay is dialled.
	for target, code := range map[string]int{filepath.Join(dir, "no", "x.txt"): 2, dir: 2, full: 1, filepath.Join(full, "x"): 2} {
		if got := b.do(t, "sysinfo", "482913077", "--save", target); got != code || !strings.Contains(b.err.String(), "hint: ") {
			t.Errorf("--save %s: exit code %d, want %d: %s", target, got, code, b.err.String())
		}
	}
}
