package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func opened(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, second := opened(t, path), opened(t, path)
	if err := Lock(first); err != nil {
		t.Fatal(err)
	}
	if err := TryLock(second); !errors.Is(err, ErrLocked) {
		t.Errorf("a held lock: %v", err)
	}
	// Who holds it can write down who they are, and others can read it.
	if _, err := first.WriteString("4711"); err != nil {
		t.Error(err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "4711" {
		t.Errorf("%q, %v", data, err)
	}
	waited := make(chan error)
	go func() { waited <- Lock(second) }()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Errorf("after the first has closed it: %v", err)
	}
	if err := TryLock(opened(t, path)); !errors.Is(err, ErrLocked) {
		t.Errorf("the second does not hold it: %v", err)
	}
}

// holderOf says to this test's own program which lock to hold.
const holderOf = "SUPPORTD_TEST_LOCK"

// A lock ends with the process that holds it, however that ends.
func TestALockEndsWithItsProcess(t *testing.T) {
	if path := os.Getenv(holderOf); path != "" {
		if err := Lock(opened(t, path)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("held")
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
		return
	}
	path := filepath.Join(t.TempDir(), "lock")
	holder := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestALockEndsWithItsProcess$")
	holder.Env = append(os.Environ(), holderOf+"="+path)
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("held"))); err != nil {
		t.Fatal(err)
	}
	f := opened(t, path)
	if err := TryLock(f); !errors.Is(err, ErrLocked) {
		t.Errorf("held by another process: %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait() // it was killed
	if err := TryLock(f); err != nil {
		t.Errorf("after its end: %v", err)
	}
}
