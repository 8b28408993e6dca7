package script

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pkg/sftp"

	"supportd/library"
)

// staged puts an entry into a staging area as it is kept, without its bytes.
func staged(s *Staging, rel string, size int64) *entry {
	e := &entry{rel: rel, size: size, dir: size < 0, sum: "x"}
	if e.dir {
		e.size = 0
	}
	s.entries[fold(rel)] = e
	return e
}

func openStaging(t *testing.T) *Staging {
	t.Helper()
	s, err := OpenStaging(filepath.Join(t.TempDir(), "staged"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Remove() })
	return s
}

// Room is given to the byte: of one file, of a package, of all together. Who shrinks
// takes none, and what is refused takes none either.
func TestF5_F16_RoomToTheByte(t *testing.T) {
	s := openStaging(t)
	a := staged(s, "pkg/a", 0)
	staged(s, "pkg", -1)
	staged(s, "pkg/b", 100)
	staged(s, "pkgs", 7) // another one, though it begins alike
	for _, c := range []struct {
		size int64
		ok   bool
	}{{library.MaxPackage - 100, true}, {library.MaxPackage - 99, false}, {50, true}, {library.MaxPackage - 100, true}, {library.MaxPackage + 1, false}} {
		if err := s.growLocked(a, c.size); (err == nil) != c.ok || !c.ok && !strings.Contains(err.Error(), "1048576 bytes together") {
			t.Errorf("%d bytes: %v", c.size, err)
		}
	}
	if a.size != library.MaxPackage-100 {
		t.Errorf("it has %d bytes", a.size)
	}
	s = openStaging(t)
	for i := range library.MaxStaged/library.MaxPackage - 1 {
		staged(s, fmt.Sprint("p", i), library.MaxPackage)
	}
	staged(s, "q", 10)
	last := staged(s, "last", 0)
	if err := s.growLocked(last, library.MaxPackage-9); err == nil || !strings.Contains(err.Error(), "16777216 bytes") {
		t.Errorf("one byte too many of all: %v", err)
	}
	if err := s.growLocked(last, library.MaxPackage-10); err != nil {
		t.Errorf("just full: %v", err)
	}
}

// What may be made: below a folder that is there, under a name of its own, as long as
// there are not too many.
func TestF4_F13_WhatMayBeMade(t *testing.T) {
	s := openStaging(t)
	staged(s, "dir", -1)
	staged(s, "file", 1)
	for rel, want := range map[string]string{
		"new": "", "file": "", "dir/new": "", "FILE": "in case or spelling only", "Dir": "in case or spelling only", "none/new": "no such folder", "file/new": "no such folder", "DIR/new": "no such folder",
	} {
		if err := s.claimLocked(rel); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", rel, err, want)
		}
	}
	for i := len(s.entries); i < MaxStagedFiles-1; i++ {
		staged(s, fmt.Sprint("f", i), 0)
	}
	if err := s.claimLocked("new"); err != nil {
		t.Errorf("the last one: %v", err)
	}
	staged(s, "new", 0)
	if err := s.claimLocked("newer"); err == nil || !strings.Contains(err.Error(), "which is the most") {
		t.Errorf("one too many: %v", err)
	}
	if err := s.claimLocked("new"); err != nil {
		t.Errorf("one that is there: %v", err)
	}
}

var errNotRecorded = errors.New("the journal cannot be written")

