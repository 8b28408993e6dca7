// Package disk is how every program keeps something on the disk that must be
// found later: whole files, in directories that a power cut does not undo, that
// nobody else can reach into, and that one program at a time may use.
//
// Syncing a file secures what is in it, not that its directory knows of it
// (fsync(2), "Notes"). What must be found after a restart goes through this
// package: the journal, the session file, the autostart entry, a relay's keys and
// a CSR's login.
package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Full reports whether an error is that of a full disk, or of a user who has had
// their share.
func Full(err error) bool {
	return slices.ContainsFunc(noSpace(), func(e error) bool { return errors.Is(err, e) })
}

// MkdirAll is [os.MkdirAll] for directories that are there after a power cut.
func MkdirAll(dir string, mode fs.FileMode) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
		return os.MkdirAll(dir, mode) // it is there, or this says what is wrong
	}
	if err := MkdirAll(filepath.Dir(dir), mode); err != nil {
		return err
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return SyncDir(filepath.Dir(dir))
}
