package state

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/disk"
)

// tampered are the ways in which a program of the same user takes away what a support
// session is found by, or puts something else in its place.
var tampered = map[string]func(path string) error{
	"removed": os.Remove,
	"another file": func(path string) error {
		return errors.Join(os.Remove(path), os.WriteFile(path, []byte("x"), 0o600))
	},
	"a directory with files": func(path string) error {
		return errors.Join(os.Remove(path), os.MkdirAll(path+"/deep/er", 0o700), os.WriteFile(path+"/deep/x", nil, 0o600))
	},
	"a link to somewhere": func(path string) error { return errors.Join(os.Remove(path), os.Symlink("/dev/null", path)) },
	"a pipe":              func(path string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) },
	"renamed":             func(path string) error { return os.Rename(path, path+".away") },
	"another's socket": func(path string) error {
		if err := os.Remove(path); err != nil {
			return err
		}
		l, err := net.Listen("unix", path)
		if err != nil {
			return err
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		return l.Close()
	},
}

// A consented script removes lock and control: no second daemon starts, stop and status
// know that one runs, and both names are back in a moment.
func TestK1P3_AScriptThatRemovesLockAndSocketHidesNobody(t *testing.T) {
	for how, tamper := range tampered {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			var log testkit.Buffer
			d := answering(t, Control{Log: slog.New(slog.NewTextHandler(&log, nil))})
			for _, name := range []string{lockName, controlName} {
				if err := tamper(d.Path(name)); err != nil {
					t.Fatal(err)
				}
			}
			if second, err := Open(d.path); !errors.Is(err, ErrBusy) {
				if err == nil {
					second.Close()
				}
				t.Fatalf("a second daemon: %v", err)
			}
			if _, err := Ask(t.Context(), d.path); errors.Is(err, ErrNobody) {
				t.Errorf("status at once: %v", err)
			}
			testkit.Eventually(t, "the socket", func() bool {
				s, err := askIn(t.Context(), d.path, askStatus)
				return err == nil && s.Status.Number == "482913077"
			})
			f, err := disk.OpenIn(d.root, lockName, os.O_RDONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := disk.TryLock(f); !errors.Is(err, disk.ErrLocked) {
				t.Errorf("the lock's file: %v", err)
			}
			if !strings.Contains(log.String(), "put back") {
				t.Errorf("nobody is told: %s", log.String())
			}
		})
	}
}

// A consented script takes the whole directory away, or puts something else in its place:
// stop and status still find who runs, and stop waits for the end.
func TestK1P3_AScriptThatTakesTheDirectoryHidesNobody(t *testing.T) {
	for how, tamper := range map[string]func(path string) error{
		"removed":           os.RemoveAll,
		"renamed":           func(path string) error { return os.Rename(path, path+".away") },
		"a pipe":            func(path string) error { return errors.Join(os.RemoveAll(path), syscall.Mkfifo(path, 0o600)) },
		"another directory": func(path string) error { return errors.Join(os.RemoveAll(path), os.Mkdir(path, 0o700)) },
		"open to everybody": func(path string) error { return os.Chmod(path, 0o777) },
		"a link to nowhere": func(path string) error { return errors.Join(os.RemoveAll(path), os.Symlink("/nonexistent", path)) },
		"one that says nothing": func(path string) error {
			if err := os.Remove(path + "/" + controlName); err != nil {
				return err
			}
			l, err := net.Listen("unix", path+"/"+controlName)
			if err != nil {
				return err
			}
			go func() {
				for c, err := l.Accept(); err == nil; c, err = l.Accept() {
					_, _ = c.Write([]byte("{}\n"))
					c.Close()
				}
			}()
			t.Cleanup(func() { l.Close() })
			return nil
		},
	} {
		t.Run(how, func(t *testing.T) {
			stopped := make(chan struct{})
			d := newState(t)
			a := d.Answer(Control{
				Status: func() Status { return Status{Number: "482913077", State: api.Active} },
				Stop:   sync.OnceFunc(func() { close(stopped) }), Log: slog.New(slog.DiscardHandler),
			})
			var ended atomic.Bool
			go func() {
				<-stopped
				ended.Store(true)
				a.Close()
				d.Close()
			}()
			if err := tamper(d.path); err != nil {
				t.Fatal(err)
			}
			if s, err := Ask(t.Context(), d.path); err != nil || s.Number != "482913077" {
				t.Errorf("status: %+v, %v", s, err)
			}
			if err := Stop(t.Context(), d.path); err != nil || !ended.Load() {
				t.Fatalf("stop: %v, ended %v", err, ended.Load())
			}
			if _, err := Ask(t.Context(), d.path); err == nil {
				t.Error("somebody answers behind the end")
			}
		})
	}
}

