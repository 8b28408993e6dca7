//go:build unix

package disk

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// SyncDir returns when the names that dir has are on the disk: new ones, those
// of files that were renamed, and those that are gone. A file system that cannot
// do this for directories (EINVAL, ENOTSUP), and a directory that we may change
// but not read, are no error: there is nothing more that one could do.
func SyncDir(dir string) error { return syncOpened(os.Open(inside(dir))) }

// SyncRoot is [SyncDir] for an open directory.
func SyncRoot(root *os.Root) error { return syncOpened(root.Open(".")) }

func syncOpened(f *os.File, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
