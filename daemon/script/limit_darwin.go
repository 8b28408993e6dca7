package script

import (
	"os"

	"golang.org/x/sys/unix"
)

// limitTasks bounds how many processes our user can have from now on
// (RLIMIT_NPROC, see setrlimit(2)): threads do not count here, so the supervisor,
// which starts nothing else, can live under the script's limit. It reports false
// where the limit does not hold, which is so for root.
func limitTasks() (settle func(pid int), limited bool) {
	settle = func(int) {}
	var own unix.Rlimit
	if os.Geteuid() == 0 || unix.Getrlimit(unix.RLIMIT_NPROC, &own) != nil {
		return settle, false
	}
	processes, err := unix.SysctlKinfoProcSlice("kern.proc.uid", os.Getuid())
	if err != nil {
		return settle, false
	}
	most := min(own.Cur, uint64(len(processes)+MaxProcesses))
	return settle, unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: most, Max: most}) == nil
}
