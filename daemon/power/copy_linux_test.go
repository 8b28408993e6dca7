package power

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startedFrom makes this test be the copy of the program in the directory that it names.
const startedFrom = "TEST_STARTED_FROM"

// private is a private directory that a restart does not empty.
func private(t *testing.T) *os.Root {
	t.Helper()
	dir, err := os.MkdirTemp("/var/tmp", "supportd-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// P19: a program that lies where it may vanish copies itself, is started from there,
// and the copy goes in every outcome.
func TestK1P19_AProgramThatMayVanishIsCopied(t *testing.T) {
	if dir := os.Getenv(startedFrom); dir != "" {
		beTheCopy(t, dir)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	running, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	// Somebody has put something else there since we were started: that must not be copied.
	program := filepath.Join(t.TempDir(), "support-agent")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if !volatile(self) || !volatile(program) {
		t.Skip("the test's temporary directory outlives a restart")
	}
	root := private(t)
	a := Autostart{Program: program, Args: []string{"resume", "--state", root.Name()}, Home: t.TempDir(), Private: root, root: t.TempDir()}
	if err := a.Install(); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(root.Name(), "support-agent")
	data, err := os.ReadFile(copied)
	if err != nil || !bytes.Equal(data, running) {
		t.Errorf("the copy is not what runs: %d bytes, %v", len(data), err)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	unit, err := os.ReadFile(filepath.Join(a.userUnits(), unitName))
	if err != nil || !strings.Contains(string(unit), copied) || strings.Contains(string(unit), program) {
		t.Errorf("the entry does not start the copy: %s, %v", unit, err)
	}
	// The restart does not come after all.
	if err := a.Remove(); err != nil {
		t.Error(err)
	}
	expectNothing(t, a)
	// It comes: the copy is what runs, and goes at the end.
	if err := a.Install(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), startedFrom+"="+root.Name(), "HOME="+a.Home)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	expectNothing(t, a)
	// It was killed on its way: the next start of the program, wherever it lies, removes the copy.
	if err := a.Install(); err != nil {
		t.Fatal(err)
	}
	if err := a.Remove(); err != nil {
		t.Error(err)
	}
	expectNothing(t, a)
}

func expectNothing(t *testing.T, a Autostart) {
	t.Helper()
	entries, err := os.ReadDir(a.Private.Name())
	if left := files(t, a); len(entries) > 0 || len(left) > 0 || err != nil {
		t.Errorf("left: %v, %v, %v", entries, left, err)
	}
}

// beTheCopy comes back, is restarted once more, and ends.
func beTheCopy(t *testing.T, dir string) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	a := Autostart{Program: self, Args: []string{"resume", "--state", dir}, Home: os.Getenv("HOME"), Private: root, root: "/"}
	if err := a.Remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(self); err != nil {
		t.Errorf("the program is gone while it runs: %v", err)
	}
	if err := a.Install(); err != nil {
		t.Errorf("the next restart: %v", err)
	}
	if _, err := os.Stat(self); err != nil {
		t.Errorf("the program is gone while it runs: %v", err)
	}
	if err := a.Discard(); err != nil {
		t.Error(err)
	}
}

// P30: root starts nothing that others may replace.
func TestK1P30_RootStartsNothingThatOthersMayReplace(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give a directory away")
	}
	root := private(t)
	top := root.Name() + "-programs"
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	const somebody = 65534
	program := func(name string, owner int, mode os.FileMode, dirOwner int, dirMode os.FileMode) string {
		dir := filepath.Join(top, name)
		path := filepath.Join(dir, "support-agent")
		err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(path, []byte("program"), 0o700),
			os.Chown(path, owner, owner), os.Chmod(path, mode), os.Chown(dir, dirOwner, dirOwner), os.Chmod(dir, dirMode))
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, replaceable := range map[string]bool{
		program("safe", 0, 0o755, 0, 0o755):                                   false,
		program("anybody's directory", 0, 0o755, 0, 0o777):                    true,
		program("somebody's directory", 0, 0o755, somebody, 0o755):            true,
		program("sticky", 0, 0o755, 0, 0o777|os.ModeSticky):                   false,
		program("somebody's sticky", 0, 0o755, somebody, 0o777|os.ModeSticky): true,
		program("somebody's program", somebody, 0o755, 0, 0o755):              true,
		program("a program that all may change", 0, 0o777, 0, 0o755):          true,
		program("the group's", 0, 0o775, 0, 0o755):                            true,
	} {
		a := Autostart{Program: path, Args: []string{"resume"}, Admin: true, root: t.TempDir()}
		if err := a.Check(); errors.Is(err, ErrReplaceable) != replaceable || !replaceable && err != nil {
			t.Errorf("%s: %v", path, err)
		}
		a.Private = root
		if err := a.Install(); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		unit, err := os.ReadFile(filepath.Join(a.systemUnits(), unitName))
		if err != nil || strings.Contains(string(unit), path) == replaceable || strings.Contains(string(unit), root.Name()+"/") != replaceable {
			t.Errorf("%s: %s, %v", path, unit, err)
		}
		if err := a.Discard(); err != nil {
			t.Error(err)
		}
		expectNothing(t, a)
	}
}
