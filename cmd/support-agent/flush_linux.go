package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// The requests that get and set a terminal's modes, at once (ioctl_tty(2)).
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

// discardTyped forgets what was typed and not read, a half line too.
func discardTyped(f *os.File) error {
	return unix.IoctlSetInt(int(f.Fd()), unix.TCFLSH, unix.TCIFLUSH)
}
