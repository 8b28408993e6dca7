package state

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"supportd/library/disk"
)

// heldLock is what keeps other daemons out of a directory: the lock of the directory
// itself, which no program can remove, and that of a file in it, for where a directory
// cannot be locked (Windows, some network file systems). It is safe for concurrent use.
type heldLock struct {
	root *os.Root
	dir  *os.File // nil where the system locks no directories

	mu     sync.Mutex // no other lock is taken under it
	file   *os.File
	closed bool
}

// lockRoot takes both locks: [disk.ErrLocked] when somebody else has one.
func lockRoot(root *os.Root) (*heldLock, error) {
	dir, err := disk.TryLockRoot(root)
	if err != nil {
		return nil, err
	}
	file, err := lockFile(root)
	if err != nil {
		if dir != nil {
			err = errors.Join(err, dir.Close())
		}
		return nil, err
	}
	return &heldLock{root: root, dir: dir, file: file}, nil
}

func lockFile(root *os.Root) (*os.File, error) {
	f, err := disk.OpenIn(root, lockName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := disk.TryLock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close lets others have the directory.
func (l *heldLock) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	err := l.file.Close()
	if l.dir != nil {
		err = errors.Join(err, l.dir.Close())
	}
	return err
}

// keep puts the lock's file back when a program has removed or replaced it, and
// reports whether it did. The error is [disk.ErrLocked] when somebody else has locked
// what stands there now.
func (l *heldLock) keep() (restored bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || stands(l.root, lockName, l.file.Stat) {
		return false, nil
	}
	// A new file: a deleted file cannot get its name back.
	file, err := lockFile(l.root)
	if errors.Is(err, disk.ErrNotRegular) { // a pipe, a directory
		if err = l.root.RemoveAll(lockName); err == nil {
			file, err = lockFile(l.root)
		}
	}
	if err != nil {
		return false, err
	}
	err = l.file.Close()
	l.file = file
	return true, err
}

// stands reports whether the name still leads to the file that is ours.
func stands(root *os.Root, name string, ours func() (os.FileInfo, error)) bool {
	info, err := ours()
	if err != nil {
		return false
	}
	named, err := root.Lstat(name)
	return err == nil && os.SameFile(info, named)
}

// takeLock locks the directory, and waits a moment for whoever only looks.
func (d *Dir) takeLock() error {
	lock, err := lockRoot(d.root)
	for range lockTries {
		if !errors.Is(err, disk.ErrLocked) {
			break
		}
		<-time.After(lockPause)
		lock, err = lockRoot(d.root)
	}
	if errors.Is(err, disk.ErrLocked) {
		err = fmt.Errorf("%w (%s)", ErrBusy, d.path)
	}
	if err != nil {
		return err
	}
	d.lock = lock
	return nil
}

// held reports whether a daemon works in a directory. It writes nothing, so a disk
// that hangs does not hold it up.
func held(dir string) bool {
	root, err := disk.OpenRoot(dir)
	if err != nil {
		return false
	}
	defer root.Close()
	locked, err := disk.TryLockRoot(root)
	if locked != nil {
		defer locked.Close()
	}
	if errors.Is(err, disk.ErrLocked) {
		return true
	}
	f, err := disk.OpenIn(root, lockName, os.O_RDONLY, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(disk.TryLock(f), disk.ErrLocked)
}
