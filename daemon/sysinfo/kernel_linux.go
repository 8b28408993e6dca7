package sysinfo

import (
	"cmp"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// kernel answers what neither a file nor a tool tells. A nil function cannot be
// asked: a machine of a test is not answered for by the one that runs it.
type kernel struct {
	hostname func() (string, error)
	uid      func() int
	uname    func() (release, version, architecture string, err error)
	space    func(path string) (space, error)
	// sinceBoot is the kernel's own clock, whatever a container is told.
	sinceBoot func() (time.Duration, error)
	// links are the answers of rtnetlink about all adapters and all addresses.
	links func() (links, addresses []byte, err error)
	// messages is the kernel's log.
	messages func() (text []byte, cut bool, err error)
	// userName asks the name service, which knows more than /etc/passwd.
	userName func(uid uint64) string
}

func thisKernel() kernel {
	return kernel{
		hostname: os.Hostname, uid: os.Geteuid, uname: uname, space: askSpace, sinceBoot: sinceBoot, links: askLinks,
		messages: kernelMessages, userName: lookupName,
	}
}

func uname() (release, version, architecture string, err error) {
	var u unix.Utsname
	err = unix.Uname(&u)
	return unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:]), unix.ByteSliceToString(u.Machine[:]), err
}

// askSpace may hang as long as a server of a network share is gone.
func askSpace(path string) (space, error) {
	var v unix.Statfs_t
	if err := unix.Statfs(path, &v); err != nil {
		return space{}, os.NewSyscallError("statfs", err)
	}
	unit := uint64(max(cmp.Or(v.Frsize, v.Bsize), 0))
	return space{size: v.Blocks * unit, used: (v.Blocks - min(v.Bfree, v.Blocks)) * unit, free: v.Bavail * unit}, nil
}

func sinceBoot() (time.Duration, error) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t)
	return time.Duration(t.Nano()), err
}

func lookupName(uid uint64) string {
	u, err := user.LookupId(strconv.FormatUint(uid, 10))
	if err != nil {
		return ""
	}
	return u.Username
}

// maxMessages bounds the kernel's log. A server with a thousand threads has a
// buffer of 16 MiB.
const maxMessages = 32 << 20

func kernelMessages() (text []byte, cut bool, err error) {
	size, err := unix.Klogctl(unix.SYSLOG_ACTION_SIZE_BUFFER, nil)
	if err != nil {
		return nil, false, err
	}
	size = size*2 + 4096 // each message comes with its priority and time
	text = make([]byte, min(size, maxMessages))
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, text)
	if err != nil {
		return nil, false, err
	}
	return text[:n], n == len(text), nil
}

// busy reports whether many more programs want to run than there are processors:
// the fourth field of /proc/loadavg is how many want to now. In a container both
// numbers are of the whole computer, whatever this process may use.
func (m *machine) busy() bool {
	f := strings.Fields(m.line("/proc/loadavg"))
	if len(f) < 4 {
		return false
	}
	running, _, _ := strings.Cut(f[3], "/")
	n, err := strconv.Atoi(running)
	processors := strings.Count(m.line("/proc/stat"), "\ncpu")
	return err == nil && n > 3*max(processors, runtime.NumCPU())+2
}
