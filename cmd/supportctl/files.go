package main

import (
	"errors"
	"fmt"
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
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: path + " exists already", Hint: "--force replaces it", Err: err}
	case disk.Full(err):
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
