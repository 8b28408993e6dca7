//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// readerGone reports whether nobody can read any more what is written to f, which
// is a pipe or a socket (poll(2), POLLERR and POLLHUP).
func readerGone(f *os.File) bool {
	if f == nil {
		return false
	}
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0
}

// brokenPipe are the errors of writing to a reader who has gone.
func brokenPipe() []error { return []error{unix.EPIPE} }
