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
	"time"

	"golang.org/x/sys/unix"
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

// AdoptOrphans makes this process the parent of what a script leaves when it kills
// its supervisor; endOrphans ends that.
func AdoptOrphans() error { return becomeSubreaper() }

// endOrphans ends what a script has left to this process by killing its supervisor.
// spared are children of this process that it must not take for such.
func endOrphans(spared func() []int) {
	const emptyLooks = 3 // one alone misses a process that begins behind it, and whose parent ends before it
	for range killRounds {
		for empty := 0; !killFound(func() []int { return orphans(spared) }); {
			if empty++; empty == emptyLooks {
				return
			}
		}
		time.Sleep(killPause)
	}
}

// orphans lists the living processes below this one that descend from a script, and
// reaps the dead ones. What this process starts itself stays in its session, or is
// spared; a script was put into one of its own, and nothing of it can join another
// (setsid(2)).
func orphans(spared func() []int) (found []int) {
	own, err := unix.Getsid(0)
	if err != nil {
		return nil
	}
	table := processes()
	var ours []int
	if spared != nil {
		ours = spared() // behind the table: what is in it and spared is known by now
	}
	children := map[int][]process{}
	for _, p := range table {
		children[p.parent] = append(children[p.parent], p)
	}
	queue := slices.DeleteFunc(children[os.Getpid()], func(p process) bool {
		return p.session == own || slices.Contains(ours, p.pid)
	})
	for _, p := range queue {
		if p.dead {
			_, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		outOfReach := errors.Is(unix.Kill(queue[0].pid, 0), unix.EPERM) // another user's
		if !queue[0].dead && !outOfReach {
			found = append(found, queue[0].pid)
		}
		queue = append(queue, children[queue[0].pid]...)
	}
	return found
}

// ownSession starts the script without a controlling terminal, and lets it die
// with the supervisor.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}

// processes reads the process table from /proc, see proc_pid_stat(5).
func processes() []process {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var table []process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		if p, ok := parseStat(pid, stat); ok {
			table = append(table, p)
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
	// One whose first thread has ended looks dead while the others work.
	threads := f[17]
	p := process{pid: pid, dead: f[0] == "Z" && threads == "1" || f[0] == "X"}
	p.parent, _ = strconv.Atoi(f[1])
	p.session, _ = strconv.Atoi(f[3])
	p.began, _ = strconv.ParseUint(f[19], 10, 64)
	return p, true
}
