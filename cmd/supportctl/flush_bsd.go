//go:build unix && !linux

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// discardTyped forgets what was typed and not read, a half line too.
func discardTyped(f *os.File) error {
	return unix.IoctlSetPointerInt(int(f.Fd()), unix.TIOCFLUSH, unix.TCIFLUSH)
}
