package script

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/pkg/sftp"

	"supportd/library"
)

// newHandler is an SFTP session without a client, and what it has told.
func newHandler(t *testing.T, s *Staging) (h *handler, refused *[]string, log *bytes.Buffer) {
	t.Helper()
	refused, log = new([]string), new(bytes.Buffer)
	none := func(string) error { return nil }
	ctx, end := context.WithCancelCause(t.Context())
	return &handler{staging: s, ctx: ctx, end: end, failed: map[string]*failure{}, hooks: Hooks{
		Staged: func(File) error { return nil }, Fetched: func(File) error { return nil }, Made: none, Removed: none, Moved: func(_, _ string) error { return nil },
		Refused: func(text string) { *refused = append(*refused, text) }, Log: slog.New(slog.NewTextHandler(log, nil)),
	}}, refused, log
}

// exploding is a channel that panics.
type exploding struct{ io.ReadWriteCloser }

func (exploding) Close() error { panic("the channel") }

// P8: each method that the library calls from a goroutine of its own recovers, says so to
// the operator, and ends the session.
func TestK1P8_EachMethodRecovers(t *testing.T) {
	h, _, log := newHandler(t, nil) // without an area everything panics
	request := func(method string) *sftp.Request { return &sftp.Request{Method: method, Filepath: "/a"} }
	for name, call := range map[string]func() error{
		"Filelist": func() error { _, err := h.Filelist(request("Stat")); return err }, "Lstat": func() error { _, err := h.Lstat(request("Lstat")); return err },
		"Fileread": func() error { _, err := h.Fileread(request("Get")); return err }, "OpenFile": func() error { _, err := h.OpenFile(request("Open")); return err },
		"Filewrite": func() error { _, err := h.Filewrite(request("Put")); return err }, "Filecmd": func() error { return h.Filecmd(request("Mkdir")) }, "PosixRename": func() error { return h.PosixRename(request("PosixRename")) },
		"reading": func() error { _, err := (&reading{handler: h}).ReadAt(nil, 0); return err }, "the end of reading": func() error { return (&reading{handler: h}).Close() },
		"writing": func() error { _, err := (&writing{handler: h}).WriteAt(nil, 0); return err }, "reading what is written": func() error { _, err := (&writing{handler: h}).ReadAt(nil, 0); return err },
		"the end of writing": func() error { return (&writing{handler: h}).Close() }, "the end of the channel": func() error { return guardedStream{exploding{}, h}.Close() },
	} {
		broken := 0
		h.hooks.Broken = func() { broken++ }
		log.Reset()
		if err := call(); !errors.Is(err, errPanicked) || broken != 1 || !strings.Contains(log.String(), "panicked") {
			t.Errorf("%s: %v, told %d times, log %q", name, err, broken, log)
		}
	}
	if !errors.Is(context.Cause(h.ctx), errPanicked) {
		t.Error("the session goes on")
	}
}

