//go:build unix

package cmdline

import (
	"os"

	"golang.org/x/sys/unix"
)

// Standard is a program's standard output, out, or where it was closed when the
// program began a file to which every write fails: Go opens the null device in the
// place of a closed stream, so that output would vanish and the program succeed.
// What gives it away is that a shell opens the null device for writing only.
// Programs that throw output away on purpose do so with both streams.
func Standard(out, problems *os.File) *os.File {
	if !closedAtStart(out) || closedAtStart(problems) {
		return out
	}
	fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return out
	}
	return os.NewFile(uintptr(fd), out.Name())
}

// closedAtStart reports whether f is the null device, open for reading and writing.
func closedAtStart(f *os.File) bool {
	var null, st unix.Stat_t
	if unix.Stat(os.DevNull, &null) != nil || unix.Fstat(int(f.Fd()), &st) != nil || st.Rdev != null.Rdev || st.Mode&unix.S_IFMT != unix.S_IFCHR {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
