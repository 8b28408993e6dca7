//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// maySuspend reports whether a shell is there that notices: it belongs to the same
// session and has put this program into a group of its own. Without one nobody would ever
// let the program go on.
func maySuspend() bool {
	parent := os.Getppid()
	ours, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	theirs, err := unix.Getsid(parent)
	if err != nil || theirs != ours {
		return false
	}
	group, err := unix.Getpgid(parent)
	return err == nil && group != unix.Getpgrp()
}