// What is refused is refused for its own reason and told once; a client that only looks
// whether something is there is answered in silence.
func TestWhyThingsAreRefused(t *testing.T) {
	s := openStaging(t)
	h, refused, _ := newHandler(t, s)
	for _, dir := range []string{"dir", "Case"} {
		if err := s.mkdirLocked(dir, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.putLocked(staged(s, "file", 0), []byte("x")); err != nil {
		t.Fatal(err)
	}
	list := func(method, name string) error {
		_, err := h.Filelist(&sftp.Request{Method: method, Filepath: name})
		return err
	}
	open := func(name string) error {
		_, err := h.Fileread(&sftp.Request{Method: "Get", Filepath: name})
		return err
	}
	create := func(name string) error {
		_, err := h.OpenFile(&sftp.Request{Method: "Open", Filepath: name, Flags: 0x2 | 0x8}) // WRITE and CREAT
		return err
	}
	do := func(method, name, target string) error {
		return h.Filecmd(&sftp.Request{Method: method, Filepath: name, Target: target})
	}
	size := func(name string, size ...byte) error {
		return h.Filecmd(&sftp.Request{Method: "Setstat", Filepath: name, Flags: 1, Attrs: append(make([]byte, 8-len(size)), size...)})
	}
	for _, c := range []struct {
		what string
		err  error
		want string
		told bool
	}{
		{"a look at a bad name", list("Stat", `a\b`), "any of", false}, {"a look at nothing", list("Lstat", "none"), "no such file", false}, {"listing a bad name", list("List", "con"), "device", true},
		{"listing nothing", list("List", "none"), "no such file", true}, {"listing a file", list("List", "file"), "no folder", true}, {"where a link leads", list("Readlink", "file"), "links are not allowed", true},
		{"reading a bad name", open(`a\b`), "any of", true}, {"reading nothing", open("none"), "no such file", true}, {"reading a folder", open("dir"), "it is a folder", true},
		{"writing a bad name", create(`a\b`), "any of", true}, {"writing the area", create("/"), "it is a folder", true}, {"writing a folder", create("dir"), "it is a folder", true}, {"writing keys", create(".ssh/x"), "keys cannot be installed", true},
		{"a folder in none", do("Mkdir", "none/x", ""), "no such folder", true}, {"a folder like another", do("Mkdir", "CASE", ""), "case or spelling only", true}, {"the folder again", do("Mkdir", "dir", ""), "there already", true},
		{"another name that is bad", do("Rename", "file", "con"), "device", true}, {"another name above", do("PosixRename", "file", "../x"), "upwards", true}, {"a method of nobody's", do("Frobnicate", "file", ""), "not offered here", true},
		{"a link", do("Symlink", "file", "x"), "links are not allowed", true}, {"a folder's length", size("dir", 0), "it is a folder", true}, {"a length of nothing", size("none", 0), "no such file", true},
		{"too long", size("file", 0x10, 0, 1), "1048576 bytes together", true}, {"far too long", size("file", 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), "1048576 bytes together", true},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.what, c.err, c.want)
		}
		if c.told {
			if len(*refused) == 0 || !strings.Contains((*refused)[0], c.want) {
				t.Errorf("%s: told %q", c.what, *refused)
				continue
			}
			*refused = (*refused)[1:]
		}
	}
	if len(*refused) > 0 || h.open.Load() != 0 || len(s.writing) > 0 || len(s.entries) != 3 {
		t.Errorf("also told %q; %d handles are taken, %d files written, %d entries", *refused, h.open.Load(), len(s.writing), len(s.entries))
	}
	if err := do("Frobnicate", "file", ""); !errors.Is(err, sftp.ErrSSHFxOpUnsupported) {
		t.Errorf("%v", err)
	}
}

