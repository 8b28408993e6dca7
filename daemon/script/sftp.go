package script

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pkg/sftp"

	"supportd/library"
)

// Hooks are what [Staging.ServeSFTP] tells its caller. They may be called from
// several goroutines.
type Hooks struct {
	// Staged is called when a file that was written is closed; its Name is the path
	// in the staging area. An error is what the client hears then. Required.
	Staged func(File) error
	// Moved is called when something has got another name, Removed when it is gone.
	// Both are paths in the staging area, and an error is as for Staged. Required.
	Moved   func(from, to string) error
	Removed func(name string) error
	// Refused gets the text of every refusal, for clients that show status codes
	// only, such as OpenSSH's. Optional.
	Refused func(text string)
}

// ServeSFTP serves one SFTP session (draft-ietf-secsh-filexfer-02, version 3)
// over the staging area, until the client is done or ctx ends; rwc is closed
// then. It returns nil when the client ended the session.
func (s *Staging) ServeSFTP(ctx context.Context, rwc io.ReadWriteCloser, hooks Hooks) error {
	if hooks.Staged == nil || hooks.Moved == nil || hooks.Removed == nil {
		return errors.New("script: Staged, Moved and Removed are required")
	}
	h := &handler{staging: s, hooks: hooks}
	server := sftp.NewRequestServer(rwc, sftp.Handlers{FileGet: h, FilePut: h, FileCmd: h, FileList: h})
	defer context.AfterFunc(ctx, func() { rwc.Close() })()
	err := server.Serve()
	_ = server.Close()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// handler is one SFTP session.
type handler struct {
	staging *Staging
	hooks   Hooks
	open    atomic.Int32
}

// told passes a refusal on to the hook as well.
func (h *handler) told(err error) error {
	var r *refusal
	if errors.As(err, &r) && h.hooks.Refused != nil {
		h.hooks.Refused(r.text)
	}
	return err
}

// take takes a handle.
func (h *handler) take(name string) error {
	if h.open.Add(1) > MaxHandles {
		h.open.Add(-1)
		return &refusal{text: name + ": too many files are open at once", code: sftp.ErrSSHFxFailure}
	}
	return nil
}

func (h *handler) give() error { h.open.Add(-1); return nil }

// Fileread opens a file of one's own for reading.
func (h *handler) Fileread(r *sftp.Request) (io.ReaderAt, error) {
	rel, err := cleanPath(r.Filepath)
	if err == nil {
		err = h.take(rel)
	}
	if err != nil {
		return nil, h.told(err)
	}
	f, err := h.staging.root.OpenFile(filepath.FromSlash(rel), os.O_RDONLY|openNonblock, 0)
	if err == nil {
		if info, statErr := f.Stat(); statErr != nil || !info.Mode().IsRegular() {
			f.Close()
			h.give()
			return nil, h.told(refuse(rel, "it is no plain file"))
		}
		return &reading{File: f, handler: h}, nil
	}
	h.give()
	return nil, h.told(outcome(rel, err))
}

type reading struct {
	*os.File
	handler *handler
}

func (r *reading) Close() error { return errors.Join(r.handler.give(), r.File.Close()) }

// Filewrite opens a file for writing.
func (h *handler) Filewrite(r *sftp.Request) (io.WriterAt, error) {
	rel, err := cleanPath(r.Filepath)
	if err == nil && rel == "." {
		err = refuse("/", "it is a folder")
	}
	if err == nil {
		err = h.take(rel)
	}
	if err != nil {
		return nil, h.told(err)
	}
	flags := os.O_RDWR | os.O_CREATE | openNonblock
	if p := r.Pflags(); p.Excl {
		flags |= os.O_EXCL
	} else if p.Trunc {
		flags |= os.O_TRUNC
	}
	_, missing := h.staging.root.Lstat(filepath.FromSlash(rel))
	f, err := h.staging.create(rel, flags)
	if err != nil {
		h.give()
		return nil, h.told(err)
	}
	return &writing{file: f, rel: rel, handler: h, replaces: missing == nil}, nil
}

// writing is a file that is open for writing. SFTP clients send several writes
// at once, in any order.
type writing struct {
	file     *os.File
	rel      string
	handler  *handler
	replaces bool // one that was staged before
	failed   atomic.Bool
}

func (w *writing) WriteAt(p []byte, off int64) (int, error) {
	s := w.handler.staging
	if off < 0 || off > library.MaxPackage {
		w.failed.Store(true)
		return 0, w.handler.told(refuse(w.rel, "no file here is that long"))
	}
	if err := s.grow(w.rel, off+int64(len(p))); err != nil {
		w.failed.Store(true)
		return 0, w.handler.told(err)
	}
	n, err := w.file.WriteAt(p, off)
	if err != nil {
		w.failed.Store(true)
		return n, w.handler.told(outcome(w.rel, err))
	}
	return n, nil
}

// TransferError says that the client went away in the middle.
func (w *writing) TransferError(error) { w.failed.Store(true) }

// Close ends the writing. A file of which a part was refused is removed: half a
// script is worse than none.
func (w *writing) Close() error {
	s := w.handler.staging
	defer w.handler.give()
	info, err := w.file.Stat()
	if closeErr := w.file.Close(); err == nil {
		err = closeErr
	}
	s.written(w.rel)
	if err != nil || w.failed.Load() {
		if s.remove(w.rel, false) == nil && w.replaces {
			_ = w.handler.hooks.Removed(w.rel) // the client hears of a failure already
		}
		return w.handler.told(refuse(w.rel, "it did not arrive whole and was removed"))
	}
	s.shrink(w.rel, info.Size())
	return w.handler.told(w.handler.staged(w.rel))
}

// staged tells what a file holds now.
func (h *handler) staged(rel string) error {
	file, _, err := h.staging.describe(rel)
	if err != nil {
		return err
	}
	file.Name = rel
	return h.hooks.Staged(file)
}

// Filecmd does everything that opens no file.
func (h *handler) Filecmd(r *sftp.Request) error { return h.told(h.command(r)) }

func (h *handler) command(r *sftp.Request) error {
	rel, err := cleanPath(r.Filepath)
	if err != nil {
		return err
	}
	switch r.Method {
	case "Setstat":
		return h.setstat(rel, r)
	case "Mkdir":
		return h.staging.mkdir(rel)
	case "Remove", "Rmdir":
		if err := h.staging.remove(rel, r.Method == "Rmdir"); err != nil {
			return err
		}
		return h.hooks.Removed(rel)
	case "Rename", "PosixRename":
		to, err := cleanPath(r.Target)
		if err != nil {
			return err
		}
		if err := h.staging.rename(rel, to); err != nil {
			return err
		}
		return h.hooks.Moved(rel, to)
	case "Link", "Symlink":
		return refuse(strings.TrimPrefix(r.Target, "/"), "links are not allowed here")
	}
	return &refusal{text: rel + ": this is not offered here", code: sftp.ErrSSHFxOpUnsupported}
}

// PosixRename is posix-rename@openssh.com, what OpenSSH's rename sends.
func (h *handler) PosixRename(r *sftp.Request) error { return h.Filecmd(r) }

// setstat takes what uploading clients send along, times and modes, and keeps
// neither: files are the daemon's own, and run by their place in a plan.
func (h *handler) setstat(rel string, r *sftp.Request) error {
	if _, err := h.staging.root.Lstat(filepath.FromSlash(rel)); err != nil {
		return outcome(rel, err)
	}
	flags := r.AttrFlags()
	if flags.UidGid {
		return refuse(rel, "files here belong to the customer's user")
	}
	if !flags.Size {
		return nil
	}
	return h.truncate(rel, r.Attributes().Size)
}

func (h *handler) truncate(rel string, size uint64) error {
	if size > library.MaxPackage {
		return refuse(rel, "no file here is that long")
	}
	if err := h.staging.grow(rel, int64(size)); err != nil {
		return err
	}
	f, err := h.staging.root.OpenFile(filepath.FromSlash(rel), os.O_WRONLY|openNonblock, 0)
	if err != nil {
		return outcome(rel, err)
	}
	defer f.Close()
	if err := f.Truncate(int64(size)); err != nil {
		return outcome(rel, err)
	}
	h.staging.shrink(rel, int64(size))
	return h.staged(rel)
}

// Filelist lists a folder or describes one entry.
func (h *handler) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	rel, err := cleanPath(r.Filepath)
	if err != nil && r.Method != "List" {
		return nil, err // clients ask whether a file is there before they write it
	}
	if err != nil {
		return nil, h.told(err)
	}
	name := filepath.FromSlash(rel)
	switch r.Method {
	case "Stat", "Lstat":
		info, err := h.staging.root.Lstat(name)
		if err != nil {
			return nil, outcome(rel, err)
		}
		return list{entries: []os.FileInfo{plain{info, path.Base(rel)}}}, nil
	case "List":
		if err := h.take(rel); err != nil {
			return nil, h.told(err)
		}
		infos, err := h.read(name)
		if err != nil {
			h.give()
			return nil, h.told(outcome(rel, err))
		}
		return list{entries: infos, handler: h}, nil
	}
	return nil, h.told(refuse(rel, "links are not allowed here"))
}

