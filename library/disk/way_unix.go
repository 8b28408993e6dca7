//go:build unix

package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// mostLinks is how many symbolic links a path may lead through (path_resolution(7)).
const mostLinks = 40

// checkWay refuses a path on which other people could put something of their own in
// the place of what it leads to: each directory on it, and each in which a symbolic
// link of it lies, has to be ours or root's, and nobody else may change it. In one
// that everybody may change, as /tmp, the sticky bit keeps others from renaming what is
// there; then what is there has to be ours or root's too (inode(7)). What the path
// leads to must exist; it is not looked at itself.
func checkWay(path string) error { return checkWayFor(path, trustedOwner) }

// OthersMayReplace reports whether anybody but root may change a file, or put another
// one in its place. Of a file that is not there it looks at the way.
func OthersMayReplace(path string) bool {
	root := func(uid uint32) bool { return uid == 0 }
	err := checkWayFor(path, root)
	if errors.Is(err, fs.ErrNotExist) {
		return false
	}
	info, statErr := os.Stat(path)
	return err != nil || statErr != nil || !root(info.Sys().(*syscall.Stat_t).Uid) || OthersMayChange(info)
}

func checkWayFor(path string, trusted func(uid uint32) bool) error {
	dir := string(filepath.Separator)
	rest := names(path)
	for links := 0; len(rest) > 0; {
		if rest[0] == ".." {
			dir, rest = filepath.Dir(dir), rest[1:]
			continue
		}
		entry := filepath.Join(dir, rest[0])
		info, err := os.Lstat(entry)
		if err == nil {
			err = checkEntry(dir, entry, info, trusted)
		}
		if err != nil {
			return err
		}
		rest = rest[1:]
		if info.Mode()&os.ModeSymlink == 0 {
			dir = entry
			continue
		}
		if links++; links > mostLinks {
			return &os.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
		}
		target, err := os.Readlink(entry)
		if err != nil {
			return err
		}
		if filepath.IsAbs(target) {
			dir = string(filepath.Separator)
		}
		rest = append(names(target), rest...)
	}
	return nil
}

// names are the parts of a path. ".." stays: behind a symbolic link it is not the
// directory before it.
func names(path string) (list []string) {
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && name != "." {
			list = append(list, name)
		}
	}
	return list
}

// checkPlace is checkWay for what is not there yet and shall be made in dir.
func checkPlace(dir string) error {
	if err := checkWay(dir); err != nil {
		return err
	}
	_, err := checkDir(dir, trustedOwner)
	return err
}

// checkEntry reports whether others could rename or remove an entry of dir.
func checkEntry(dir, entry string, info os.FileInfo, trusted func(uid uint32) bool) error {
	shared, err := checkDir(dir, trusted)
	if err != nil || !shared {
		return err
	}
	if theirs := info.Sys().(*syscall.Stat_t).Uid; !trusted(theirs) {
		return fmt.Errorf("%w: %s belongs to the user with the number %d", ErrWay, entry, theirs)
	}
	return nil
}

// checkDir refuses a directory in which others could rename or remove what is ours.
// shared says that they may make something of their own in it.
func checkDir(dir string, trusted func(uid uint32) bool) (shared bool, err error) {
	in, err := os.Stat(dir)
	if err != nil {
		return false, err
	}
	owner := in.Sys().(*syscall.Stat_t)
	if !trusted(owner.Uid) {
		return false, fmt.Errorf("%w: %s belongs to the user with the number %d; choose a directory below your own home", ErrWay, dir, owner.Uid)
	}
	mode := in.Mode()
	// Many systems make a group of its own for each user, with the same number.
	alone := owner.Gid == owner.Uid && mode.Perm()&0o002 == 0
	if alone || !OthersMayChange(in) {
		return false, nil
	}
	if mode&os.ModeSticky == 0 {
		return false, fmt.Errorf("%w: others may change %s (mode %04o); close it with: chmod go-w %s", ErrWay, dir, mode.Perm(), dir)
	}
	return true, nil
}

// trustedOwner reports whether a user is one who may change everything of ours anyway.
func trustedOwner(uid uint32) bool { return uid == 0 || int(uid) == os.Geteuid() }
