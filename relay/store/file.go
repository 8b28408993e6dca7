package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"supportd/library/disk"
)

// prepareFile makes an empty database file that only its owner can read, or
// refuses one that others can read or that cannot be written. SQLite gives its
// -wal and -shm files the same mode.
func prepareFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return errors.Join(f.Close(), disk.SyncDir(filepath.Dir(path)))
	}
	if !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the database: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w: it is no regular file", path, ErrDamaged)
	}
	switch mode := info.Mode().Perm(); {
	case disk.OthersMayRead(info):
		return fmt.Errorf("%s has mode %04o, so that others can read it: chmod 600 it", path, mode)
	case mode&0o200 == 0: // on Windows too, where it is the mark for reading only
		return fmt.Errorf("%s: %w: it has mode %04o", path, ErrReadOnly, mode)
	}
	return nil
}
