package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"supportd/library/cmdline"
)

// writeFile writes a file whole or not at all. An existing one is replaced only
// with replace; nothing is left behind on any error.
func writeFile(path string, data []byte, mode fs.FileMode, replace bool) (err error) {
	defer func() { err = explain(path, err) }()
	f, err := os.CreateTemp(filepath.Dir(path), ".supportctl-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeIfThere(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if replace {
		return os.Rename(f.Name(), path)
	}
	// A link, unlike a rename, never replaces what somebody made meanwhile.
	switch err := os.Link(f.Name(), path); {
	case err == nil:
		return os.Remove(f.Name())
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// A file system without links.
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	return os.Rename(f.Name(), path)
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// explain says what a person can do about a file that could not be written.
func explain(path string, err error) error {
	hint := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: path + " exists already", Hint: "--force replaces it", Err: err}
	case errors.Is(err, syscall.ENOSPC):
		hint = "the disk is full: make room, or choose another place"
	case errors.Is(err, fs.ErrPermission):
		hint = "choose a directory that you may write to"
	case errors.Is(err, fs.ErrNotExist):
		hint = "the directory does not exist"
	}
	var cause *fs.PathError
	text := err.Error()
	if errors.As(err, &cause) {
		text = cause.Err.Error()
	}
	return &cmdline.Error{Code: cmdline.ExitFailed, Text: fmt.Sprintf("cannot write %s: %s", path, text), Hint: hint, Err: err}
}
