package machine

import (
	"cmp"
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"supportd/daemon/sysinfo/formats"
)

// Kernel answers what neither a file nor a tool tells. A nil function gives no
// answer: so the computer that runs a test never answers for the one in the test.
type Kernel struct {
	Hostname func() (string, error)
	UID      func() int
	Uname    func() (release, version, architecture string, err error)
	Space    func(path string) (Space, error)
	// SinceBoot is the kernel's own clock, whatever a container is told.
	SinceBoot func() (time.Duration, error)
	// Links are the answers of rtnetlink about all adapters and all addresses.
	Links func() (links, addresses []byte, err error)
	// Messages is the kernel's log.
	Messages func() (text []byte, cut bool, err error)
	// UserName asks the name service, which knows more than /etc/passwd.
	UserName func(uid uint64) string
}

func thisKernel() Kernel {
	return Kernel{
		Hostname: os.Hostname, UID: os.Geteuid, Uname: uname, Space: askSpace, SinceBoot: sinceBoot, Links: askLinks,
		Messages: kernelMessages, UserName: lookupName,
	}
}

func uname() (release, version, architecture string, err error) {
	var u unix.Utsname
	err = unix.Uname(&u)
	return unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Version[:]), unix.ByteSliceToString(u.Machine[:]), err
}

// askSpace may hang as long as a server of a network share is gone.
func askSpace(path string) (Space, error) {
	var v unix.Statfs_t
	if err := unix.Statfs(path, &v); err != nil {
		return Space{}, os.NewSyscallError("statfs", err)
	}
	unit := uint64(max(cmp.Or(v.Frsize, v.Bsize), 0))
	return Space{Size: v.Blocks * unit, Used: (v.Blocks - min(v.Bfree, v.Blocks)) * unit, Free: v.Bavail * unit}, nil
}

func sinceBoot() (time.Duration, error) {
	var t unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t)
	return time.Duration(t.Nano()), err
}

// lookupName asks the name service by its own tool: a program that is linked statically
// reads /etc/passwd alone.
func lookupName(uid uint64) string {
	// Background: who asks is bounded by [Ask], which does not wait for us.
	ctx, cancel := context.WithTimeout(context.Background(), MaxLooking)
	defer cancel()
	out, err := runTool(ctx, "getent", "passwd", strconv.FormatUint(uid, 10))
	if accounts := formats.Passwd(out); err == nil && len(accounts) > 0 {
		return accounts[0].Name
	}
	return ""
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

// Wanting is how many programs want to run now for each processor: the fourth field of
// /proc/loadavg. In a container both numbers are of the whole computer, whatever this
// process may use. It is 0 where the system does not say.
func (m *Machine) Wanting() float64 {
	f := strings.Fields(m.Line("/proc/loadavg"))
	if len(f) < 4 {
		return 0
	}
	running, _, _ := strings.Cut(f[3], "/")
	n, err := strconv.Atoi(running)
	if err != nil {
		return 0
	}
	processors := strings.Count(m.Line("/proc/stat"), "\ncpu")
	return float64(n) / float64(max(processors, runtime.NumCPU()))
}
