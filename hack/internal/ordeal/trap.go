//go:build linux

package ordeal

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// trapVerb is the first argument of the program that [Trapped] replaces by another
// one, whose syncs are counted.
const trapVerb = "supportd-trapped"

// Trapped does nothing unless the process was started by a campaign to become a
// program that is killed at one of its syncs. It is for the first line of main. The
// kernel tells each sync of the whole program before it happens
// (SECCOMP_RET_USER_NOTIF, seccomp_unotify(2)); strace(1) would count for each thread.
func Trapped(args []string) error {
	if len(args) < 4 || args[1] != trapVerb {
		return nil
	}
	runtime.LockOSThread() // filter and mounts are this thread's, and go with execve(2)
	if args[2] != "" {
		if err := enterStage(args[2]); err != nil {
			return fmt.Errorf("keeping this computer from a restart: %w", err)
		}
	}
	const nr, no, yes = 0, 0, 1
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: nr},
		// Whatever else fails: nothing that is started here restarts this computer.
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_REBOOT, Jt: no, Jf: yes},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FSYNC, Jt: yes, Jf: no},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_FDATASYNC, Jt: no, Jf: yes},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_USER_NOTIF},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	const parent = 3
	if err := unix.Sendmsg(parent, []byte("x"), unix.UnixRights(int(fd)), nil, 0); err != nil {
		return err
	}
	if err := errors.Join(unix.Close(parent), unix.Close(int(fd))); err != nil {
		return err
	}
	return unix.Exec(args[3], args[3:], os.Environ())
}

// trap counts the syncs of a program and kills it before one of them.
type trap struct {
	process *os.Process
	work    sync.WaitGroup

	mu    sync.Mutex
	count int // syncs so far
	at    int // the sync that is the last; 0 is none
	fired bool
}

// startTrapped starts cmd with start, to be killed before its sync number at; 0 is
// never, until [trap.arm]. It runs on a stage, or with "" on none. The owner must wait
// for the trap's work when the program has ended.
func startTrapped(cmd *exec.Cmd, stage string, at int, start func(*exec.Cmd) error) (*trap, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "trap"), os.NewFile(uintptr(pair[1]), "trap")
	defer ours.Close()
	defer theirs.Close()
	cmd.Args = append([]string{self, trapVerb, stage, cmd.Path}, cmd.Args[1:]...)
	cmd.Path, cmd.ExtraFiles = self, []*os.File{theirs}
	if err := start(cmd); err != nil {
		return nil, err
	}
	theirs.Close()
	listener, err := receive(ours)
	if err != nil {
		_ = cmd.Process.Kill() // whoever has started it waits for it
		return nil, err
	}
	t := &trap{process: cmd.Process, at: at}
	t.work.Go(func() { t.watch(listener) })
	return t, nil
}

// receive takes the descriptor that the program sends.
func receive(from *os.File) (int, error) {
	conn, err := net.FileConn(from)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	data, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := conn.(*net.UnixConn).ReadMsgUnix(data, rights)
	if err != nil {
		return 0, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return 0, fmt.Errorf("the trap: %d messages, %w", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return 0, fmt.Errorf("the trap: %d descriptors, %w", len(fds), err)
	}
	return fds[0], nil
}

// notice is struct seccomp_notif, reply struct seccomp_notif_resp.
type notice struct {
	ID    uint64
	PID   uint32 // of the thread
	Flags uint32
	Data  [64]byte
}

type reply struct {
	ID    uint64
	Value int64
	Error int32
	Flags uint32
}

// watch lets syncs pass until nobody has the filter any more.
func (t *trap) watch(listener int) {
	defer unix.Close(listener)
	for {
		fds := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		if fds[0].Revents&unix.POLLIN == 0 {
			if fds[0].Revents != 0 {
				return // POLLHUP: all have ended
			}
			continue
		}
		var n notice
		if !control(listener, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)) || t.stops(n.PID) {
			continue // it has ended
		}
		const goOn = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE
		control(listener, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&reply{ID: n.ID, Flags: goOn}))
	}
}

func control(fd int, request uint, data unsafe.Pointer) bool {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(data))
	return errno == 0
}

// stops counts a sync of a thread, and kills the program where it is the last.
func (t *trap) stops(thread uint32) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", thread))
	if err != nil || !strings.Contains(string(status), fmt.Sprintf("\nTgid:\t%d\n", t.process.Pid)) {
		return false // a script's own
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count++; t.count != t.at {
		return false
	}
	t.fired = true
	_ = t.process.Kill()
	return true
}

// arm lets the program end at its sync number n from now on.
func (t *trap) arm(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = t.count + n
}

// disarm lets it live, and reports whether it still does.
func (t *trap) disarm() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = 0
	return !t.fired
}