// Lstat is the same as Stat: there are no links.
func (h *handler) Lstat(r *sftp.Request) (sftp.ListerAt, error) { return h.Filelist(r) }

func (h *handler) read(name string) ([]os.FileInfo, error) {
	f, err := h.staging.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	infos, err := f.Readdir(-1)
	for i, info := range infos {
		infos[i] = plain{info, info.Name()}
	}
	return infos, err
}

type list struct {
	entries []os.FileInfo
	handler *handler // nil where no handle is held
}

func (l list) ListAt(into []os.FileInfo, offset int64) (int, error) {
	if offset >= int64(len(l.entries)) {
		return 0, io.EOF
	}
	n := copy(into, l.entries[offset:])
	if n < len(into) {
		return n, io.EOF
	}
	return n, nil
}

func (l list) Close() error {
	if l.handler != nil {
		return l.handler.give()
	}
	return nil
}

// plain shows an entry without what the customer's computer knows of its owner.
type plain struct {
	info os.FileInfo
	name string
}

func (p plain) Name() string       { return p.name }
func (p plain) Size() int64        { return p.info.Size() }
func (p plain) Mode() fs.FileMode  { return p.info.Mode() }
func (p plain) ModTime() time.Time { return p.info.ModTime() }
func (p plain) IsDir() bool        { return p.info.IsDir() }
func (p plain) Sys() any           { return nil }
