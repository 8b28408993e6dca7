//go:build unix

package web

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"supportd/hack/testkit"
	"supportd/library/disk"
)

// W12: a pipe or a device in the place of a certificate is told of, and holds up
// neither the start, nor the next certificate, nor the end.
func TestW12_CertificatesThatAreNoFiles(t *testing.T) {
	pipe := func(t *testing.T, path string) {
		t.Helper()
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	key := filepath.Join(dir, "key.pem")
	testkit.WriteCertificate(t, filepath.Join(dir, "cert.pem"), key, year, "relay.example")
	pipe(t, filepath.Join(dir, "pipe"))
	if err := os.WriteFile(filepath.Join(dir, "huge"), make([]byte, maxPEM+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{filepath.Join(dir, "pipe"): disk.ErrNotRegular, "/dev/zero": disk.ErrNotRegular, filepath.Join(dir, "huge"): disk.ErrTooLong} {
		if _, err := FromFiles(name, key, nil, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), want.Error()) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSecure(t, year, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.certs.Watch(ctx) }()
		if err := os.Remove(s.cert); err != nil {
			t.Fatal(err)
		}
		pipe(t, s.cert)
		time.Sleep(3*lookInterval + time.Second)
		if log := s.told.String(); strings.Count(log, "cannot be used") != 1 {
			t.Errorf("the pipe is not told of, once:\n%s", log)
		}
		if err := os.Remove(s.cert); err != nil {
			t.Fatal(err)
		}
		testkit.WriteCertificate(t, s.cert, s.key, year, "relay.example")
		time.Sleep(3 * lookInterval)
		if log := s.told.String(); !strings.Contains(log, "a new TLS certificate is used") {
			t.Errorf("it did not recover:\n%s", log)
		}
		cancel()
		<-done
	})
}
