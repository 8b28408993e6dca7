package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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

// ReadIn reads a whole file of an open directory, as [OpenIn] opens it.
func ReadIn(root *os.Root, name string) ([]byte, error) {
	f, err := OpenIn(root, name, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}
