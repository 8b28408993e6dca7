package client

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

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
	list, err := c.Files(t.Context())
	slices.SortFunc(list, func(a, b StagedFile) int { return strings.Compare(a.Path, b.Path) })
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