// F13: as many handles as are allowed for whatever is opened; what is refused takes none,
// and each that is given back makes room for one.
func TestF13_HandlesToTheLast(t *testing.T) {
	s := openStaging(t)
	h, _, _ := newHandler(t, s)
	if _, err := s.putLocked(staged(s, "file", 0), []byte("x")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for i := int(h.open.Load()); i < MaxHandles; i++ {
			if err := h.take("x"); err != nil {
				t.Fatal(i, err)
			}
		}
		for name, try := range map[string]func() error{
			"a handle": func() error { return h.take("x") }, "reading": func() error { _, err := h.Fileread(&sftp.Request{Method: "Get", Filepath: "file"}); return err },
			"writing": func() error {
				_, err := h.OpenFile(&sftp.Request{Method: "Open", Filepath: "new", Flags: 0x2 | 0x8})
				return err
			}, "listing": func() error { _, err := h.Filelist(&sftp.Request{Method: "List", Filepath: "/"}); return err },
		} {
			if err := try(); err == nil || !strings.Contains(err.Error(), "too many files are open") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if h.open.Load() != MaxHandles || len(s.entries) != 1 {
			t.Errorf("%d handles are taken, %d entries", h.open.Load(), len(s.entries))
		}
		h.give()
	}
	if _, err := h.OpenFile(&sftp.Request{Method: "Open", Filepath: "new", Flags: 0x2 | 0x8}); err != nil {
		t.Errorf("one was given back: %v", err)
	}
	h.end(io.ErrClosedPipe)
	if _, err := h.OpenFile(&sftp.Request{Method: "Open", Filepath: "late", Flags: 0x2 | 0x8}); err == nil || len(s.entries) != 2 {
		t.Errorf("opened behind the end: %v", err)
	}
}

// C3: why a file did not arrive is what its times and modes are answered with, until its
// name is used for something else; nothing else is.
func TestK5C3_AReasonIsForgottenWithTheName(t *testing.T) {
	s := openStaging(t)
	h, refused, _ := newHandler(t, s)
	reason := beyond("x", "too big")
	stat := func(name string) error { return h.Filecmd(&sftp.Request{Method: "Setstat", Filepath: name}) }
	for name, use := range map[string]func() error{
		"a folder": func() error { return h.Filecmd(&sftp.Request{Method: "Mkdir", Filepath: "x"}) },
		"a rename": func() error {
			return errors.Join(h.Filecmd(&sftp.Request{Method: "Mkdir", Filepath: "y"}), h.Filecmd(&sftp.Request{Method: "Rename", Filepath: "y", Target: "x"}))
		},
		"a file": func() error {
			w, err := h.OpenFile(&sftp.Request{Method: "Open", Filepath: "x", Flags: 0x2 | 0x8})
			if err != nil {
				return err
			}
			return w.(*writing).Close()
		},
	} {
		s.entries = map[string]*entry{}
		_ = os.RemoveAll(filepath.Join(s.dir, "x"))
		*refused = nil
		if err := h.fail("x", reason); !errors.Is(err, reason) || len(*refused) != 1 {
			t.Errorf("%v, told %q", err, *refused)
		}
		if err := stat("x"); !errors.Is(err, reason) || len(*refused) != 1 {
			t.Errorf("its times: %v, told %q", err, *refused)
		}
		if err := h.Filecmd(&sftp.Request{Method: "Remove", Filepath: "x"}); err == nil || errors.Is(err, reason) || len(*refused) != 2 {
			t.Errorf("removed: %v, told %q", err, *refused)
		}
		if err := errors.Join(use(), stat("x")); err != nil {
			t.Errorf("%s of that name: %v", name, err)
		}
	}
}

// A file that has failed takes nothing more, whatever fitted; one whose client is gone is
// not told of.
func TestAFileThatHasFailed(t *testing.T) {
	s := openStaging(t)
	h, refused, log := newHandler(t, s)
	begin := func() *writing {
		t.Helper()
		w, err := h.OpenFile(&sftp.Request{Method: "Open", Filepath: "x", Flags: 0x2 | 0x8})
		if err != nil {
			t.Fatal(err)
		}
		return w.(*writing)
	}
	w := begin()
	_, err := w.WriteAt([]byte("x"), library.MaxPackage)
	if err == nil || !strings.Contains(err.Error(), "removed") {
		t.Errorf("a byte too much: %v", err)
	}
	if n, err := w.WriteAt([]byte("x"), 0); n != 0 || err == nil {
		t.Errorf("a byte that fits, behind that: %d, %v", n, err)
	}
	if err := w.Close(); err == nil || len(*refused) != 1 {
		t.Errorf("%v, told %q", err, *refused)
	}
	for off, fits := range map[int64]bool{-1: false, 0: true, library.MaxPackage: true, library.MaxPackage + 1: false, math.MaxInt64: false} { // nothing, at that place
		w = begin()
		if err := w.add(nil, off); (err == nil) != fits {
			t.Errorf("at %d: %v", off, err)
		}
		w.failed = errLost
		_ = w.Close()
	}
	w = begin()
	if err := w.add([]byte("x"), math.MaxInt64); err == nil { // where the end is no number any more
		t.Error("a byte at the end of all numbers is taken")
	}
	w.failed = errLost
	_ = w.Close()
	w = begin()
	w.TransferError(io.EOF)
	if err := w.Close(); !errors.Is(err, errLost) || len(*refused) != 1 || len(s.entries) != 0 || h.open.Load() != 0 {
		t.Errorf("a client that is gone: %v, told %q", err, *refused)
	}
	if err := unkept(io.ErrNoProgress); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("%v", err)
	}
	// What cannot be recorded is an error for the client, and a line for the operator.
	if err := begin().Close(); err != nil {
		t.Fatal(err)
	}
	h.hooks.Staged = func(File) error { return io.ErrShortWrite }
	err = h.Filecmd(&sftp.Request{Method: "Setstat", Filepath: "x", Flags: 1, Attrs: []byte{0, 0, 0, 0, 0, 0, 0, 5}})
	if err == nil || !strings.Contains(err.Error(), "journal") || !strings.Contains(log.String(), io.ErrShortWrite.Error()) || s.findLocked("x") != nil {
		t.Errorf("%v, log %q", err, log)
	}
}

