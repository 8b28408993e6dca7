package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// ErrNotPrivate means that somebody else could read or change what lies in a
// directory.
var ErrNotPrivate = errors.New("the directory is not private")

// ErrWay is an [ErrNotPrivate]: somebody else could put another directory in the place
// of this one.
var ErrWay = fmt.Errorf("%w: others could put another one in its place", ErrNotPrivate)

// MkdirPrivate makes a directory that nobody but its owner can enter, and what is
// missing above it. One that is there is left as it is: [OpenPrivate] checks it. Where
// others could put another directory in its place, now or later, the error is
// [ErrWay], whether it is there or not.
func MkdirPrivate(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	if err := MkdirAll(parent, 0o700); err != nil {
		return err
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, checkWay(dir))
	}
	if err := checkPlace(parent); err != nil {
		return err
	}
	err = mkdirPrivate(dir)
	if errors.Is(err, fs.ErrExist) {
		return checkWay(dir) // somebody was faster
	}
	return errors.Join(err, SyncDir(parent))
}

// OpenPrivate opens a directory, made where it is missing, and checks that it is
// ours and that nobody else can enter it; otherwise the error is [ErrNotPrivate],
// with a text for people. What is checked is the directory that is open; that its name
// leads to it later is sure where [MkdirPrivate] finds nothing, against everybody but
// root and programs of the same user.
func OpenPrivate(dir string) (*os.Root, error) {
	if err := MkdirPrivate(dir); err != nil {
		return nil, err
	}
	root, err := OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if err := check(dir, root); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

func check(dir string, root *os.Root) error {
	named, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	opened, err := root.Stat(".")
	if err != nil {
		return err
	}
	if !named.IsDir() || !os.SameFile(named, opened) {
		return fmt.Errorf("%w: %s is not a directory of its own", ErrNotPrivate, dir)
	}
	return checkPrivate(dir, opened)
}

// OthersMayRead reports whether the mode of a file or directory lets others than
// its owner read it, and OthersMayChange whether it lets them change it. On Windows,
// where the directory's access list protects a file, they report false.
func OthersMayRead(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

// OthersMayChange is explained at [OthersMayRead].
func OthersMayChange(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0
}
