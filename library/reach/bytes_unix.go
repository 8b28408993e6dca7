//go:build unix

package reach

import (
	"errors"

	"golang.org/x/sys/unix"
)

// tellsBytes says that hasBytes can tell.
const tellsBytes = true

// hasBytes reports whether a read of a socket would not wait: bytes have come, or its end
// has. It is for [syscall.RawConn], which calls it again when that may have changed.
func hasBytes(fd uintptr) bool {
	var one [1]byte
	for {
		_, _, err := unix.Recvfrom(int(fd), one[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		if !errors.Is(err, unix.EINTR) {
			return !errors.Is(err, unix.EAGAIN)
		}
	}
}
