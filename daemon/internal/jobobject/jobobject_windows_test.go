package jobobject

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

// shell is a command that runs until it is ended.
func shell(t *testing.T) *exec.Cmd {
	t.Helper()
	system, err := windows.GetSystemDirectory()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(system, "cmd.exe"), "/d", "/k")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return cmd
}

func TestJobIsEmptyAfterEnd(t *testing.T) {
	outer, err := New(0)
	if err != nil {
		t.Fatal(err)
	}
	defer outer.Close()
	inner, err := New(10)
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	cmd := shell(t)
	if err := Start(cmd, outer, inner); err != nil {
		t.Fatal(err)
	}
	for name, j := range map[string]*Job{"outer": outer, "inner": inner} {
		// Without a console Wine starts one, which is in the job too.
		if n, err := j.active(); err != nil || n < 1 || n > 2 {
			t.Errorf("%s: %d processes, %v, want 1, or 2 with its console", name, n, err)
		}
	}
	if err := outer.End(10 * time.Second); err != nil {
		t.Error(err)
	}
	if n, err := inner.active(); err != nil || n != 0 {
		t.Errorf("inner: %d processes, %v, want none", n, err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the process ended well")
	}
}

func TestClosedJobEndsItsProcesses(t *testing.T) {
	j, err := New(0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := shell(t)
	if err := Start(cmd, j); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // the test ends in time when this returns; systems differ in the exit code
}
