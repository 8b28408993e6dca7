package process

import (
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"supportd/hack/testkit"
)

// run runs a shell script to its end, and returns what it wrote to standard output.
func run(t *testing.T, opts Options, timeout time.Duration, text string) (Status, string) {
	t.Helper()
	if err := AdoptOrphans(); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A program under the race detector takes its time to exit.
	opts.Supervisor = []string{"/usr/bin/env", "GORACE=atexit_sleep_ms=0", self, "supervise"}
	dir, id := t.TempDir(), rand.Text()
	file := filepath.Join(dir, "one.sh") // not "sh -c TEXT", which pgrep -f in the text would find
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.Context(), opts, nil, Job{
		Argv: []string{"/bin/sh", file}, Dir: dir, Env: Environ(nil, dir, id), Timeout: timeout, Run: id, RunDir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(&out, s.Stdout) })
	reading.Go(func() { _, _ = io.Copy(io.Discard, s.Stderr) })
	st := s.Wait()
	// What a script has left must not hold up the test.
	cut := time.AfterFunc(testkit.Patience, func() { s.Stdout.Close(); s.Stderr.Close() })
	reading.Wait()
	if !cut.Stop() {
		t.Error("something that a script has left holds its output open")
	}
	s.Stdout.Close()
	s.Stderr.Close()
	return st, out.String()
}
