package script

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/pkg/sftp"

	"supportd/library"
	"supportd/library/disk"
	"supportd/library/filename"
)

// Staging is the private directory that one CSR fills in one support session.
// Nothing outside it can be reached through it: every access goes through an
// [os.Root]. What SFTP shows and gives back is what was staged, byte for byte, and
// nothing that a script has put there or changed. It is safe for concurrent use
// by several SFTP sessions.
type Staging struct {
	dir  string
	root *os.Root
	pace pace

	// What [Staging.Usage] tells, which must not wait for a disk.
	count, total atomic.Int64

	// mu is held while the disk is changed, so that what is counted is what is there. It
	// is taken before the lock of a handler, and before the journal's in [Hooks].
	mu      sync.Mutex
	top     entry
	entries map[string]*entry   // by folded path
	writing map[string]*writing // by folded path
	lent    int64               // bytes of files that are being read
}

// entry is a file or folder of a staging area.
type entry struct {
	rel     string // as it was named
	dir     bool
	size    int64
	sum     string      // SHA-256 of what was staged; "" before it was whole
	fetched string      // SHA-256 of what was taken back and is in the journal
	mode    fs.FileMode // as the client has set it, for it to see again; it has no effect here
	changed time.Time   // likewise
}

// OpenStaging makes the directory dir, which must not exist yet, in a parent
// that must, and opens it.
func OpenStaging(dir string) (*Staging, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the staging area: %w", err)
	}
	root, err := disk.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the staging area: %w", err)
	}
	return &Staging{
		dir: dir, root: root, top: entry{rel: ".", dir: true, mode: 0o700, changed: time.Now()},
		entries: map[string]*entry{}, writing: map[string]*writing{},
	}, nil
}

// Remove closes the staging area and deletes it with everything in it.
func (s *Staging) Remove() error {
	return errors.Join(s.root.Close(), disk.RemoveTree(s.dir))
}

// Usage is how much is staged: files and folders, and bytes.
func (s *Staging) Usage() (entries int, bytes int64) {
	return int(s.count.Load()), s.total.Load()
}

// lock locks the area for a change. The returned function updates what [Staging.Usage]
// tells, and unlocks it.
func (s *Staging) lock() (unlock func()) {
	s.mu.Lock()
	return func() {
		var bytes int64
		for _, e := range s.entries {
			bytes += e.size
		}
		s.count.Store(int64(len(s.entries)))
		s.total.Store(bytes)
		s.mu.Unlock()
	}
}

// findLocked is the entry of exactly that name, or nil.
func (s *Staging) findLocked(rel string) *entry {
	if rel == "." {
		return &s.top
	}
	if e := s.entries[fold(rel)]; e != nil && e.rel == rel {
		return e
	}
	return nil
}

func noSuch(rel string) error {
	return &refusal{text: rel + ": there is no such file or folder", code: sftp.ErrSSHFxNoSuchFile}
}

// claimLocked checks that a path may be made: its folder is there, no other
// name is too much like it, and the area is not full.
func (s *Staging) claimLocked(rel string) error {
	if parent := parentOf(rel); parent != "." {
		if e := s.findLocked(parent); e == nil || !e.dir {
			return &refusal{text: rel + ": there is no such folder", code: sftp.ErrSSHFxNoSuchFile}
		}
	}
	if e := s.entries[fold(rel)]; e != nil && e.rel != rel {
		return refuse(rel, fmt.Sprintf("its name differs from %s in case or spelling only, which some computers take for the same file", e.rel))
	}
	if len(s.entries) >= MaxStagedFiles && s.entries[fold(rel)] == nil {
		return beyond(rel, fmt.Sprintf("there are %d files and folders already, which is the most", MaxStagedFiles))
	}
	return nil
}

