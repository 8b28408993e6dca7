package process

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// gentle are the means that change nothing but the group that they make. The drastic ones
// mount a tree of our own, or change the group in which we were started. They are for
// root alone, to whom no other limit applies.
func gentle() []means { return []means{{mountedHierarchies, false}} }

func drastic() []means {
	return []means{{privateHierarchies, false}, {mountedHierarchies, true}, {privateHierarchies, true}}
}

// limit bounds how many processes the next one that we start can have below it,
// by the first way that holds: a control group where there is one that we may
// use, else the limit that the system has for our user, else a group in spite of
// obstacles. It returns [ErrUnbounded] where none does: counting what runs is too
// slow for a script that starts processes as fast as it can.
func (t *tree) limit(run string) (afterStart func(pid int), err error) {
	afterStart = func(int) {}
	enter := func(m means) bool { return t.group.enter(run, m) }
	if slices.ContainsFunc(gentle(), enter) {
		return afterStart, nil
	}
	if afterStart, limited := limitTasks(); limited {
		return afterStart, nil
	}
	if slices.ContainsFunc(drastic(), enter) {
		return afterStart, nil
	}
	return nil, ErrUnbounded
}

// CanLimit returns [ErrUnbounded] where limit would. It is asked before a customer is.
func CanLimit() error {
	if tasksAreLimited() || slices.ContainsFunc(gentle(), canMake) || slices.ContainsFunc(drastic(), canMake) {
		return nil
	}
	return ErrUnbounded
}

// limitTasks bounds what the next process that we start, and all that descend
// from it, can add to the tasks of our user, where no control group does it:
// RLIMIT_NPROC, see getrlimit(2). The supervisor itself must stay able to make
// threads, so it goes back to its own limit in afterStart, which then also takes from the
// process the right to raise its limit. It reports false where the limit does not
// hold.
func limitTasks() (afterStart func(pid int), limited bool) {
	var own unix.Rlimit
	if !tasksAreLimited() || unix.Getrlimit(unix.RLIMIT_NPROC, &own) != nil {
		return nil, false
	}
	most := min(own.Cur, uint64(tasksOf(os.Getuid())+MaxProcesses))
	theirs := unix.Rlimit{Cur: most, Max: own.Max}
	if unix.Setrlimit(unix.RLIMIT_NPROC, &theirs) != nil {
		return nil, false
	}
	return func(pid int) {
		_ = unix.Setrlimit(unix.RLIMIT_NPROC, &own)
		if pid != 0 {
			_ = unix.Prlimit(pid, unix.RLIMIT_NPROC, &unix.Rlimit{Cur: most, Max: most}, nil) // it may be gone
		}
	}, true
}

// tasksAreLimited reports whether RLIMIT_NPROC holds for us. It does not for the system's
// root, nor for who has one of two capabilities; only those that hold for the whole
// system count. So the root of a user namespace (user_namespaces(7)) is limited as the
// user who they are outside of it.
func tasksAreLimited() bool {
	ours, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false
	}
	outside, nested := uidOutside(string(ours), os.Getuid())
	if outside == 0 {
		return false
	}
	return nested || !mayExceedLimits()
}

// uidOutside is the number that a user has outside of our user namespace, whose
// uid_map this is, and whether there is an outside. It is 0 where that is not known.
func uidOutside(uidMap string, uid int) (outside int, nested bool) {
	const everybody = 1<<32 - 1
	for line := range strings.Lines(uidMap) {
		var inside, out, count int
		if n, _ := fmt.Sscan(line, &inside, &out, &count); n != 3 || uid < inside || uid-inside >= count {
			continue
		}
		return out + uid - inside, inside != 0 || out != 0 || count != everybody
	}
	return 0, true
}

// mayExceedLimits reports whether we have a capability that lifts the limit
// (capabilities(7)).
func mayExceedLimits() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var have [2]unix.CapUserData
	if unix.Capget(&header, &have[0]) != nil {
		return true
	}
	const lifting = 1<<unix.CAP_SYS_RESOURCE | 1<<unix.CAP_SYS_ADMIN // both in the first word
	return have[0].Permitted&lifting != 0
}

// tasksOf counts a user's threads in the whole system.
func tasksOf(uid int) (tasks int) {
	for _, p := range processes() {
		var st syscall.Stat_t
		if syscall.Stat("/proc/"+strconv.Itoa(p.pid), &st) != nil || int(st.Uid) != uid {
			continue
		}
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.pid))
		if err == nil {
			tasks += max(1, len(threads))
		}
	}
	return tasks
}
