package client

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"

	"supportd/library"
	"supportd/library/cmdline"
)

func TestFilesOfTheStagingArea(t *testing.T) {
	w := newWorld(t)
	c := w.reach()
	big := bytes.Repeat([]byte("x"), library.MaxPackage)
	for _, f := range []library.File{{Path: "fix.sh", Data: []byte("old")}, {Path: "kit/도구.txt", Data: big}, {Path: "fix.sh", Data: []byte("echo")}} {
		if err := c.PutFile(t.Context(), f.Path, f.Data); err != nil {
			t.Fatal(err)
		}
	}
	there, err := c.Files(t.Context())
	list := there.Files
	slices.SortFunc(list, func(a, b library.StagedFile) int { return strings.Compare(a.Path, b.Path) })
	if want := "[{fix.sh 4 false} {kit 0 true} {kit/도구.txt 1048576 false}]"; err != nil || fmt.Sprint(list) != want {
		t.Errorf("%v, %v, want %s", list, err, want)
	}
	if got, err := c.GetFile(t.Context(), "kit/도구.txt"); err != nil || !bytes.Equal(got, big) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	_, err = c.GetFile(t.Context(), "gone")
	wantError(t, err, cmdline.ExitFailed, nil, "gone")
	for _, f := range list[:2] {
		if err := c.RemoveFile(t.Context(), f); err != nil {
			t.Error(err)
		}
	}
	if left := staged(t, c); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
	wantError(t, c.RemoveFile(t.Context(), list[0]), cmdline.ExitFailed, nil, "fix.sh")
}

// A computer that sends without an end, or refuses, is told of; nothing more is kept of it
// than a staged file may have.
func TestFilesOfAHostileComputer(t *testing.T) {
	w := newWorld(t)
	c := w.reach()
	w.area.FileGet, w.area.FilePut, w.area.FileList = endless{}, refusing{}, refusing{}
	_, err := c.GetFile(t.Context(), "fix.sh")
	wantError(t, err, cmdline.ExitFailed, nil, "more than the 1048576 bytes")
	wantError(t, c.PutFile(t.Context(), "a\x1b", nil), cmdline.ExitFailed, nil, `no\x1b room`)
	_, err = c.Files(t.Context())
	wantError(t, err, cmdline.ExitFailed, nil, `no\x1b room`)
}

type endless struct{}

func (endless) Fileread(*sftp.Request) (io.ReaderAt, error) { return endless{}, nil }

func (endless) ReadAt(p []byte, _ int64) (int, error) { return len(p), nil }

// A list that is cut says how many are left out, and one without an end that it has none.
func TestFilesThatAreLeftOut(t *testing.T) {
	for _, c := range []struct {
		there, listed, more int
		open                bool
	}{
		{maxListed, maxListed, 0, false}, {maxListed + 1, maxListed, 1, false}, {maxCounted, maxListed, maxCounted - maxListed, false},
		{maxCounted + 7, maxListed, maxCounted - maxListed, true},
	} {
		w := newWorld(t)
		w.area.FileList = crowded(c.there)
		got, err := w.reach().Files(t.Context())
		if err != nil || len(got.Files) != c.listed || got.More != c.more || got.Open != c.open {
			t.Errorf("%d files: %d listed, %d more, open %t, %v", c.there, len(got.Files), got.More, got.Open, err)
		}
	}
}

// crowded is a folder with so many files.
type crowded int

func (n crowded) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	if r.Method != "List" {
		return oneOf{named{name: ".", mode: fs.ModeDir}}, nil
	}
	return n, nil
}

func (n crowded) ListAt(to []fs.FileInfo, offset int64) (count int, err error) {
	for ; count < len(to); count++ {
		if int(offset)+count == int(n) {
			return count, io.EOF
		}
		to[count] = named{name: fmt.Sprint(int(offset) + count)}
	}
	return count, nil
}

// oneOf is a list of one.
type oneOf []fs.FileInfo

func (l oneOf) ListAt(to []fs.FileInfo, offset int64) (int, error) {
	if offset > 0 {
		return 0, io.EOF
	}
	return copy(to, l), nil
}

// named is a file, or a folder, of a name.
type named struct {
	name string
	mode fs.FileMode
}

func (f named) Name() string       { return f.name }
func (f named) Size() int64        { return 1 }
func (f named) Mode() fs.FileMode  { return f.mode | 0o600 }
func (f named) ModTime() time.Time { return time.Unix(0, 0) }
func (f named) IsDir() bool        { return f.mode.IsDir() }
func (f named) Sys() any           { return nil }