// growLocked reserves room for a file of a size, before its bytes are there. It refuses
// what is over a limit.
func (s *Staging) growLocked(e *entry, size int64) error {
	if size <= e.size {
		return nil
	}
	var pkg, all int64
	for _, other := range s.entries {
		all += other.size
		if packageOf(other.rel) == packageOf(e.rel) {
			pkg += other.size
		}
	}
	more := size - e.size
	switch {
	case size > library.MaxPackage || pkg+more > library.MaxPackage:
		return tooLong(e.rel)
	case all+more > library.MaxStaged:
		return beyond(e.rel, fmt.Sprintf("all that is staged may have %d bytes: remove what is not needed any more", library.MaxStaged))
	}
	e.size = size
	return nil
}

// stagedLocked reads a file, which must hold what was staged.
func (s *Staging) stagedLocked(e *entry) ([]byte, error) {
	if e.sum == "" {
		return nil, refuse(e.rel, "it is being written")
	}
	file, data, err := s.describe(e.rel)
	if err != nil {
		return nil, err
	}
	if file.SHA256 != e.sum {
		return nil, changedSince(e.rel)
	}
	return data, nil
}

func changedSince(rel string) error {
	return refuse(rel, "something on the customer's computer has changed it since it was sent; send it again")
}

// putLocked writes a whole file and says what it holds.
func (s *Staging) putLocked(e *entry, data []byte) (File, error) {
	f, err := s.root.OpenFile(filepath.FromSlash(e.rel), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|openNonblock, 0o600)
	if err != nil {
		return File{}, systemRefusal(e.rel, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrInvalid
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return File{}, systemRefusal(e.rel, err)
	}
	file := fileOf(e.rel, data)
	e.sum, e.size = file.SHA256, file.Size
	file.Name = e.rel
	return file, nil
}

// dropLocked forgets a file, on the disk too.
func (s *Staging) dropLocked(e *entry) {
	_ = s.root.Remove(filepath.FromSlash(e.rel)) // it may never have got there
	delete(s.entries, fold(e.rel))
}

func (s *Staging) mkdirLocked(rel string, record func() error) error {
	if err := s.claimLocked(rel); err != nil {
		return err
	}
	if s.entries[fold(rel)] != nil {
		return systemRefusal(rel, fs.ErrExist)
	}
	if err := record(); err != nil {
		return err
	}
	if err := s.root.Mkdir(filepath.FromSlash(rel), 0o700); err != nil {
		return systemRefusal(rel, err)
	}
	s.entries[fold(rel)] = &entry{rel: rel, dir: true, mode: 0o700, changed: time.Now()}
	return nil
}

func (s *Staging) removeLocked(rel string, dir bool, record func() error) error {
	e := s.findLocked(rel)
	switch {
	case e == nil:
		return noSuch(rel)
	case e == &s.top || e.dir != dir:
		return refuse(rel, "files are removed with rm, folders with rmdir")
	case s.writing[fold(rel)] != nil:
		return refuse(rel, "it is being written")
	case dir && s.filledLocked(rel):
		return beyond(rel, "the folder is not empty")
	}
	if err := record(); err != nil {
		return err
	}
	// What a script has put into a folder goes with it.
	if err := s.root.RemoveAll(filepath.FromSlash(rel)); err != nil {
		return systemRefusal(rel, err)
	}
	delete(s.entries, fold(rel))
	return nil
}

// filledLocked reports whether anything is staged in a folder.
func (s *Staging) filledLocked(dir string) bool {
	for _, e := range s.entries {
		if parentOf(e.rel) == dir {
			return true
		}
	}
	return false
}

// renameLocked moves a file or a folder with what is in it. Where replace is set, a file
// takes the place of another, and a folder that of an empty one, as with rename(2).
// record is called when nothing but the disk can fail any more, and can still prevent it;
// replaced says that something is overwritten.
func (s *Staging) renameLocked(from, to string, replace bool, record func(replaced bool) error) error {
	e, other := s.findLocked(from), s.entries[fold(to)]
	if e == nil || e == &s.top {
		return noSuch(from)
	}
	replaced := other != nil && other != e
	switch {
	case replaced && !replace:
		return refuse(to, "it is there already")
	case to == ".", to == from && !replace, strings.HasPrefix(to, from+"/"):
		return refuse(to, "it cannot be moved into itself")
	case to == from:
		return nil
	case replaced && (other.dir != e.dir || other.dir && s.filledLocked(other.rel)):
		return refuse(to, "a file takes the place of a file only, and a folder that of an empty one")
	case replaced && s.writing[fold(to)] != nil:
		return refuse(to, "it is being written")
	}
	// Its own name does not stand in the way of a new spelling of it.
	delete(s.entries, fold(from))
	err := s.claimLocked(to)
	s.entries[fold(from)] = e
	if err != nil {
		return err
	}
	moved, err := s.movedLocked(from, to)
	if err != nil {
		return err
	}
	if err := record(replaced); err != nil {
		return err
	}
	if replaced && other.dir {
		_ = s.root.RemoveAll(filepath.FromSlash(to)) // the renaming says why it could not
	}
	if err := s.root.Rename(filepath.FromSlash(from), filepath.FromSlash(to)); err != nil {
		return systemRefusal(from, err)
	}
	for _, m := range moved {
		delete(s.entries, fold(m.rel))
	}
	for _, m := range moved {
		m.rel = to + strings.TrimPrefix(m.rel, from)
		s.entries[fold(m.rel)] = m
	}
	return nil
}

// movedLocked lists what moves along, and checks the limit of the package that
// it comes into.
func (s *Staging) movedLocked(from, to string) ([]*entry, error) {
	var moved []*entry
	var size, there int64
	for key, e := range s.entries {
		switch {
		case e.rel == from || strings.HasPrefix(e.rel, from+"/"):
			if s.writing[key] != nil {
				return nil, refuse(e.rel, "it is being written")
			}
			if strings.Count(to+strings.TrimPrefix(e.rel, from), "/") >= filename.MaxDepth {
				return nil, beyond(to, "too many folders below each other, 8 are allowed")
			}
			moved, size = append(moved, e), size+e.size
		case packageOf(e.rel) == packageOf(to) && e.rel != to:
			there += e.size
		}
	}
	if there+size > library.MaxPackage {
		return nil, tooLong(to)
	}
	return moved, nil
}

// systemRefusal turns an error of the system into one for a CSR, which names no path of
// the customer's disk.
func systemRefusal(rel string, err error) error {
	switch {
	case disk.Full(err):
		return &refusal{text: rel + ": the disk of the customer's computer is full", code: sftp.ErrSSHFxFailure}
	case errors.Is(err, fs.ErrNotExist):
		return noSuch(rel)
	case errors.Is(err, fs.ErrExist): // also what is not empty
		return &refusal{text: rel + ": it is there already, or the folder is not empty", code: sftp.ErrSSHFxFailure}
	case errors.Is(err, fs.ErrPermission):
		return refuse(rel, "the customer's computer does not allow it")
	}
	return &refusal{text: rel + ": the customer's computer could not do it", code: sftp.ErrSSHFxFailure}
}

// describe reads a regular file of the staging area: its size, and its SHA-256
// over exactly those bytes. What is no regular file is refused.
func (s *Staging) describe(rel string) (File, []byte, error) {
	f, err := s.root.OpenFile(filepath.FromSlash(rel), os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return File{}, nil, systemRefusal(rel, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return File{}, nil, refuse(rel, "it is no plain file")
	}
	data, err := io.ReadAll(io.LimitReader(f, library.MaxPackage+1))
	if err != nil {
		return File{}, nil, systemRefusal(rel, err)
	}
	if len(data) > library.MaxPackage {
		return File{}, nil, tooLong(rel)
	}
	return fileOf(rel, data), data, nil
}

// fileOf describes a file that holds data.
func fileOf(rel string, data []byte) File {
	sum := sha256.Sum256(data)
	file := File{Name: path.Base(rel), Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
	if utf8.Valid(data) && !slices.Contains(data, 0) {
		file.Text = string(data)
	}
	return file
}
