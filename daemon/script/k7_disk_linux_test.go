package script

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportd/hack/testkit"
	"supportd/library"
)

// What the disk does not give is refused in the words of what is wrong, and what cannot be
// removed stays.
func TestWhatTheDiskRefuses(t *testing.T) {
	s := openStaging(t)
	e := staged(s, "dir/file", 0)
	if _, err := s.putLocked(e, nil); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("in a folder that is gone: %v", err)
	}
	e = staged(s, "file", 0)
	e.sum = "x"
	path := filepath.Join(s.dir, "file")
	for want, change := range map[string]func() error{
		"no such file": func() error { return nil }, "no plain file": func() error { return os.Mkdir(path, 0o700) }, "1048576 bytes": func() error { return os.WriteFile(path, make([]byte, library.MaxPackage+1), 0o600) },
		"changed it since": func() error { return os.WriteFile(path, []byte("y"), 0o600) },
	} {
		if err := errors.Join(os.RemoveAll(path), change()); err != nil {
			t.Fatal(err)
		}
		if data, err := s.stagedLocked(e); data != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	a := staged(s, "a", 0)
	for _, size := range []int64{100, 100, 50, 0} {
		if err := s.growLocked(a, size); err != nil || a.size != 100 {
			t.Errorf("room for %d bytes: %d are kept, %v", size, a.size, err)
		}
	}
	if err := s.mkdirLocked("mounted", func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	t.Run("mounted", func(t *testing.T) {
		testkit.SmallDisk(t, filepath.Join(s.dir, "mounted", "disk"))
		if err := s.removeLocked("mounted", true, func() error { return nil }); err == nil || s.findLocked("mounted") == nil {
			t.Errorf("removed with a disk in it: %v", err)
		}
	})
	if err := s.Remove(); err != nil {
		t.Error(err)
	}
	if err := (&Staging{dir: filepath.Join(t.TempDir(), strings.Repeat("x", 300)), root: s.root}).Remove(); err == nil {
		t.Error("what cannot be looked at is removed")
	}
}

// stream is a channel whose other side ends it in some way.
type stream struct {
	err    error
	closed int
}

func (s *stream) Read([]byte) (int, error)    { return 0, s.err }
func (s *stream) Write(p []byte) (int, error) { return len(p), nil }
func (s *stream) Close() error                { s.closed++; return io.ErrNoProgress }

// A session that its client has ended is no error, one that broke is, and the channel is
// closed behind either.
func TestHowASessionEnds(t *testing.T) {
	h, _, _ := newHandler(t, nil)
	for end, want := range map[error]error{io.EOF: nil, io.ErrClosedPipe: io.ErrClosedPipe} {
		c := &stream{err: end}
		if err := openStaging(t).ServeSFTP(t.Context(), c, h.hooks); !errors.Is(err, want) || (err == nil) != (want == nil) || c.closed == 0 {
			t.Errorf("%v: %v, closed %d times", end, err, c.closed)
		}
	}
	if err := (guardedStream{&stream{}, h}).Close(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v", err)
	}
}
