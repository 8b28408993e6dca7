//go:build unix && !linux

package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// hungUp reports whether a terminal is gone: its window is closed. poll(2) knows no
// terminals here; one that is gone answers nothing any more.
func hungUp(terminal *os.File) bool {
	_, err := unix.IoctlGetTermios(int(terminal.Fd()), getTermios)
	return err != nil && !errors.Is(err, unix.EINTR)
}
