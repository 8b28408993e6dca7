package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"supportd/library/cmdline"
)

func TestK4_FullDiskLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16k"); err != nil {
		t.Skip("needs root, to mount a small disk: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "sysinfo.txt")
	err := writeFile(path, make([]byte, 1<<20), 0o600, false)
	var e *cmdline.Error
	if !errors.As(err, &e) || !errors.Is(err, syscall.ENOSPC) || e.Hint == "" {
		t.Errorf("error %v", err)
	}
	if names := left(t, dir); len(names) > 0 {
		t.Errorf("left behind: %v", names)
	}
	// And works again when there is room.
	if err := writeFile(path, []byte("small"), 0o600, false); err != nil {
		t.Error(err)
	}
}

func TestK4_OutputThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	r, gone, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer gone.Close()
	for name, c := range map[string]struct {
		out  *os.File
		told bool
	}{"full": {full, true}, "reader went away": {gone, false}} {
		b := newBench(t)
		b.std.Out = output{file: c.out}
		if code := b.do(t, "help", "exit-codes"); code != cmdline.ExitFailed || (b.err.Len() > 0) != c.told {
			t.Errorf("%s: exit code %d, %q", name, code, b.err.String())
		}
	}
}
