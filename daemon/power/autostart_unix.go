//go:build unix

package power

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"supportd/library/disk"
)

// checkEntry has nothing to add: files and units may be as long as they are.
func (a Autostart) checkEntry() error { return nil }

// writeFile replaces a file of the entry, whole or not at all, and makes its
// directory. Nothing in it is secret: what is lies in the daemon's state.
func writeFile(name, text string, mode fs.FileMode) error {
	if err := disk.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	// The boot must find it even when the computer loses power on its way down.
	return disk.Replace(name, []byte(text), mode)
}

// removeFiles removes what is there.
func removeFiles(names ...string) error {
	var all error
	for _, name := range names {
		if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			all = errors.Join(all, err)
		}
	}
	return all
}
