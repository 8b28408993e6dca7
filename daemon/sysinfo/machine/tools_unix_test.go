//go:build unix

package machine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportd/daemon/sysinfo/document"
)

// shell runs a shell as a tool; only tests may give a text to a shell.
func shell(ctx context.Context, script string) (string, error) {
	out, err := runTool(ctx, "sh", "-c", script)
	return string(out), err
}

func TestToolHasACleanEnvironmentAndNoInput(t *testing.T) {
	t.Setenv("LC_ALL", "ru_RU.UTF-8")
	t.Setenv("LD_PRELOAD_CANARY", "x")
	out, err := shell(t.Context(), "env; cat; pwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"LC_ALL=C\n", "LANGUAGE=C\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if strings.Contains(out, "CANARY") || strings.Contains(out, "ru_RU") {
		t.Errorf("the customer's environment reaches tools: %s", out)
	}
}

func TestA16_ToolThatNeverStopsWriting(t *testing.T) {
	start := time.Now()
	out, err := runTool(t.Context(), "yes")
	var tool *ToolError
	if !errors.As(err, &tool) || !errors.Is(err, ErrFlood) || len(out) != maxOutput {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	if time.Since(start) > 5*time.Second {
		t.Errorf("took %v", time.Since(start))
	}
}

func TestA16_ToolThatHangsEndsWithItsChildren(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	out, err := shell(ctx, "sleep 61 & echo $!; wait")
	if !errors.Is(err, context.DeadlineExceeded) || document.Why(err) != "sh took too long" {
		t.Errorf("%v", err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		t.Fatalf("what it wrote before is lost: %q", out)
	}
	for deadline := time.Now().Add(5 * time.Second); alive(child); {
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there", child)
		}
		<-time.After(time.Millisecond)
	}
}

// alive reports whether a process runs; one that nobody has waited for does not.
func alive(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// A pipe that somebody put in the place of a file must not hold the collector.
func TestA16_PipeInPlaceOfAFile(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "os-release"), 0o600); err != nil {
		t.Skip(err)
	}
	m := New(&Guard{})
	m.Files = os.DirFS(dir)
	if _, err := m.Read("os-release"); err == nil {
		t.Error("a pipe was read")
	}
}

func TestReadIsBounded(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, MaxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	m := New(&Guard{})
	m.Files = os.DirFS(dir)
	if b, err := m.Read("big"); err != nil || len(b) != MaxFile {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
