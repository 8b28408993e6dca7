package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestD1_DiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small file system needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m,mode=0700"); err != nil {
		t.Skipf("mounting a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	s, err := Open(t.Context(), filepath.Join(dir, "relay.db"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() // before the file system is gone
	if err := s.AddSession(t.Context(), session("before")); err != nil {
		t.Fatal(err)
	}
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	full := 0
	for i := range 100 {
		big := session(fmt.Sprintf("%d-%s", i, strings.Repeat("x", 20_000)))
		if err := s.AddSession(t.Context(), big); errors.Is(err, ErrFull) {
			full++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if full == 0 {
		t.Fatal("the disk was not full")
	}
	if _, err := s.ChangeSession(t.Context(), "before", Active, func(row *Session) { row.Reason = strings.Repeat("y", 500_000) }); !errors.Is(err, ErrFull) {
		t.Errorf("%v", err)
	}
	rows, err := s.OpenSessions(t.Context())
	if err != nil || len(rows) != 1+100-full {
		t.Errorf("%d sessions, %v; %d were refused", len(rows), err, full)
	}
	if row, err := s.Session(t.Context(), "before"); err != nil || row.State != Waiting || row.Reason != "" {
		t.Errorf("half done: %+v, %v", row, err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeSession(t.Context(), "before", Active, func(*Session) {}); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// fill writes until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
