package state

import (
	"net"
	"os"
	"path/filepath"
)

// controlPath is the path of the socket in a directory (AF_UNIX, from Windows 10
// version 1803 on). It has at most 107 bytes; with a longer one there is no socket.
func controlPath(_ *os.Root, dir string) (path string, release func(), err error) {
	return filepath.Join(dir, controlName), func() {}, nil
}

// sameUser has nobody to ask: Windows does not tell who is at the other end. The
// directory's access list keeps others out.
func sameUser(*net.UnixConn) error { return nil }

// beside is a socket that lies in no directory; this system has none.
func beside(string) string { return "" }
