package disk

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func writeAll(t *testing.T, files ...string) {
	t.Helper()
	for _, f := range files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(f), 0o700), os.WriteFile(f, []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// P13: what a script has made immutable is removed where we may undo that.
func TestK1P13_WhatIsImmutableIsRemoved(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can make a file immutable")
	}
	top := t.TempDir()
	tree, outside := filepath.Join(top, "tree"), filepath.Join(top, "outside")
	writeAll(t, filepath.Join(tree, "a", "file"), filepath.Join(tree, "a", "append"), filepath.Join(tree, "b", "shut", "file"), outside)
	if err := os.Link(outside, filepath.Join(tree, "link")); err != nil {
		t.Fatal(err)
	}
	chattr := func(flags string, names ...string) error {
		return exec.Command("chattr", append([]string{flags}, names...)...).Run()
	}
	t.Cleanup(func() { _ = exec.Command("chattr", "-R", "-ia", top).Run() })
	if err := chattr("+i", filepath.Join(tree, "a", "file"), filepath.Join(tree, "b", "shut"), filepath.Join(tree, "a")); err != nil {
		t.Skip("this file system knows no immutable files: ", err)
	}
	if err := chattr("+a", filepath.Join(tree, "b")); err != nil {
		t.Fatal(err)
	}
	if err := RemoveTree(tree); err != nil || isThere(tree) {
		t.Errorf("%v, there: %v", err, isThere(tree))
	}
	// A file that others have, too, keeps what makes it theirs.
	writeAll(t, filepath.Join(tree, "x"))
	if err := errors.Join(os.Link(outside, filepath.Join(tree, "link")), chattr("+i", outside)); err != nil {
		t.Fatal(err)
	}
	var stays *StaysError
	if err := RemoveTree(tree); !errors.As(err, &stays) || stays.Path != tree {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(outside, nil, 0o600); err == nil {
		t.Error("a file outside may be changed by now")
	}
}

// A script that root has allowed mounts what is not ours below its directory: the end
// of the run must not delete that.
func TestK1P13_NothingBehindAMountIsRemoved(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root mounts")
	}
	top := t.TempDir()
	tree, precious := filepath.Join(top, "a tree"), filepath.Join(top, "precious")
	inside := filepath.Join(tree, "in", "side")
	writeAll(t, filepath.Join(precious, "deep", "canary"), filepath.Join(inside, "file"))
	// Read-only, so that a mistake destroys nothing even here.
	err := unix.Mount(precious, inside, "", unix.MS_BIND, "")
	if err == nil {
		err = unix.Mount("", inside, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	if errors.Is(err, syscall.EPERM) {
		t.Skip("nothing may be mounted here")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(inside, unix.MNT_DETACH) })
	if got := mountsBelow(tree); len(got) != 1 || got[0] != inside {
		t.Errorf("mounted: %q", got)
	}
	if err := RemoveTree(tree); err != nil || isThere(tree) {
		t.Errorf("%v, there: %v", err, isThere(tree))
	}
	if !isThere(filepath.Join(precious, "deep", "canary")) {
		t.Error("the canary is dead")
	}
}
