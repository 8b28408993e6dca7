package account

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"supportd/daemon/internal/proc"
)

// adoptOrphans makes processes below us that lose their parent our children, so that none
// escapes by forking twice. It also keeps others from reading our memory.
func adoptOrphans() error {
	if err := KeepMemory(); err != nil {
		return err
	}
	return inheritOrphans()
}

// KeepMemory keeps other programs of the same user from reading the memory of this
// process from now on and from steering it, and keeps it out of core dumps: a password
// that is typed may stand in buffers that are not ours to overwrite. What the process
// starts is not affected. It is for Linux (PR_SET_DUMPABLE, prctl(2)); elsewhere it does nothing.
func KeepMemory() error {
	return os.NewSyscallError("prctl", unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
}

// ownProgram is the file of this process, even where its path cannot be reached.
func ownProgram() string { return "/proc/self/exe" }

// inheritOrphans makes the daemon the parent of what loses its own below it, so
// that strays finds it (prctl(2)).
func inheritOrphans() error {
	return os.NewSyscallError("prctl", unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
}

// descendants finds the processes below pid, and the dead children of pid.
func descendants(pid int) (f found) {
	all := children()
	for _, p := range all[pid] {
		if p < 0 {
			f.dead = append(f.dead, -p)
		}
	}
	f.living = below(all, pid)
	f.groups = proc.Groups(slices.Concat(f.living, f.dead), []int{pid})
	return f
}

// strays finds our children that are other users' processes, and the living processes
// below them. We start none such: they are what is left of a logon whose worker was
// killed.
func strays() found { return orphans(isForeign) }

// adopted finds our children that are none of own, and the living processes below them.
// Their own parent has ended.
func adopted(own func() []int) found {
	var ours []int // read behind the list of processes
	return orphans(func(pid int) bool {
		if ours == nil {
			ours = append([]int{}, own()...)
		}
		return !slices.Contains(ours, pid)
	})
}

// reaping keeps one look at our children from reaping what another has still to read.
var reaping sync.Mutex

// orphans finds those of our children for which are is true: the living ones with the
// living processes below them, and the dead ones. It reaps the dead ones, for which
// nobody else waits.
func orphans(are func(pid int) bool) (f found) {
	reaping.Lock()
	defer reaping.Unlock()
	all := children()
	var others []int
	for _, p := range all[os.Getpid()] {
		pid := max(p, -p)
		if !are(pid) {
			others = append(others, pid)
			continue
		}
		if p < 0 {
			f.dead = append(f.dead, pid)
		} else {
			f.living = append(f.living, pid)
		}
		f.living = append(f.living, below(all, pid)...)
	}
	f.groups = proc.Groups(slices.Concat(f.living, f.dead), others)
	for _, pid := range f.dead {
		_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
	}
	return f
}

// isForeign reports whether a process was started by another user. su and sudo
// are still their caller's where they were started by one of ours.
func isForeign(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return false // it is gone
	}
	_, rest, _ := bytes.Cut(status, []byte("\nUid:"))
	ids := bytes.Fields(rest)
	return len(ids) > 0 && string(ids[0]) != strconv.Itoa(os.Getuid())
}

// children lists the processes by their parent, from proc(5). The number of a dead one is
// negative. What it has started may live. Our own children are read once more at the end:
// one that began meanwhile and soon ends would be gone before the next look.
func children() map[int][]int {
	names, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	all := map[int][]int{}
	note := func(pid int) {
		if parent, p, ok := parentOf(pid); ok && !slices.Contains(all[parent], p) {
			all[parent] = append(all[parent], p)
		}
	}
	for _, name := range names {
		if pid, err := strconv.Atoi(name.Name()); err == nil {
			note(pid)
		}
	}
	for _, pid := range proc.Children() {
		note(pid)
	}
	return all
}

// parentOf reads the parent of a process, and its number as [children] lists it.
func parentOf(pid int) (parent, p int, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	// The name in parentheses may hold anything; state and parent follow it.
	at := bytes.LastIndexByte(stat, ')')
	if err != nil || at < 0 {
		return 0, 0, false
	}
	f := bytes.Fields(stat[at+1:])
	const state, ppid, threads = 0, 1, 17
	if len(f) <= threads || f[state][0] == 'X' {
		return 0, 0, false
	}
	// One whose first thread has ended looks dead while the others work.
	if f[state][0] == 'Z' && string(f[threads]) == "1" {
		pid = -pid
	}
	parent, err = strconv.Atoi(string(f[ppid]))
	return parent, pid, err == nil
}

// below lists the living processes below pid.
func below(children map[int][]int, pid int) (found []int) {
	for next := []int{pid}; len(next) > 0; next = next[1:] {
		for _, p := range children[next[0]] {
			if p < 0 {
				next = append(next, -p)
				continue
			}
			next, found = append(next, p), append(found, p)
		}
	}
	return found
}
