package disk

import (
	"errors"
	"fmt"
	"os"
)

// ErrLocked means that another process, or another open file of this one, holds
// the lock.
var ErrLocked = errors.New("the lock is held")

// Lock waits until it holds the lock of an open file. It lasts until f is closed
// or the process ends, however it ends. Others can read and write the file
// meanwhile, so that it can say who holds it. f may come from an [os.Root]: that
// is why this takes no path.
func Lock(f *os.File) error { return problem(f, lock(f, true)) }

// TryLock is [Lock] that does not wait: the error is [ErrLocked] when the lock is
// held.
func TryLock(f *os.File) error { return problem(f, lock(f, false)) }

func problem(f *os.File, err error) error {
	if err != nil {
		return fmt.Errorf("locking %s: %w", f.Name(), err)
	}
	return nil
}

// TryLockRoot holds the lock of an open directory itself, which nobody can take away
// by removing a file: [ErrLocked] when it is held. It lasts until the returned file is
// closed or the process ends. Where the system locks no directories (Windows, some
// network file systems) the file is nil.
func TryLockRoot(root *os.Root) (*os.File, error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	switch err := TryLock(f); {
	case errors.Is(err, ErrLocked):
		return nil, errors.Join(err, f.Close())
	case err != nil:
		return nil, f.Close()
	}
	return f, nil
}
