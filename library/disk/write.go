package disk

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Replace writes a file whole or not at all, and in the place of one that is
// there. When it returns nil, the file is found under its name after a power cut.
// Any number of programs may do this at once; the last one wins. What is there
// under the name is replaced itself, also where it is a symbolic link.
func Replace(path string, data []byte, mode fs.FileMode) error {
	in, name := split(path)
	fresh := freshName()
	if err := write(in, fresh, os.O_EXCL, mode, bytesTo(data)); err != nil {
		return err
	}
	if err := in.Rename(fresh, name); err != nil {
		return errors.Join(err, in.Remove(fresh))
	}
	return SyncDir(string(in))
}

// ReplaceIn is [Replace] for a file of an open directory that one program at a
// time uses. What a crash leaves behind is removed by the next call, so that secrets
// do not pile up; so is a pipe that somebody has put in the way.
func ReplaceIn(root *os.Root, name string, data []byte, mode fs.FileMode) error {
	return ReplaceFrom(root, name, mode, bytesTo(data))
}

// ReplaceFrom is [ReplaceIn] for what need not be in memory as a whole: fill writes it.
func ReplaceFrom(root *os.Root, name string, mode fs.FileMode, fill func(io.Writer) error) error {
	fresh := Unfinished(name)
	if err := root.RemoveAll(fresh); err != nil {
		return err
	}
	if err := write(root, fresh, os.O_EXCL, mode, fill); err != nil {
		return err
	}
	if err := root.Rename(fresh, name); err != nil {
		return errors.Join(err, root.Remove(fresh))
	}
	return SyncRoot(root)
}

// Unfinished is what a crash in [ReplaceIn] leaves of a file. Whoever removes the file
// for good removes this too.
func Unfinished(name string) string { return name + ".new" }

// Create is [Replace] for a file that must not be there yet; otherwise the error
// is [fs.ErrExist], and nothing has changed.
func Create(path string, data []byte, mode fs.FileMode) error {
	return CreateFrom(path, mode, bytesTo(data))
}

// CreateFrom is [Create] for what need not be in memory as a whole: fill writes it.
func CreateFrom(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	in, _ := split(path)
	fresh := freshName()
	if err := write(in, fresh, os.O_EXCL, mode, fill); err != nil {
		return err
	}
	if err := MoveNew(in.join(fresh), path); err != nil {
		if removing := in.Remove(fresh); !errors.Is(removing, fs.ErrNotExist) {
			err = errors.Join(err, removing)
		}
		return err
	}
	return nil
}

// MoveNew gives a file that is whole another name of the same file system, which must
// not be there yet: otherwise the error is [fs.ErrExist], and nothing has changed.
func MoveNew(from, to string) error {
	// A link, unlike a rename, never replaces what somebody made meanwhile.
	err := os.Link(from, to)
	switch {
	case err == nil:
		err = os.Remove(from)
	case errors.Is(err, fs.ErrExist):
		err = &fs.PathError{Op: "create", Path: to, Err: fs.ErrExist}
	default: // a file system without links
		if _, err = os.Lstat(to); err == nil {
			err = &fs.PathError{Op: "create", Path: to, Err: fs.ErrExist}
		} else {
			err = os.Rename(from, to)
		}
	}
	if err != nil {
		return err
	}
	return SyncDir(filepath.Dir(to))
}

// freshName is one that nobody else has, and short: the final name may be as long
// as names can be.
func freshName() string { return "." + rand.Text() + ".new" }

func bytesTo(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}

// directory is where a file is written: an [os.Root], or a path.
type directory interface {
	OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error)
	Remove(name string) error
}

// write writes a file that has its final name later. It leaves none that is not whole.
func write(in directory, name string, flag int, mode fs.FileMode, fill func(io.Writer) error) error {
	f, err := in.OpenFile(name, os.O_WRONLY|os.O_CREATE|flag, 0o600)
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil && mode != 0o600 {
		err = f.Chmod(mode) // not with the name, which the umask would narrow
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, in.Remove(name))
	}
	return nil
}

// path is a directory by its path. Unlike an [os.Root] it works in a directory
// that one may change but not read.
type path string

func split(file string) (dir path, name string) {
	return path(filepath.Dir(file)), filepath.Base(file)
}

func (p path) join(name string) string { return filepath.Join(string(p), name) }

func (p path) OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(p.join(name), flag, mode)
}

func (p path) Rename(from, to string) error { return os.Rename(p.join(from), p.join(to)) }

func (p path) Remove(name string) error { return os.Remove(p.join(name)) }
