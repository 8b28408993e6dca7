package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/journal"
)

// openFiles is how many files this process has open in a directory.
func openFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if at, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(at, dir+"/") {
			n++
		}
	}
	return n
}

// Whatever could not be done with a journal, no file of it stays open, and a journal that
// could not be made is not there.
func TestK7_NoFileStaysOpen(t *testing.T) {
	s := newRoot(t)
	j, name := newJournal(t, s)
	appendAll(t, j, "session.join", "run.start")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.copyTo(over, io.Discard, new(atomic.Uint64)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for range j.Events(t.Context(), false) {
		break
	}
	j.Close()
	if _, err := Open(over, s, name); err == nil {
		t.Error("read behind the end")
	}
	if _, err := Latest(newRoot(t)); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
	if n := openFiles(t, s.Name()); n > 0 {
		t.Errorf("%d files are open", n)
	}
	// Its directory is somewhere else, and a journal whose name a power cut undoes is none.
	away := filepath.Join(t.TempDir(), "away")
	if err := os.Rename(s.Name(), away); err != nil {
		t.Fatal(err)
	}
	if j, _, err := Create(s, time.Now().Add(time.Hour)); j != nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, %v", j, err)
	}
	entries, err := os.ReadDir(away)
	if n := openFiles(t, away); err != nil || len(entries) != 1 || n > 0 {
		t.Errorf("%d files, %d open, %v", len(entries), n, err)
	}
}

// After a failed sync nobody knows what the disk holds: the event is not in the journal,
// and nothing comes behind it.
func TestK7_AfterAFailedSyncNothingIsWritten(t *testing.T) {
	j, _ := newJournal(t, newRoot(t))
	appendAll(t, j, "session.join")
	good, bad := j.file, func() *os.File {
		f, err := os.OpenFile("/dev/null", os.O_RDWR, 0) // takes what is written, and cannot be synced
		if err != nil {
			t.Fatal(err)
		}
		return f
	}()
	defer bad.Close()
	j.file = bad
	for range 2 {
		if err := j.Append("alice", journal.ChatMessage{Text: "x"}); !errors.Is(err, ErrWrite) || j.Head() != 1 {
			t.Errorf("%d events, %v", j.Head(), err)
		}
		j.file = good
	}
	// A line that cannot be taken back is the end as well.
	j.broken = nil
	var err error
	if j.file, err = os.Open(j.Path()); err != nil {
		t.Fatal(err)
	}
	defer j.file.Close()
	for range 2 {
		if err := j.Append("alice", journal.ChatMessage{Text: "x"}); !errors.Is(err, ErrWrite) || j.Head() != 1 {
			t.Errorf("%d events, %v", j.Head(), err)
		}
		j.file = good
	}
}

// A disk that is full takes back the half of a line that fitted, to the byte; and a journal
// whose ends cannot be written is not gone on with.
func TestK7_AFullDiskHoldsWholeLines(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	testkit.SmallDisk(t, dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	j, name := newJournal(t, root)
	for i := range 100 {
		if err := j.Append("alice", journal.ConnectionOpen{Mark: journal.Mark{ID: strings.Repeat("x", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	ballast := filepath.Join(dir, "ballast")
	testkit.Fill(t, ballast)
	for size := 60_000; size > 1; size /= 2 { // of some line a part fits
		err := j.Append("alice", journal.ChatMessage{Text: strings.Repeat("x", size)})
		data, readErr := os.ReadFile(filepath.Join(dir, name))
		if readErr != nil || int64(len(data)) != j.size || !bytes.HasSuffix(data, []byte("\n")) {
			t.Errorf("a line of %d bytes (%v): the file has %d, of which %d are whole lines, %v", size, err, len(data), j.size, readErr)
		}
	}
	j.Close()
	if again, err := Open(t.Context(), root, name); again != nil || !errors.Is(err, ErrWrite) {
		t.Errorf("ends that cannot be written: %v", err)
	}
	if n := openFiles(t, dir); n > 0 {
		t.Errorf("%d files are open", n)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), root, name)
	if err != nil {
		t.Fatal(err)
	}
	if again.Close(); again.Head() < 200 {
		t.Errorf("%d events", again.Head())
	}
}
