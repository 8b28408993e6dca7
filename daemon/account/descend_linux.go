package account

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// adoptOrphans makes processes that lose their parent ours, so that none
// escapes by forking twice (prctl(2)). It also keeps other processes of the same
// user from reading our memory.
func adoptOrphans() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	return os.NewSyscallError("prctl", unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
}

// ownProgram is the file of this process, even where its path cannot be reached.
func ownProgram() string { return "/proc/self/exe" }

// descendants lists the living processes below pid, from proc(5).
func descendants(pid int) (found []int) {
	names, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, name := range names {
		p, err := strconv.Atoi(name.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + name.Name() + "/stat")
		// The name in parentheses may hold anything; state and parent follow it.
		at := bytes.LastIndexByte(stat, ')')
		if err != nil || at < 0 {
			continue
		}
		f := bytes.Fields(stat[at+1:])
		if len(f) < 2 || f[0][0] == 'X' {
			continue
		}
		if parent, err := strconv.Atoi(string(f[1])); err == nil {
			if f[0][0] == 'Z' {
				p = -p // dead, but its children are not
			}
			children[parent] = append(children[parent], p)
		}
	}
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
