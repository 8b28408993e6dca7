package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// ErrNotRegular means that something that is no ordinary file has the name of one:
// a pipe or a device would hold up whoever reads it.
var ErrNotRegular = errors.New("that is no ordinary file")

// OpenIn opens a file of an open directory, and nothing but an ordinary file. It
// never waits: not for the writer of a pipe either. flag is as for [os.OpenFile].
func OpenIn(root *os.Root, name string, flag int, mode fs.FileMode) (*os.File, error) {
	f, err := root.OpenFile(name, flag|nonblock, mode)
	if err != nil {
		// A pipe without a reader cannot be opened for writing (ENXIO).
		if info, statErr := root.Lstat(name); statErr == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s: %w", name, ErrNotRegular)
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", name, ErrNotRegular)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// OpenRoot is [os.OpenRoot], and never waits: os.OpenRoot opens a pipe that stands in the
// place of a directory, and waits there for a writer, deaf to every signal.
func OpenRoot(dir string) (*os.Root, error) {
	root, err := os.OpenRoot(inside(dir))
	var at *fs.PathError
	if errors.As(err, &at) {
		err = &fs.PathError{Op: at.Op, Path: dir, Err: at.Err}
	}
	return root, err
}

// inside names a directory by what only a directory has. Every other thing with this name
// is ENOTDIR, without being opened (path_resolution(7)).
func inside(dir string) string {
	if dir == "" {
		return dir
	}
	return dir + string(os.PathSeparator) + "."
}

// ReadIn reads a whole file of an open directory, as [OpenIn] opens it.
func ReadIn(root *os.Root, name string) ([]byte, error) {
	f, err := OpenIn(root, name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

// ErrTooLong means that a file has more bytes than whoever reads it takes.
var ErrTooLong = errors.New("it is too long")

// Open opens a file that a person names, for reading: an ordinary one, or what the
// program has open already (/dev/stdin, /dev/fd/3). It never waits for the other end of
// a pipe; a directory, a pipe or a device is [ErrNotRegular].
func Open(name string) (*os.File, error) { return OpenFile(name, os.O_RDONLY, 0) }

// OpenFile is [Open] with flag and mode as for [os.OpenFile].
func OpenFile(name string, flag int, mode fs.FileMode) (*os.File, error) {
	if inherited(name) {
		return os.OpenFile(name, flag, mode)
	}
	notRegular := &fs.PathError{Op: "open", Path: name, Err: ErrNotRegular}
	f, err := os.OpenFile(name, flag|nonblock, mode)
	if err != nil {
		if info, statErr := os.Stat(name); statErr == nil && !info.Mode().IsRegular() {
			err = notRegular
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Read reads a whole file as [Open] opens it, of at most that many bytes; a longer one
// is [ErrTooLong].
func Read(name string, most int64) ([]byte, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = &fs.PathError{Op: "read", Path: name, Err: ErrTooLong}
	}
	return data, errors.Join(err, f.Close())
}

// inherited reports whether a name stands for something that is open already.
func inherited(name string) bool {
	for _, dir := range []string{"/dev/fd/", "/proc/self/fd/"} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	return name == "/dev/stdin" || name == "/dev/stdout" || name == "/dev/stderr"
}