// What is removed, and why not.
func TestF8_WhatMayBeRemoved(t *testing.T) {
	s := openStaging(t)
	for _, dir := range []string{"dir", "full"} {
		if err := s.mkdirLocked(dir, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	staged(s, "full/file", 1)
	staged(s, "file", 1)
	s.writing[fold("busy")] = &writing{entry: staged(s, "busy", 1)}
	for _, c := range []struct {
		rel  string
		dir  bool
		want string
	}{
		{"none", false, "no such file"}, {"DIR", true, "no such file"}, {".", true, "folders with rmdir"}, {"file", true, "folders with rmdir"}, {"dir", false, "folders with rmdir"},
		{"busy", false, "being written"}, {"full", true, "not empty"}, {"file", false, ""}, {"dir", true, ""},
	} {
		recorded := 0
		err := s.removeLocked(c.rel, c.dir, func() error { recorded++; return nil })
		if (recorded == 1) != (c.want == "") {
			t.Errorf("%s is recorded %d times", c.rel, recorded)
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.rel, err, c.want)
		}
	}
	if err := s.removeLocked("full/file", false, func() error { return errNotRecorded }); !errors.Is(err, errNotRecorded) || s.findLocked("full/file") == nil {
		t.Errorf("what cannot be recorded is done: %v", err)
	}
	if s.findLocked("file") != nil || s.findLocked("dir") != nil || s.findLocked("full") == nil {
		t.Error("not exactly what was removed is gone")
	}
	if _, err := os.Stat(filepath.Join(s.dir, "dir")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// What takes another name, with all that is in it, and what does not.
func TestWhatMayBeRenamed(t *testing.T) {
	build := func(t *testing.T) *Staging {
		s := openStaging(t)
		for _, dir := range []string{"dir", "dir/sub", "empty", "full"} {
			if err := s.mkdirLocked(dir, func() error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range []string{"file", "other", "dir/sub/a", "full/b", "busy"} {
			if _, err := s.putLocked(staged(s, file, 1), []byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		s.writing[fold("busy")] = &writing{entry: s.entries[fold("busy")]}
		return s
	}
	deep := strings.Repeat("d/", 6) + "x"
	for _, c := range []struct {
		from, to string
		replace  bool
		want     string // the refusal, or "" and "replaced"
	}{
		{"file", "new", false, ""}, {"file", "other", false, "there already"}, {"file", "other", true, "replaced"}, {"none", "x", false, "no such"}, {".", "x", false, "no such"},
		{"file", "file", false, "into itself"}, {"file", "file", true, ""}, {"dir", "dir/x", true, "into itself"}, {"file", ".", true, "into itself"}, {"file", "FILE", false, ""},
		{"file", "dir", true, "takes the place"}, {"dir", "file", true, "takes the place"}, {"dir", "full", true, "takes the place"}, {"dir", "empty", true, "replaced"}, {"dir", "moved", false, ""},
		{"busy", "new", false, "being written"}, {"file", "busy", true, "being written"}, {"file", "none/x", false, "no such folder"}, {"dir", "dirs", false, ""}, {"file", "Other", false, "there already"},
		{"file", "OTHER", true, "case or spelling"}, {"dir", "a", false, ""},
	} {
		t.Run(fmt.Sprintf("%s to %s, %t", c.from, c.to, c.replace), func(t *testing.T) {
			s := build(t)
			var recorded []bool
			err := s.renameLocked(c.from, c.to, c.replace, func(replaced bool) error { recorded = append(recorded, replaced); return nil })
			if c.want != "" && c.want != "replaced" {
				if err == nil || !strings.Contains(err.Error(), c.want) || len(recorded) > 0 {
					t.Fatalf("%v, want %q, recorded %v", err, c.want, recorded)
				}
				if c.from != "none" && c.from != "." && s.findLocked(c.from) == nil {
					t.Error("what was refused is gone")
				}
				return
			}
			if err != nil || c.from != c.to && !slices.Equal(recorded, []bool{c.want == "replaced"}) || c.from == c.to && len(recorded) > 0 {
				t.Fatalf("recorded %v, %v", recorded, err)
			}
			if s.findLocked(c.to) == nil || c.to != c.from && s.findLocked(c.from) != nil {
				t.Error("it is not there under its new name alone")
			}
			if _, err := os.Stat(filepath.Join(s.dir, c.to)); err != nil {
				t.Error(err)
			}
			if c.from == "dir" && (s.findLocked(c.to+"/sub/a") == nil || s.findLocked("dir/sub/a") != nil) {
				t.Error("what was in it did not come along")
			}
		})
	}
	s := build(t)
	noted := func(bool) error { return nil }
	if err := s.renameLocked("file", "other", true, func(bool) error { return errNotRecorded }); !errors.Is(err, errNotRecorded) || s.findLocked("file") == nil {
		t.Errorf("what cannot be recorded is done: %v", err)
	}
	for i := range 6 {
		if err := s.mkdirLocked(strings.TrimSuffix(deep[:2*i+2], "/"), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.renameLocked("dir", "d/d/d/d/d/d/x", false, noted); err == nil || !strings.Contains(err.Error(), "too many folders") {
		t.Errorf("too deep: %v", err)
	}
	if err := s.renameLocked("dir", "d/d/d/d/d/x", false, noted); err != nil {
		t.Errorf("just deep enough: %v", err)
	}
	staged(s, "big", library.MaxPackage)
	staged(s, "pkg", -1)
	staged(s, "pkg/one", 1)
	if err := s.renameLocked("big", "pkg/big", false, noted); err == nil || !strings.Contains(err.Error(), "1048576 bytes together") {
		t.Errorf("too much for the package: %v", err)
	}
	if err := os.Remove(filepath.Join(s.dir, "other")); err != nil {
		t.Fatal(err)
	}
	if err := s.renameLocked("other", "x", false, noted); err == nil || s.findLocked("other") == nil {
		t.Errorf("what is gone from the disk is renamed: %v", err)
	}
	// What is replaced goes, and makes room.
	for _, name := range []string{"pkg/one", "new"} {
		if err := s.root.MkdirAll(parentOf(name), 0o700); err != nil {
			t.Fatal(err)
		}
		e := staged(s, name, 0)
		if _, err := s.putLocked(e, nil); err != nil {
			t.Fatal(err)
		}
		e.size = library.MaxPackage
	}
	if err := s.renameLocked("new", "pkg/one", true, noted); err != nil {
		t.Errorf("in the place of as much: %v", err)
	}
}

// What of a staged file is given back: only what was staged, whole.
func TestC7_WhatIsGivenBack(t *testing.T) {
	s := openStaging(t)
	e := &entry{rel: "a"}
	s.entries[fold("a")] = e
	if _, err := s.stagedLocked(e); err == nil || !strings.Contains(err.Error(), "being written") {
		t.Errorf("%v", err)
	}
	if f, err := s.putLocked(e, []byte("hello")); err != nil || f.Size != 5 || f.SHA256 != library.Sum([]byte("hello")) || f.Name != "a" || e.size != 5 {
		t.Errorf("%+v, %v", f, err)
	}
	if data, err := s.stagedLocked(e); err != nil || string(data) != "hello" {
		t.Errorf("%q, %v", data, err)
	}
	path := filepath.Join(s.dir, "a")
	for name, change := range map[string]func() error{
		"other bytes": func() error { return os.WriteFile(path, []byte("hellO"), 0o600) }, "gone": func() error { return nil }, "a folder": func() error { return os.Mkdir(path, 0o700) },
		"too long": func() error { return os.WriteFile(path, make([]byte, library.MaxPackage+1), 0o600) },
	} {
		_ = os.RemoveAll(path)
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if data, err := s.stagedLocked(e); err == nil {
			t.Errorf("%s: %d bytes are given back", name, len(data))
		}
	}
	_ = os.RemoveAll(path)
	if err := os.WriteFile(path, make([]byte, library.MaxPackage), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, data, err := s.describe("a"); err != nil || len(data) != library.MaxPackage || f.Text != "" {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	for data, text := range map[string]string{"a text": "a text", "a\x00b": "", "\xff": "", "": ""} {
		if f := fileOf("x/y", []byte(data)); f.Text != text || f.Name != "y" {
			t.Errorf("%q: %+v", data, f)
		}
	}
}

// What the system says becomes what a CSR reads, without a path of the customer's.
func TestWhatACSRReadsOfAnError(t *testing.T) {
	for _, c := range []struct {
		err  error
		text string
		code error
	}{
		{syscall.ENOSPC, "the disk of the customer's computer is full", sftp.ErrSSHFxFailure}, {syscall.EDQUOT, "is full", sftp.ErrSSHFxFailure}, {fs.ErrNotExist, "no such file", sftp.ErrSSHFxNoSuchFile},
		{fs.ErrExist, "there already", sftp.ErrSSHFxFailure}, {syscall.ENOTEMPTY, "not empty", sftp.ErrSSHFxFailure}, {fs.ErrPermission, "does not allow it", sftp.ErrSSHFxPermissionDenied}, {syscall.EIO, "could not do it", sftp.ErrSSHFxFailure},
	} {
		got := systemRefusal("a", &fs.PathError{Op: "open", Path: "/home/kim/secret", Err: c.err})
		if !strings.HasPrefix(got.Error(), "a: ") || !strings.Contains(got.Error(), c.text) || !errors.Is(got, c.code) || strings.Contains(got.Error(), "secret") {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}

// Paths as clients write them.
func TestF1_PathsOfClients(t *testing.T) {
	for name, want := range map[string]string{"": ".", "/": ".", ".": ".", "/.": ".", "a": "a", "/a": "a", "a/": "a", "/a/b/": "a/b", "//a": "", "../a": "", "a//b": "", "/..": ""} {
		if got, err := cleanPath(name); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for rel, want := range map[string]bool{".ssh": true, ".ssh/authorized_keys": true, ".SSH/x": true, "a/.ssh": false, ".sshx": false} {
		if keysFolder(rel) != want {
			t.Errorf("%q", rel)
		}
	}
	if packageOf("a/b/c") != "a" || packageOf("a") != "a" || parentOf("a/b/c") != "a/b" || parentOf("a") != "." {
		t.Error("what a path belongs to")
	}
}

// So many changes at once, then one each pause, and none after the end.
func TestThePaceOfChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		begun := time.Now()
		for range changesAtOnce {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("the first ones took %v", took)
		}
		for i := range 3 {
			if err := p.wait(t.Context()); err != nil || time.Since(begun) != time.Duration(i+1)*changePause {
				t.Errorf("one more after %v, %v", time.Since(begun), err)
			}
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("over")
		cancel(cause)
		if err := p.wait(ctx); !errors.Is(err, cause) {
			t.Errorf("%v", err)
		}
		time.Sleep(changesAtOnce * changePause * 2)
		if err := p.wait(ctx); err == nil {
			t.Error("a change after the end")
		}
		begun = time.Now()
		for range changesAtOnce {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took > changePause {
			t.Errorf("after a rest: %v", took)
		}
	})
}

// What a folder lists, in pieces.
func TestAListInPieces(t *testing.T) {
	s := openStaging(t)
	h := &handler{staging: s}
	staged(s, "dir", -1)
	staged(s, "dir/b", 2)
	staged(s, "dir/a", 1)
	staged(s, "dirs", 1)
	l, err := h.listing("dir")
	if err != nil {
		t.Fatal(err)
	}
	two := make([]os.FileInfo, 2)
	if n, err := l.ListAt(two, 0); n != 2 || err != nil || two[0].Name() != "a" || two[1].Name() != "b" || two[1].Size() != 2 || two[0].IsDir() {
		t.Errorf("%d, %v, %v", n, err, two)
	}
	three := make([]os.FileInfo, 3)
	if n, err := l.ListAt(three, 0); n != 2 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := l.ListAt(two, 1); n != 1 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, offset := range []int64{-1, 2, 3} {
		if n, err := l.ListAt(two, offset); n != 0 || err == nil {
			t.Errorf("from %d: %d, %v", offset, n, err)
		}
	}
	for rel, want := range map[string]string{"none": "no such", "dirs": "no folder"} {
		if _, err := h.listing(rel); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", rel, err)
		}
	}
	if i := s.entries[fold("dir")].shown(); !i.IsDir() || i.Sys() != nil {
		t.Errorf("%+v", i)
	}
}