// What is planned is what was sent, and why something is not is said.
func TestC7_WhyAScriptIsNotPlanned(t *testing.T) {
	s := openStaging(t)
	put := func(name, data string) *entry {
		t.Helper()
		if err := s.root.MkdirAll(parentOf(name), 0o700); err != nil {
			t.Fatal(err)
		}
		e := staged(s, name, 0)
		if _, err := s.putLocked(e, []byte(data)); err != nil {
			t.Fatal(err)
		}
		return e
	}
	const script = "#!/bin/sh\n"
	for _, name := range []string{"good/run.sh", "good/b/x", "good/b.x", "good/c", "odd/run.sh", "busy.sh", "changed.sh", "fifo.sh", "gone.sh", "bad/run.sh", "half/run.sh"} {
		put(name, script)
	}
	put("bad/lib.sh", "f() {\r\n}\r\n")
	put("half/lib.sh", script).sum = ""
	s.entries[fold("busy.sh")].sum = ""
	err := errors.Join(os.WriteFile(filepath.Join(s.dir, "odd/foreign"), []byte("x"), 0o600), os.WriteFile(filepath.Join(s.dir, "foreign.sh"), []byte(script), 0o600),
		os.WriteFile(filepath.Join(s.dir, "changed.sh"), []byte(script+"x"), 0o600), os.Remove(filepath.Join(s.dir, "gone.sh")), os.Remove(filepath.Join(s.dir, "fifo.sh")), syscall.Mkfifo(filepath.Join(s.dir, "fifo.sh"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"../a.sh": "upwards", "none.sh": "not there to be run", "good": "name the script in it", ".": "name the script in it", "foreign.sh": "it was not sent", "busy.sh": "it is being written",
		"changed.sh": "has changed it since", "fifo.sh": "no plain file", "gone.sh": "not there to be run", "odd/run.sh": "odd/foreign: it was not sent", "bad/run.sh": "bad/lib.sh: it has Windows line ends", "half/run.sh": "half/lib.sh: it is being written",
	} {
		if p, err := s.Plan([]string{name}); p != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	p, err := s.Plan([]string{"good/run.sh"})
	if err != nil {
		t.Fatal(err)
	}
	var with []string
	for _, f := range p.Steps[0].With {
		with = append(with, f.Name)
	}
	if !slices.Equal(with, []string{"b.x", "b/x", "c"}) {
		t.Errorf("with %q", with)
	}
	if names, err := s.files("none"); names != nil || err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("%q, %v", names, err)
	}
	if with, err := s.companions("none", "x"); with != nil || err == nil {
		t.Errorf("files of no package: %v, %v", with, err)
	}
	if err := p.unchanged(0); err != nil {
		t.Error(err)
	}
	into := t.TempDir()
	if _, err := p.extract(0, into); err != nil {
		t.Error(err)
	}
	if err := s.root.RemoveAll("good"); err != nil {
		t.Fatal(err)
	}
	if err := p.unchanged(0); !errors.Is(err, ErrChanged) {
		t.Errorf("a package that is gone: %v", err)
	}
	for dir, most := range map[string]int{into: 0, s.dir: 0} {
		if n := openBelow(t, dir); n > most {
			t.Errorf("%d files of %s are open", n, dir)
		}
	}
}

// openBelow is how many files this process has open below a directory.
func openBelow(t *testing.T, dir string) (n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		at, err := os.Readlink("/proc/self/fd/" + fd.Name())
		if err == nil && (strings.HasPrefix(at, dir+"/") || at == dir && filepath.Base(dir) != "staged") {
			n++
		}
	}
	return n
}
