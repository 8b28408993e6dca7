//go:build unix

package web

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"supportd/library/disk"
)

// W2, K1P2: a pipe in the place of a program holds nobody up: not the start, and no
// visitor where it comes while the relay runs.
func TestW2_K1P2_APipeInThePlaceOfAProgram(t *testing.T) {
	within := func(what string, do func()) {
		t.Helper()
		done := make(chan struct{})
		go func() { defer close(done); do() }()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s waits for a writer", what)
		}
	}
	programs, dir := newPrograms(t)
	s := newSite(t, func(o *Options) { o.Programs = programs })
	name := filepath.Join(dir, systems()[0].file())
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	within("the start", func() {
		p, err := openPrograms(dir, slog.New(slog.DiscardHandler), described)
		if err == nil {
			p.Close()
		}
		if !errors.Is(err, disk.ErrNotRegular) {
			t.Errorf("%v", err)
		}
	})
	within("preparing", func() { programs.prepare(t.Context()) })
	for _, path := range []string{"/j/" + aNumber, "/d/SHA256SUMS", "/d/" + aNumber + "/" + systems()[0].String()} {
		within(path, func() { s.ask(visitor, browse(path)+"\r\n") })
	}
}
