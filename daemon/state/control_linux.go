package state

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// controlPath is the path of the socket in an open directory, good until release is
// called. A socket's path has at most 107 bytes (unix(7)), whatever the directory's
// has; this one is short, and stays in the directory that was checked.
func controlPath(root *os.Root, dir string) (path string, release func(), err error) {
	f, err := root.Open(".")
	if err != nil {
		return "", nil, err
	}
	path = fmt.Sprintf("/proc/self/fd/%d/%s", f.Fd(), controlName)
	if _, err := os.Lstat("/proc/self/fd"); err != nil {
		path = dir + "/" + controlName
	}
	return path, func() { f.Close() }, nil
}

// beside is the name of the other socket for a directory: an abstract one (unix(7)), which
// lies in no file system, so that no program can remove it.
func beside(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return fmt.Sprintf("@supportd-%d-%x", os.Geteuid(), sum[:16])
}

// sameUser refuses whoever is not the user who runs this program (SO_PEERCRED,
// unix(7)). The directory keeps others out already; what lies beside it keeps nobody out.
func sameUser(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var who *unix.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) {
		who, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err := errors.Join(err, asked); err != nil {
		return err
	}
	if int(who.Uid) != os.Geteuid() {
		return fmt.Errorf("it is the user with the number %d", who.Uid)
	}
	return nil
}