// A program that removes both again and again costs one look in a while, and the end
// does not wait for it.
func TestK1P3_RemovingForEverCostsLittle(t *testing.T) {
	var log testkit.Buffer
	d := newState(t)
	a := d.Answer(Control{Status: func() Status { return Status{Number: "1"} }, Log: slog.New(slog.NewTextHandler(&log, nil))})
	over := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			select {
			case <-over:
				return
			default:
				_, _ = os.Remove(d.Path(lockName)), os.Remove(d.Path(controlName))
			}
		}
	}()
	began := time.Now()
	testkit.Eventually(t, "two looks", func() bool { return time.Since(began) > 2*keepPause+keepPause/2 })
	if n := strings.Count(log.String(), "\n"); n == 0 || n > 4 {
		t.Errorf("%d lines in the log:\n%s", n, log.String())
	}
	began = time.Now()
	if err := a.Close(); err != nil || time.Since(began) > keepPause {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	close(over)
	<-gone
}

// Where no socket can be made at the start, there is one later, and the lock is kept
// meanwhile.
func TestK1P3_AFullDiskOnlyDelaysTheSocket(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	testkit.SmallDisk(t, dir)
	files := func(free uint64) {
		t.Helper()
		var s syscall.Statfs_t
		if err := syscall.Statfs(dir, &s); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("nr_inodes=%d", s.Files-s.Ffree+free)); err != nil {
			t.Fatal(err)
		}
	}
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	files(0)
	var log testkit.Buffer
	a := d.Answer(Control{Status: func() Status { return Status{Number: "1"} }, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if _, err := askIn(t.Context(), dir, askStatus); !errors.Is(err, ErrSilent) || !strings.Contains(log.String(), "takes no socket") {
		t.Errorf("%v: %s", err, log.String())
	}
	if s, err := Ask(t.Context(), dir); err != nil || s.Number != "1" { // the one beside it needs no disk
		t.Errorf("%+v, %v", s, err)
	}
	if err := os.Remove(d.Path(lockName)); err != nil {
		t.Fatal(err)
	}
	files(1)
	testkit.Eventually(t, "the lock's file", func() bool {
		_, err := os.Lstat(d.Path(lockName))
		return err == nil
	})
	testkit.Eventually(t, "the socket", func() bool {
		_, err := askIn(t.Context(), dir, askStatus)
		return err == nil
	})
	if text := log.String(); !strings.Contains(text, "reach this program now") || strings.Contains(text, "what stop and status use") {
		t.Error(text)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

// Where no directory can be locked the file alone keeps others out, and it is put back
// before others can have taken it for long.
func TestK1P3_TheFileAloneIsPutBack(t *testing.T) {
	d := newState(t)
	if err := d.lock.dir.Close(); err != nil {
		t.Fatal(err)
	}
	d.lock.dir = nil
	if err := os.Remove(d.Path(lockName)); err != nil {
		t.Fatal(err)
	}
	if restored, err := d.lock.keep(); !restored || err != nil {
		t.Errorf("%v, %v", restored, err)
	}
	if restored, err := d.lock.keep(); restored || err != nil {
		t.Errorf("nothing was removed: %v, %v", restored, err)
	}
	if _, err := Open(d.path); !errors.Is(err, ErrBusy) {
		t.Errorf("a second daemon: %v", err)
	}
	// Somebody else was faster: that is said, and theirs is left alone.
	if err := os.Remove(d.Path(lockName)); err != nil {
		t.Fatal(err)
	}
	other, err := lockRoot(d.root)
	if err != nil {
		t.Fatal(err)
	}
	if restored, err := d.lock.keep(); restored || !errors.Is(err, disk.ErrLocked) {
		t.Errorf("%v, %v", restored, err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}
