package process

import (
	"os"

	"golang.org/x/sys/unix"
)

// limit bounds how many processes our user can have from now on
// (RLIMIT_NPROC, see setrlimit(2)): threads do not count here, so the supervisor,
// which starts nothing else, can live under the script's limit. The limit does not
// hold for root, whose processes are counted in watch; the system's own limit
// (kern.maxproc) keeps room for it to do so.
func (t *tree) limit(string) (afterStart func(pid int), err error) {
	afterStart = func(int) {}
	var own unix.Rlimit
	if os.Geteuid() == 0 || unix.Getrlimit(unix.RLIMIT_NPROC, &own) != nil {
		t.counted = true
		return afterStart, nil
	}
	processes, err := unix.SysctlKinfoProcSlice("kern.proc.uid", os.Getuid())
	if err != nil {
		t.counted = true
		return afterStart, nil
	}
	most := min(own.Cur, uint64(len(processes)+MaxProcesses))
	t.counted = unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: most, Max: most}) != nil
	return afterStart, nil
}

// CanLimit never refuses here.
func CanLimit() error { return nil }
