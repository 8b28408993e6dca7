//go:build unix

package cmdline

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// Standard is a program's standard output, out; for a command that only shows
// something, and where out was closed when the program began, it is a file to
// which every write fails: Go opens the null device in the place of a closed stream,
// so that a list would vanish and the command succeed. What gives it away is that a
// shell opens the null device for writing only. Programs that throw output away
// on purpose may open it for both, but then they hardly ask for a list, or throw
// away problems as well.
func Standard(out, problems *os.File, args []string) *os.File {
	if !shows(args) || !closedAtStart(out) || closedAtStart(problems) {
		return out
	}
	fd, err := unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return out
	}
	return os.NewFile(uintptr(fd), out.Name())
}

// shows reports whether a command line is for nothing but its output.
func shows(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return slices.Contains([]string{"list", "show", "sysinfo", "fingerprint"}, arg)
	})
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
