package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// hungUp reports whether a terminal is gone (POLLHUP, poll(2)): its window is closed.
func hungUp(terminal *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(terminal.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}
