package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"supportd/daemon/internal/proc"
)

// adopt makes the supervisor the parent of every orphan below it
// (PR_SET_CHILD_SUBREAPER, prctl(2)).
func (t *tree) adopt() error {
	if err := becomeSubreaper(); err != nil {
		return err
	}
	// A script of the same user must not write to our descriptors (ptrace(2)).
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("keeping the script from its supervisor: %w", err)
	}
	t.adopts = true
	return nil
}

func becomeSubreaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("keeping the script's processes together: %w", err)
	}
	return nil
}

// empty reports whether nothing of the tree is left, without a look at every
// process of the system: whoever adopts has the tree's last processes as
// children, and the kernel says that there are none (waitid(2)).
func (t *tree) empty() bool {
	return t.adopts && errors.Is(unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil), unix.ECHILD)
}

// ownSession starts the script without a controlling terminal, and lets it die
// with the supervisor.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// processes reads the process table from /proc, see proc_pid_stat(5). Our own children
// are read once more at the end: one that began meanwhile and soon ends would be gone
// before the next look.
func processes() (table []process) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			table = note(table, pid)
		}
	}
	for _, pid := range proc.Children() {
		table = slices.DeleteFunc(table, func(p process) bool { return p.pid == pid }) // its parent may have changed
		table = note(table, pid)
	}
	return table
}

// note adds a process to the table where it is still there.
func note(table []process, pid int) []process {
	if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		if p, ok := parseStat(pid, stat); ok {
			return append(table, p)
		}
	}
	return table
}

// parseStat takes the fields after the command's name, which may hold anything.
func parseStat(pid int, stat []byte) (process, bool) {
	_, rest, ok := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(") "))
	f := strings.Fields(string(rest))
	if !ok || len(f) < 20 {
		return process{}, false
	}
	// A process whose first thread has ended looks dead while its other threads work.
	threads := f[17]
	p := process{pid: pid, dead: f[0] == "Z" && threads == "1" || f[0] == "X"}
	p.parent, _ = strconv.Atoi(f[1])
	p.session, _ = strconv.Atoi(f[3])
	p.began, _ = strconv.ParseUint(f[19], 10, 64)
	return p, true
}
