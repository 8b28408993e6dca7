//go:build unix

package script

import "golang.org/x/sys/unix"

// openNonblock keeps an open from waiting for a FIFO's other end.
const openNonblock = unix.O_NONBLOCK
