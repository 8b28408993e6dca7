//go:build unix

package power

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"supportd/library/disk"
)

// checkEntry never refuses: files and units have no limit of their length.
func (a Autostart) checkEntry() error { return nil }

// writeFile replaces a file of the entry, whole or not at all, and makes its directory.
// It holds no secret: those lie in the daemon's state.
func writeFile(name, text string, mode fs.FileMode) error {
	if err := disk.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	dir, err := disk.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	// The boot must find it even when the computer loses power on its way down.
	return errors.Join(disk.ReplaceIn(dir, filepath.Base(name), []byte(text), mode), dir.Close())
}

// removeFiles removes the files that are there, and what a crash has left of one.
func removeFiles(names ...string) error {
	var all error
	for _, name := range names {
		for _, n := range []string{name, disk.Unfinished(name)} {
			if err := os.Remove(n); !errors.Is(err, fs.ErrNotExist) {
				all = errors.Join(all, err)
			}
		}
	}
	return all
}
