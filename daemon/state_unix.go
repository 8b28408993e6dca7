//go:build unix

package daemon

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func mkdirPrivate(dir string) error { return os.Mkdir(dir, 0o700) }

// checkPrivate reports whether the directory belongs to us and is closed to
// everybody else.
func checkPrivate(dir string, info os.FileInfo) error {
	if owner := info.Sys().(*syscall.Stat_t).Uid; int(owner) != os.Geteuid() {
		return fmt.Errorf("%w: %s belongs to the user with the number %d", ErrStateUnsafe, dir, owner)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%w: others may enter %s (mode %04o); close it with: chmod 700 %s", ErrStateUnsafe, dir, mode, dir)
	}
	return nil
}

// checkParent refuses a parent in which other people could put their own
// directory in the place of ours.
func checkParent(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if mode := info.Mode(); mode.Perm()&0o022 != 0 && mode&os.ModeSticky == 0 {
		return fmt.Errorf("%w: others may change %s (mode %04o)", ErrStateUnsafe, dir, mode.Perm())
	}
	return nil
}

// lockFile locks f until it is closed or the process ends, however it ends.
func lockFile(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
