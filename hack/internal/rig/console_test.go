//go:build unix

package rig

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

func open(t *testing.T, script string) (context.Context, *Console) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	t.Cleanup(cancel)
	c, err := OpenConsole(exec.Command("sh", "-c", script), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return ctx, c
}

func TestConsoleAsksAndIsAnswered(t *testing.T) {
	ctx, c := open(t, `printf '\033[1mname?\033[0m '; read name; echo "hello $name"; echo "hello again"; exit 7`)
	if err := c.Expect(ctx, "name? "); err != nil {
		t.Fatal(err)
	}
	if err := c.Type("bob\n"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Expect(ctx, "hello"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Expect(ctx, "hello"); !errors.Is(err, ErrExited) {
		t.Fatalf("Expect found what is not there: %v", err)
	}
	if code, err := c.Wait(ctx); code != 7 || err != nil {
		t.Fatalf("Wait = %d, %v", code, err)
	}
	if !strings.Contains(c.Screen(), "hello bob\n") {
		t.Fatalf("screen: %q", c.Screen())
	}
}

func TestConsoleHangUp(t *testing.T) {
	// A shell cannot trap what it inherits as ignored, as under nohup; what a Go
	// program catches, its children get with the default action.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(caught) })
	ctx, c := open(t, `trap 'exit 3' HUP; echo ready; while :; do read x || sleep 0.1; done`)
	if err := c.Expect(ctx, "ready"); err != nil {
		t.Fatal(err)
	}
	if err := c.HangUp(); err != nil {
		t.Fatal(err)
	}
	if code, err := c.Wait(ctx); code != 3 || err != nil {
		t.Fatalf("Wait = %d, %v", code, err)
	}
}

func TestLogAwaitsWholeLines(t *testing.T) {
	l := NewLog(nil)
	gone := make(chan struct{})
	found := make(chan string, 1)
	go func() {
		line, err := l.Await(t.Context(), gone, "listening on ")
		if err != nil {
			line = err.Error()
		}
		found <- line
	}()
	for _, part := range []string{"starting\nlistening on 127.0", ".0.1:22\n", "more"} {
		if _, err := l.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if got := <-found; got != "listening on 127.0.0.1:22" {
		t.Fatalf("Await = %q", got)
	}
	close(gone)
	if _, err := l.Await(t.Context(), gone, "never said"); !errors.Is(err, ErrExited) {
		t.Fatalf("Await = %v", err)
	}
}
