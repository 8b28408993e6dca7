package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
)

// I6: who starts a program by its short name starts the one that has the number.
func TestI6_ShortNames(t *testing.T) {
	long := filepath.Join(t.TempDir(), "support-482913077 (1).exe")
	if err := os.WriteFile(long, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	name, err := windows.UTF16PtrFromString(long)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]uint16, windows.MAX_LONG_PATH)
	n, err := windows.GetShortPathName(name, &buf[0], uint32(len(buf)))
	if err != nil {
		t.Fatal(err)
	}
	short := windows.UTF16ToString(buf[:n])
	if !strings.Contains(filepath.Base(short), "~") {
		t.Skip("this disk has no short names")
	}
	if n := numberInName(short); n != "" {
		t.Errorf("%q: %q", short, n)
	}
	if n := numberInName(longName(short)); n != "482913077" {
		t.Errorf("%q, %q: %q", short, longName(short), n)
	}
	for _, path := range []string{"", `C:\no such file.exe`, "\x00"} {
		if got := longName(path); got != path {
			t.Errorf("%q: %q", path, got)
		}
	}
}
