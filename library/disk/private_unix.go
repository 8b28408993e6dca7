//go:build unix

package disk

import (
	"fmt"
	"os"
	"syscall"
)

func mkdirPrivate(dir string) error { return os.Mkdir(dir, 0o700) }

// checkPrivate reports whether the directory belongs to us and is closed to
// everybody else.
func checkPrivate(dir string, info os.FileInfo) error {
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != os.Geteuid() {
		return fmt.Errorf("%w: %s belongs to the user with the number %d", ErrNotPrivate, dir, owner)
	}
	if OthersMayRead(info) {
		return fmt.Errorf("%w: others may enter %s (mode %04o); close it with: chmod 700 %s", ErrNotPrivate, dir, info.Mode().Perm(), dir)
	}
	return nil
}
