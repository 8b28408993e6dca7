//go:build unix

package proc

import (
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
)

// Neither our own group nor one of a spared process is listed, and each other one once.
func TestGroupsLeavesOutOursAndTheSpared(t *testing.T) {
	start := func(group int) int {
		cmd := exec.Command("/bin/sleep", "60")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: group}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd.Process.Pid
	}
	leader, spared := start(0), start(0)
	member := start(leader)
	if got := Groups([]int{member, leader, spared, os.Getpid()}, []int{spared}); !slices.Equal(got, []int{leader}) {
		t.Errorf("%v, want %d", got, leader)
	}
}
