//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/library/cmdline"
)

// putLP puts a program called lp first in PATH; it keeps its arguments and its input.
func putLP(t *testing.T, ending string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >'" + dir + "/args'\ncat >'" + dir + "/paper'\necho \"$LC_ALL\" >'" + dir + "/locale'\n" + ending + "\n"
	if err := os.WriteFile(filepath.Join(dir, "lp"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

func TestPrint(t *testing.T) {
	dir := putLP(t, "echo request id is jet-1")
	b := newBench(t)
	if err := b.print(t.Context(), "jet", "pc\n-o evil\x1b[2J", sysinfoText); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		// The computer's name is one argument, whatever it contains.
		"args":   "-t\nSystem information of pc -o evil[2J\n-d\njet\n",
		"paper":  sysinfoText,
		"locale": "C.UTF-8\n",
	} {
		if got, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v, want %q", file, got, err, want)
		}
	}
}

func TestPrinterThatFails(t *testing.T) {
	putLP(t, "printf 'lp: Error - \\033[2Jno paper\\n' >&2; exit 1")
	err := newBench(t).print(t.Context(), "", "pc", sysinfoText)
	if cmdline.Code(err) != cmdline.ExitFailed || !strings.Contains(err.Error(), "no paper") || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("%v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := newBench(t).print(t.Context(), "", "pc", sysinfoText); cmdline.Code(err) != cmdline.ExitFailed || !strings.Contains(err.Error(), "no lp") {
		t.Errorf("%v", err)
	}
}
