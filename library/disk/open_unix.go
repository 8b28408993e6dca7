//go:build unix

package disk

import "syscall"

// nonblock keeps open(2) from waiting for the other end of a pipe; for ordinary files
// it changes nothing.
const nonblock = syscall.O_NONBLOCK
