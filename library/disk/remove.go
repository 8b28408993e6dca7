package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// StaysError is the error of [RemoveTree]: something of Path is still there.
type StaysError struct {
	Path string
	Err  error
}

// Error names the directory.
func (e *StaysError) Error() string { return fmt.Sprintf("removing %s: %v", e.Path, e.Err) }

// Unwrap is why.
func (e *StaysError) Unwrap() error { return e.Err }

// RemoveTree removes a directory with everything in it, also what a program has made
// unreadable for its own user, or immutable where we may undo that (chattr(1)). It
// follows no link and enters no other file system: what is mounted below is unmounted
// first, and where that cannot be done nothing is removed, because behind it may lie
// what is not ours. That there is none is no error; any other is a [*StaysError].
func RemoveTree(path string) error {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR): // also where something else took its parent's place
		return nil
	case err != nil:
		return stays(path, err)
	case !info.IsDir():
		return stays(path, os.Remove(path)) // os.RemoveAll could open a pipe, and wait
	}
	if err := unmountBelow(path); err != nil {
		return stays(path, err)
	}
	if os.RemoveAll(path) == nil {
		return nil
	}
	_ = filepath.WalkDir(path, func(p string, d fs.DirEntry, _ error) error {
		if d != nil && (d.IsDir() || d.Type().IsRegular()) {
			makeRemovable(p, d.IsDir())
		}
		return nil
	})
	return stays(path, os.RemoveAll(path))
}

func stays(path string, err error) error {
	if err == nil {
		return nil
	}
	return &StaysError{Path: path, Err: err}
}

// openDirectory gives a directory back the permissions that its removal needs.
func openDirectory(path string) {
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		_ = os.Chmod(path, 0o700|info.Mode()&fs.ModePerm)
	}
}
