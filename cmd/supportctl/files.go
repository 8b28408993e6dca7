package main

import (
	"errors"
	"io/fs"

	"supportd/library/cmdline"
	"supportd/library/disk"
)

// writeFile writes a file whole or not at all. An existing one is replaced only
// with replace; nothing is left behind on any error.
func writeFile(path string, data []byte, mode fs.FileMode, replace bool) error {
	if replace {
		return explain(path, disk.Replace(path, data, mode))
	}
	return explain(path, disk.Create(path, data, mode))
}

// explain says what a person can do about a file that could not be written.
func explain(path string, err error) error {
	hint := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return cmdline.Fail(cmdline.ExitFailed, "--force replaces it", "%s exists already", path).Because(err)
	case disk.Full(err):
		hint = "the disk is full: make room, or choose another place"
	case errors.Is(err, fs.ErrPermission):
		hint = "choose a directory that you may write to"
	case errors.Is(err, fs.ErrNotExist):
		hint = "the directory does not exist"
	}
	var cause *fs.PathError
	why := err
	if errors.As(err, &cause) {
		why = cause.Err
	}
	return cmdline.Fail(cmdline.ExitFailed, hint, "cannot write %s: %v", path, why).Because(err)
}
