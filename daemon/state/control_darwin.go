package state

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// controlPath is the path of the socket in a directory. It has at most 103 bytes
// (unix(4)); with a longer one there is no socket.
func controlPath(_ *os.Root, dir string) (path string, release func(), err error) {
	return filepath.Join(dir, controlName), func() {}, nil
}

// sameUser refuses whoever is not the user who runs this program (LOCAL_PEERCRED,
// unix(4)). The directory keeps others out already.
func sameUser(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var who *unix.Xucred
	var asked error
	err = raw.Control(func(fd uintptr) {
		who, asked = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	})
	if err := errors.Join(err, asked); err != nil {
		return err
	}
	if int(who.Uid) != os.Geteuid() {
		return fmt.Errorf("it is the user with the number %d", who.Uid)
	}
	return nil
}

// beside is a socket that lies in no directory; this system has none.
func beside(string) string { return "" }
