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
	"syscall"
	"unicode/utf8"

	"github.com/pkg/sftp"

	"supportd/library"
	"supportd/library/filename"
)

// Staging is the private directory that one CSR fills in one support session.
// Nothing outside it can be reached through it: every access goes through an
// [os.Root]. It is safe for concurrent use by several SFTP sessions.
type Staging struct {
	dir  string
	root *os.Root

	mu      sync.Mutex
	entries map[string]*entry // by folded path
	writing map[string]bool   // by folded path
}

// entry is a file or folder of a staging area.
type entry struct {
	rel  string // as it was named
	dir  bool
	size int64
}

// OpenStaging makes the directory dir, which must not exist yet, in a parent
// that must, and opens it.
func OpenStaging(dir string) (*Staging, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the staging area: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the staging area: %w", err)
	}
	return &Staging{dir: dir, root: root, entries: map[string]*entry{}, writing: map[string]bool{}}, nil
}

// Remove closes the staging area and deletes it with everything in it.
func (s *Staging) Remove() error {
	return errors.Join(s.root.Close(), removeTree(s.dir))
}

// Usage is how much is staged: files and folders, and bytes.
func (s *Staging) Usage() (entries int, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		bytes += e.size
	}
	return len(s.entries), bytes
}

// claimLocked checks that a path may be made: its folder is there, no other
// name is too much like it, and the area is not full.
func (s *Staging) claimLocked(rel string) error {
	if parent := parentOf(rel); parent != "." {
		if e := s.entries[fold(parent)]; e == nil || !e.dir || e.rel != parent {
			return &refusal{text: rel + ": there is no such folder", code: sftp.ErrSSHFxNoSuchFile}
		}
	}
	if e := s.entries[fold(rel)]; e != nil && e.rel != rel {
		return refuse(rel, fmt.Sprintf("its name differs from %s in case or spelling only, which some computers take for the same file", e.rel))
	}
	if len(s.entries) >= MaxStagedFiles && s.entries[fold(rel)] == nil {
		return refuse(rel, fmt.Sprintf("there are %d files and folders already, which is the most", MaxStagedFiles))
	}
	return nil
}

// create opens a file for writing, with flags of [os.OpenFile].
func (s *Staging) create(rel string, flags int) (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fold(rel)
	if err := s.claimLocked(rel); err != nil {
		return nil, err
	}
	if s.writing[key] {
		return nil, refuse(rel, "it is being written already")
	}
	e := s.entries[key]
	if e != nil && e.dir {
		return nil, refuse(rel, "it is a folder")
	}
	f, err := s.root.OpenFile(filepath.FromSlash(rel), flags, 0o600)
	if err != nil {
		return nil, outcome(rel, err)
	}
	if e == nil {
		e = &entry{rel: rel}
		s.entries[key] = e
	}
	if flags&os.O_TRUNC != 0 {
		e.size = 0
	}
	s.writing[key] = true
	return f, nil
}

// grow takes room for a file to reach a size, before the bytes are written.
func (s *Staging) grow(rel string, size int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[fold(rel)]
	if e == nil || size <= e.size {
		return nil
	}
	var pkg, all int64
	for _, other := range s.entries {
		all += other.size
		if packageOf(other.rel) == packageOf(rel) {
			pkg += other.size
		}
	}
	more := size - e.size
	switch {
	case size > library.MaxPackage || pkg+more > library.MaxPackage:
		return refuse(rel, fmt.Sprintf("the script and its files may have %d bytes together", library.MaxPackage))
	case all+more > library.MaxStaged:
		return refuse(rel, fmt.Sprintf("all that is staged may have %d bytes: remove what is not needed any more", library.MaxStaged))
	}
	e.size = size
	return nil
}

// shrink notes the size that a file really has.
func (s *Staging) shrink(rel string, size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[fold(rel)]; e != nil {
		e.size = min(e.size, size)
	}
}

func (s *Staging) written(rel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.writing, fold(rel))
}

func (s *Staging) mkdir(rel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.claimLocked(rel); err != nil {
		return err
	}
	if err := s.root.Mkdir(filepath.FromSlash(rel), 0o700); err != nil {
		return outcome(rel, err)
	}
	s.entries[fold(rel)] = &entry{rel: rel, dir: true}
	return nil
}

func (s *Staging) remove(rel string, dir bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fold(rel)
	e := s.entries[key]
	switch {
	case e == nil || e.rel != rel:
		return &refusal{text: rel + ": there is no such file", code: sftp.ErrSSHFxNoSuchFile}
	case e.dir != dir:
		return refuse(rel, "files are removed with rm, folders with rmdir")
	case s.writing[key]:
		return refuse(rel, "it is being written")
	}
	if err := s.root.Remove(filepath.FromSlash(rel)); err != nil {
		return outcome(rel, err)
	}
	delete(s.entries, key)
	return nil
}

// rename moves a file or a folder with what is in it. Nothing is overwritten.
func (s *Staging) rename(from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[fold(from)]
	if e == nil || e.rel != from {
		return &refusal{text: from + ": there is no such file", code: sftp.ErrSSHFxNoSuchFile}
	}
	if other := s.entries[fold(to)]; other != nil && other != e {
		return refuse(to, "it is there already")
	}
	if to == from || strings.HasPrefix(to, from+"/") {
		return refuse(to, "it cannot be moved into itself")
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
	if err := s.root.Rename(filepath.FromSlash(from), filepath.FromSlash(to)); err != nil {
		return outcome(from, err)
	}
	for _, m := range moved {
		delete(s.entries, fold(m.rel))
	}
	for _, m := range moved {
		s.entries[fold(to+strings.TrimPrefix(m.rel, from))] = &entry{rel: to + strings.TrimPrefix(m.rel, from), dir: m.dir, size: m.size}
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
			if s.writing[key] {
				return nil, refuse(e.rel, "it is being written")
			}
			if strings.Count(to+strings.TrimPrefix(e.rel, from), "/") >= filename.MaxDepth {
				return nil, refuse(to, "too many folders below each other, 8 are allowed")
			}
			moved, size = append(moved, e), size+e.size
		case packageOf(e.rel) == packageOf(to):
			there += e.size
		}
	}
	if there+size > library.MaxPackage {
		return nil, refuse(to, fmt.Sprintf("the script and its files may have %d bytes together", library.MaxPackage))
	}
	return moved, nil
}

// outcome turns an error of the system into one for a CSR: without the paths of
// the customer's disk.
func outcome(rel string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &refusal{text: rel + ": the disk of the customer's computer is full", code: sftp.ErrSSHFxFailure}
	case errors.Is(err, fs.ErrNotExist):
		return &refusal{text: rel + ": there is no such file or folder", code: sftp.ErrSSHFxNoSuchFile}
	case errors.Is(err, fs.ErrExist), errors.Is(err, syscall.ENOTEMPTY):
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
		return File{}, nil, outcome(rel, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return File{}, nil, refuse(rel, "it is no plain file")
	}
	data, err := io.ReadAll(io.LimitReader(f, library.MaxPackage+1))
	if err != nil {
		return File{}, nil, outcome(rel, err)
	}
	if len(data) > library.MaxPackage {
		return File{}, nil, refuse(rel, fmt.Sprintf("the script and its files may have %d bytes together", library.MaxPackage))
	}
	sum := sha256.Sum256(data)
	file := File{Name: path.Base(rel), Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}
	if utf8.Valid(data) && !slices.Contains(data, 0) {
		file.Text = string(data)
	}
	return file, data, nil
}
