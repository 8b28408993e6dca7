package script

import (
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pkg/sftp"

	"supportd/library"
)

// change keeps what happened to a name.
func (u *upload) change(what string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.changes = append(u.changes, what)
	return nil
}

// What a staged file is called and holds is told each time it changes.
func TestWhatHappensToStagedFilesIsTold(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	if err := put(c, "a", []byte("12345")); err != nil {
		t.Fatal(err)
	}
	before := u.staged[len(u.staged)-1]
	for _, err := range []error{c.Truncate("a", 2), c.Mkdir("d"), c.Rename("a", "d/b"), c.Remove("d/b"), c.RemoveDirectory("d")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if now := u.staged[len(u.staged)-1]; now.Name != "a" || now.Size != 2 || now.SHA256 == before.SHA256 {
		t.Errorf("%+v, before %+v", now, before)
	}
	if want := []string{"a → d/b", "d/b removed", "d removed"}; !slices.Equal(u.changes, want) {
		t.Errorf("%q", u.changes)
	}
	// One that is written anew, and of which a part is refused, is gone.
	if err := put(c, "a", []byte("12345")); err != nil {
		t.Fatal(err)
	}
	f, err := c.OpenFile("a", os.O_WRONLY)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteAt([]byte("x"), library.MaxPackage+1)
	if f.Close() == nil {
		t.Error("half a file is staged")
	}
	if last := u.changes[len(u.changes)-1]; last != "a removed" {
		t.Errorf("%q", u.changes)
	}
	u.changes = u.changes[:3]
	// What did not happen is not told.
	if c.Remove("d/b") == nil || c.Rename("a", "b") == nil {
		t.Error("what is not there was changed")
	}
	if len(u.changes) != 3 {
		t.Errorf("%q", u.changes[3:])
	}
}

func TestStagedFileThatCannotBeRecorded(t *testing.T) {
	s, err := OpenStaging(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	near, far := net.Pipe()
	go s.ServeSFTP(t.Context(), far, Hooks{
		Fetched: func(File) error { return nil },
		Staged:  func(File) error { return errors.New("disk full") },
		Made:    func(string) error { return errors.New("disk full") },
		Moved:   func(string, string) error { return errors.New("disk full") },
		Removed: func(string) error { return errors.New("disk full") },
	})
	c, err := sftp.NewClientPipe(near, near)
	if err != nil {
		t.Fatal(err)
	}
	if err := put(c, "x", nil); err == nil {
		t.Error("the close succeeded")
	}
	if err := c.Rename("x", "y"); err == nil {
		t.Error("the renaming succeeded")
	}
	if err := c.Remove("y"); err == nil {
		t.Error("the removal succeeded")
	}
	c.Close()
	near.Close()
	if err := s.ServeSFTP(t.Context(), far, Hooks{}); err == nil {
		t.Error("served without a record")
	}
}

// What cannot be written into the journal does not happen: it is recorded before it is
// done.
func TestChangesAreRecordedBeforeTheyHappen(t *testing.T) {
	s, err := OpenStaging(filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Remove()
	near, far := net.Pipe()
	full := errors.New("disk full")
	serving := make(chan error, 1)
	go func() {
		serving <- s.ServeSFTP(t.Context(), far, Hooks{
			Fetched: func(File) error { return nil }, Staged: func(File) error { return nil },
			Made: func(name string) error {
				if name == "not" {
					return full
				}
				return nil
			},
			Moved: func(string, string) error { return full }, Removed: func(string) error { return full },
			Log: slog.New(slog.DiscardHandler),
		})
	}()
	c, err := sftp.NewClientPipe(near, near)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(put(c, "x", []byte("1")), put(c, "z", []byte("2")), c.Mkdir("d")); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]error{
		"rename": c.Rename("x", "y"), "rename over another": c.PosixRename("x", "z"), "remove": c.Remove("x"), "rmdir": c.RemoveDirectory("d"), "mkdir": c.Mkdir("not"),
	} {
		if change == nil {
			t.Errorf("%s succeeded", name)
		}
	}
	list, err := c.ReadDir(".")
	if err != nil || len(list) != 3 {
		t.Errorf("%v, %v", list, err)
	}
	for name, size := range map[string]int64{"x": 1, "z": 1} {
		if info, err := os.Stat(filepath.Join(s.dir, name)); err != nil || info.Size() != size {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.Close()
	near.Close()
	if err := <-serving; err != nil {
		t.Errorf("a client that has ended the session: %v", err)
	}
}

// F13: what cannot be opened, and what is closed again, takes none of a client's handles.
func TestF13_HandlesAreGivenBack(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	if err := errors.Join(c.Mkdir("dir"), put(c, "a", []byte("x")), put(c, "dir/b", nil)); err != nil {
		t.Fatal(err)
	}
	h := &handler{staging: u.staging}
	for i := range MaxHandles + 1 {
		l, err := h.Filelist(&sftp.Request{Method: "List", Filepath: "/dir"})
		if (err == nil) != (i < MaxHandles) {
			t.Errorf("list %d: %v", i+1, err)
		}
		if err == nil {
			defer l.(*list).Close()
		}
	}
	for range MaxHandles + 1 {
		for name, try := range map[string]func() error{
			"read what is not there": func() error { _, err := c.Open("none"); return err }, "read a folder": func() error { _, err := c.Open("dir"); return err },
			"write a folder": func() error { return put(c, "dir", nil) }, "write where no folder is": func() error { return put(c, "none/x", nil) },
			"list what is not there": func() error { _, err := c.ReadDir("none"); return err }, "list a file": func() error { _, err := c.ReadDir("a"); return err },
			"go on with what is not there": func() error { _, err := c.OpenFile("none", os.O_WRONLY); return err },
			"make what is there":           func() error { _, err := c.OpenFile("a", os.O_WRONLY|os.O_CREATE|os.O_EXCL); return err },
			"mode of what is not there":    func() error { return c.Chmod("none", 0o600) }, "length of a folder": func() error { return c.Truncate("dir", 0) },
			"where a link leads": func() error { _, err := c.ReadLink("a"); return err }, "list outside": func() error { _, err := c.ReadDir(`..\x`); return err },
		} {
			if try() == nil {
				t.Fatalf("%s: done", name)
			}
		}
		if list, err := c.ReadDir("dir"); err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		if data := get(t, c, "a"); string(data) != "x" {
			t.Fatalf("%q", data)
		}
		if err := put(c, "b", nil); err != nil {
			t.Fatal(err)
		}
	}
}

// What is written into a file that is there goes into it, and its length changes while
// it is written, too.
func TestWritingIntoAFileThatIsThere(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	if err := put(c, "a", []byte("0123456789")); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		length int64 // -1 is none
		want   string
	}{{-1, "01xx456789"}, {6, "01xx45"}, {8, "01xx45\x00\x00"}, {4, "01xx"}} {
		f, err := c.OpenFile("a", os.O_WRONLY)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("xx"), 2); err != nil {
			t.Error(err)
		}
		if step.length >= 0 {
			if err := c.Truncate("a", step.length); err != nil {
				t.Error(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if data := get(t, c, "a"); string(data) != step.want {
			t.Errorf("length %d: %q, want %q", step.length, data, step.want)
		}
		if _, size := u.staging.Usage(); size != int64(len(step.want)) {
			t.Errorf("%d bytes are counted, of %d", size, len(step.want))
		}
	}
	for length, want := range map[int64]string{2: "01", 0: "", 1: "0", 3: "01\x00"} { // and while nobody writes
		if err := errors.Join(put(c, "b", []byte("01")), c.Truncate("b", length)); err != nil {
			t.Error(err)
		}
		if data := get(t, c, "b"); string(data) != want {
			t.Errorf("%q, want %q", data, want)
		}
	}
	if err := errors.Join(c.Mkdir("p"), put(c, "p/a", make([]byte, library.MaxPackage-5)), put(c, "p/b", nil), c.Truncate("p/b", 5)); err != nil {
		t.Error(err)
	}
	for _, open := range []bool{false, true} {
		if open {
			f, err := c.OpenFile("p/b", os.O_WRONLY)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
		}
		if c.Truncate("p/b", 6) == nil {
			t.Errorf("a file grows beyond what its package may have, open %t", open)
		}
	}
}

// What was staged and cannot be recorded when it is written anew is gone, and that is
// told; what cannot be recorded is not given back.
func TestWhatCannotBeRecordedAnewIsGone(t *testing.T) {
	s := openStaging(t)
	full := errors.New("disk full")
	var fails error
	var removed []string
	near, far := net.Pipe()
	serving := make(chan error, 1)
	go func() {
		serving <- s.ServeSFTP(t.Context(), far, Hooks{
			Fetched: func(File) error { return fails }, Staged: func(File) error { return fails }, Made: func(string) error { return nil },
			Moved: func(string, string) error { return nil }, Removed: func(name string) error { removed = append(removed, name); return nil },
		})
	}()
	c, err := sftp.NewClientPipe(near, near)
	if err != nil {
		t.Fatal(err)
	}
	if err := put(c, "a", []byte("first")); err != nil {
		t.Fatal(err)
	}
	fails = full
	if _, err := c.Open("a"); err == nil || !strings.Contains(err.Error(), "could not be written into the customer's journal") || s.lent != 0 {
		t.Errorf("%v, %d bytes count as open", err, s.lent)
	}
	if put(c, "a", []byte("second")) == nil || put(c, "new", nil) == nil {
		t.Error("it is staged")
	}
	if _, err := os.Stat(filepath.Join(s.dir, "a")); !errors.Is(err, os.ErrNotExist) || !slices.Equal(removed, []string{"a"}) {
		t.Errorf("it is left, %v; told %q", err, removed)
	}
	c.Close()
	near.Close()
	<-serving
}

// C8: ssh-copy-id -s, which makes a folder and a file for keys, is told whose computer
// this is.
func TestK5C8_NoKeysAreInstalled(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	for i, try := range []func() error{
		func() error { return c.Mkdir(".ssh") }, func() error { return c.Mkdir(".SSH") }, func() error { return c.Chmod(".ssh", 0o700) },
		func() error { return put(c, ".ssh/authorized_keys", []byte("ssh-ed25519 AAAA")) },
	} {
		if err := try(); err == nil || len(u.refused) != i+1 || !strings.Contains(u.told(), "keys cannot be installed here") {
			t.Errorf("%d: %v, told %q", i, err, u.refused)
		}
	}
	if n, _ := u.staging.Usage(); n > 0 {
		t.Errorf("%d entries", n)
	}
}

// F16: what is open for reading lies in memory, as much at once as may be staged.
func TestF16_WhatIsOpenForReadingIsLimited(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	if err := put(c, "full", make([]byte, library.MaxPackage)); err != nil {
		t.Fatal(err)
	}
	const most = library.MaxStaged / library.MaxPackage
	clients := []*sftp.Client{c, u.client(), u.client()} // each may have a few open
	var all []*sftp.File
	for i := range most + 1 {
		f, err := clients[i%len(clients)].Open("full")
		if (err == nil) != (i < most) || err != nil && !strings.Contains(err.Error(), "too many files are open") {
			t.Fatalf("file %d: %v", i+1, err)
		}
		if err == nil {
			all = append(all, f)
		}
	}
	if err := all[0].Close(); err != nil {
		t.Fatal(err)
	}
	f, err := c.Open("full")
	if err != nil {
		t.Fatalf("one was closed: %v", err)
	}
	for _, f := range append(all[1:], f) {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if u.staging.lent != 0 {
		t.Errorf("%d bytes count as open", u.staging.lent)
	}
}

// A folder that something else on the computer has made is not the CSR's.
func TestK1P25_AFolderThatIsThereIsNotMade(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	if err := os.Mkdir(filepath.Join(u.dir, "theirs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.Mkdir("theirs"); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("%v", err)
	}
	if err := errors.Join(c.Mkdir("mine"), c.Mkdir("mine")); err == nil {
		t.Error("a folder was made twice")
	}
	if n, _ := u.staging.Usage(); n != 1 {
		t.Errorf("%d entries", n)
	}
}

// P25: what leaves the computer is told before it does, with its hash, and only then.
func TestK1P25_WhatIsTakenBackIsTold(t *testing.T) {
	u := newUpload(t, t.TempDir())
	c := u.client()
	w, err := c.Create("a.txt")
	if err == nil {
		_, err = w.Write([]byte("abc"))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	if get(t, c, "a.txt"); len(u.fetched) != 1 {
		t.Errorf("%+v", u.fetched)
	}
	get(t, c, "a.txt")                                                             // the same bytes are told once
	const sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of abc, FIPS 180-2
	if len(u.fetched) != 1 || u.fetched[0].Name != "a.txt" || u.fetched[0].Size != 3 || u.fetched[0].SHA256 != sum {
		t.Errorf("%+v", u.fetched)
	}
	if err := put(c, "a.txt", []byte("abcd")); err != nil {
		t.Fatal(err)
	}
	if get(t, c, "a.txt"); len(u.fetched) != 2 || u.fetched[1].Size != 4 {
		t.Errorf("other bytes: %+v", u.fetched)
	}
}
