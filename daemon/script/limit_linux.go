package script

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitTasks bounds what the next process that we start, and all that descend
// from it, can add to the tasks of our user, where no control group does it:
// RLIMIT_NPROC, see getrlimit(2). The supervisor itself must stay able to make
// threads, so it goes back to its own limit in settle, which then also takes from the
// process the right to raise its limit. It reports false where the limit does not
// hold, which is so for root.
func limitTasks() (settle func(pid int), limited bool) {
	var own unix.Rlimit
	if os.Geteuid() == 0 || unix.Getrlimit(unix.RLIMIT_NPROC, &own) != nil {
		return func(int) {}, false
	}
	most := min(own.Cur, uint64(tasksOf(os.Getuid())+MaxProcesses))
	theirs := unix.Rlimit{Cur: most, Max: own.Max}
	if unix.Setrlimit(unix.RLIMIT_NPROC, &theirs) != nil {
		return func(int) {}, false
	}
	return func(pid int) {
		_ = unix.Setrlimit(unix.RLIMIT_NPROC, &own)
		if pid != 0 {
			_ = unix.Prlimit(pid, unix.RLIMIT_NPROC, &unix.Rlimit{Cur: most, Max: most}, nil) // it may be gone
		}
	}, true
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
