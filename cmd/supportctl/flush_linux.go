package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// discardTyped forgets what was typed and not read, a half line too.
func discardTyped(f *os.File) error {
	return unix.IoctlSetInt(int(f.Fd()), unix.TCFLSH, unix.TCIFLUSH)
}
