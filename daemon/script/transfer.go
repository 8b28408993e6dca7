package script

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/pkg/sftp"

	"supportd/library"
)

// Fileread opens a file of one's own for reading.
func (h *handler) Fileread(r *sftp.Request) (file io.ReaderAt, err error) {
	defer h.recovered(&err)
	rel, err := cleanPath(r.Filepath)
	if err == nil {
		err = h.take(rel)
	}
	if err != nil {
		return nil, h.tellRefusal(err)
	}
	lent, unrecorded, err := h.lend(rel)
	if err != nil {
		h.give()
		return nil, h.tellRefusal(err)
	}
	if unrecorded == nil {
		return lent, nil
	}
	if err := h.unrecorded(rel, h.hooks.Fetched(*unrecorded)); err != nil {
		return nil, errors.Join(h.tellRefusal(err), lent.Close())
	}
	return lent, nil
}

// lend reads a staged file for a client. It reads all bytes at once, so that nothing goes
// along that is written into the file meanwhile. The second result is the file, the first
// time that these bytes are taken, and nil later: to record every time would fill the
// customer's journal.
func (h *handler) lend(rel string) (*reading, *File, error) {
	s := h.staging
	defer s.lock()()
	e := s.findLocked(rel)
	if e == nil {
		return nil, nil, noSuch(rel)
	}
	if e.dir {
		return nil, nil, refuse(rel, "it is a folder")
	}
	data, err := s.stagedLocked(e)
	if err != nil {
		return nil, nil, err
	}
	if s.lent+int64(len(data)) > library.MaxStaged {
		return nil, nil, beyond(rel, "too many files are open at once")
	}
	s.lent += int64(len(data))
	lent := &reading{data: bytes.NewReader(data), handler: h}
	what := fileOf(rel, data)
	if e.fetched == what.SHA256 {
		return lent, nil, nil
	}
	e.fetched, what.Name = what.SHA256, rel
	return lent, &what, nil
}

// reading is a file that is open for reading.
type reading struct {
	data    *bytes.Reader
	handler *handler
}

func (r *reading) ReadAt(p []byte, off int64) (n int, err error) {
	defer r.handler.recovered(&err)
	return r.data.ReadAt(p, off)
}

func (r *reading) Close() (err error) {
	defer r.handler.recovered(&err)
	r.handler.give()
	s := r.handler.staging
	defer s.lock()()
	s.lent -= r.data.Size()
	return nil
}

// Filewrite opens a file for writing.
func (h *handler) Filewrite(r *sftp.Request) (io.WriterAt, error) { return h.OpenFile(r) }

// OpenFile opens a file for writing, and for reading what it will hold.
func (h *handler) OpenFile(r *sftp.Request) (file sftp.WriterAtReaderAt, err error) {
	defer h.recovered(&err)
	rel, err := cleanPath(r.Filepath)
	if err == nil && keysFolder(rel) {
		err = errKeys(rel)
	}
	if err == nil {
		err = h.staging.pace.wait(h.ctx)
	}
	if err == nil {
		err = h.take(rel)
	}
	if err != nil {
		return nil, h.tellRefusal(err)
	}
	h.forgetFailure(rel)
	if file, err = h.begin(rel, r); err != nil {
		h.give()
		return nil, h.tellRefusal(err)
	}
	return file, nil
}

// begin takes a file for one writer.
func (h *handler) begin(rel string, r *sftp.Request) (sftp.WriterAtReaderAt, error) {
	s, flags := h.staging, r.Pflags()
	defer s.lock()()
	if err := s.claimLocked(rel); err != nil {
		return nil, err
	}
	e := s.findLocked(rel)
	w := &writing{entry: e, handler: h}
	switch {
	case s.writing[fold(rel)] != nil:
		return nil, refuse(rel, "it is being written already")
	case e == nil && !flags.Creat:
		return nil, noSuch(rel)
	case e == nil:
		w.entry = &entry{rel: rel, mode: 0o600}
		s.entries[fold(rel)] = w.entry
	case e.dir:
		return nil, refuse(rel, "it is a folder")
	case flags.Creat && flags.Excl:
		return nil, refuse(rel, "it is there already")
	case flags.Trunc:
		e.size = 0
	default:
		var err error
		if w.data, err = s.stagedLocked(e); err != nil {
			return nil, err
		}
	}
	w.entry.changed = time.Now()
	s.writing[fold(rel)] = w
	return w, nil
}

// writing is a file that is open for writing. SFTP clients send several writes
// at once, in any order. What comes is kept until the file is closed: what was
// staged is then what the client has sent, whatever else writes to the disk.
type writing struct {
	entry   *entry
	handler *handler
	data    []byte // guarded by the staging area's lock
	failed  error  // likewise: the first reason why the file cannot be kept
}

// errLost is why a file is not kept whose client went away in the middle.
var errLost = errors.New("the connection was lost")

func (w *writing) WriteAt(p []byte, off int64) (n int, err error) {
	defer w.handler.recovered(&err)
	if err := w.add(p, off); err != nil {
		return 0, w.handler.fail(w.entry.rel, err)
	}
	return len(p), nil
}

func (w *writing) ReadAt(p []byte, off int64) (n int, err error) {
	defer w.handler.recovered(&err)
	defer w.handler.staging.lock()()
	return bytes.NewReader(w.data).ReadAt(p, off)
}

func (w *writing) add(p []byte, off int64) (err error) {
	defer w.handler.staging.lock()()
	end := off + int64(len(p))
	switch {
	case w.failed != nil:
		return w.failed
	case off < 0 || off > library.MaxPackage:
		err = tooLong(w.entry.rel)
	default:
		err = w.handler.staging.growLocked(w.entry, max(end, int64(len(w.data))))
	}
	if err != nil {
		w.failed = unkept(err)
		return w.failed
	}
	if grown := int(end) - len(w.data); grown > 0 {
		w.data = append(w.data, make([]byte, grown)...)
	}
	copy(w.data[off:], p)
	w.entry.changed = time.Now()
	return nil
}

// unkept adds to a reason that the file is removed: half a script is worse than none.
func unkept(err error) error {
	var r *refusal
	if !errors.As(err, &r) {
		return err
	}
	return &refusal{text: r.text + ". It did not arrive whole and is removed", code: r.code}
}

func (w *writing) resizeLocked(size int64) error {
	if err := w.handler.staging.growLocked(w.entry, size); err != nil {
		return err
	}
	w.data = append(w.data[:min(int64(len(w.data)), size)], make([]byte, max(0, size-int64(len(w.data))))...)
	w.entry.size = size
	return nil
}

// TransferError says that the client went away in the middle.
func (w *writing) TransferError(error) {
	defer w.handler.staging.lock()()
	if w.failed == nil {
		w.failed = errLost
	}
}

// Close ends the writing.
func (w *writing) Close() (err error) {
	defer w.handler.recovered(&err)
	defer w.handler.give()
	if err := w.finish(); errors.Is(err, errLost) {
		return err
	} else if err != nil {
		return w.handler.fail(w.entry.rel, err)
	}
	return nil
}

func (w *writing) finish() error {
	h, s, e := w.handler, w.handler.staging, w.entry
	defer s.lock()()
	delete(s.writing, fold(e.rel))
	if w.failed == nil {
		changed := e.changed
		err := h.storeLocked(e, w.data)
		e.changed = changed
		if err != nil {
			return unkept(err)
		}
		return nil
	}
	s.dropLocked(e)
	if e.sum != "" {
		_ = h.hooks.Removed(e.rel) // the client hears of a failure already
	}
	return w.failed
}
