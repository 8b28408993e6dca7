package testkit

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Mark is an argument by which a test finds the processes again that it started: a
// number of seconds for sleep(1) that no other test has.
func Mark(t testing.TB) string {
	t.Helper()
	return "31." + strconv.FormatInt(time.Now().UnixNano()%1_000_000_000, 10)
}

// Alive lists the live processes that have an argument on their command line. A zombie
// has no command line, see proc_pid_cmdline(5).
func Alive(argument string) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well formed
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err == nil && slices.Contains(strings.Split(string(line), "\x00"), argument) {
			pid, _ := strconv.Atoi(path.Base(path.Dir(file)))
			pids = append(pids, pid)
		}
	}
	return pids
}
