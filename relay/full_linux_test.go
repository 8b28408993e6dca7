package relay

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"supportd/relay/wire"
)

// D1: a relay whose disk is full lets a journal wait, and takes it when there
// is room again; meanwhile the computer can be reached.
func TestD1_AJournalWaitsForRoom(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small file system needs root")
	}
	w := newWorld(t, func(opts *Options) {
		if err := os.MkdirAll(opts.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("tmpfs", opts.Dir, "tmpfs", 0, "size=1m,mode=0700"); err != nil {
			t.Skipf("mounting a small file system: %v", err)
		}
		t.Cleanup(func() {
			if err := syscall.Unmount(opts.Dir, 0); err != nil {
				t.Error(err)
			}
		})
	})
	alice := w.login("alice", w.account("alice", false))
	n := alice.start()
	p := w.joined(n)
	ballast := filepath.Join(w.dir, "ballast")
	fill(t, ballast)

	events := follow(wire.Event{}, 60, strings.Repeat("x", 4000))
	d := p.journal()
	d.answer("0")
	d.send(events...)
	eventually(t, func() bool { return strings.Contains(w.log.String(), "its computer waits") })
	if got, _ := w.stored(n); len(got) == len(events) {
		t.Fatal("the disk was not full")
	}
	go p.echo()
	near, _, err := alice.direct(n.Host(), wire.TunnelPort)
	if err != nil {
		t.Fatalf("the computer cannot be reached: %v", err)
	}
	near.Close()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	d.answer("60")
	if got, _ := w.stored(n); len(got) != len(events) {
		t.Errorf("%d events", len(got))
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
