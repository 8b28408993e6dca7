//go:build unix

package proc

import (
	"slices"

	"golang.org/x/sys/unix"
)

// Groups lists the process groups that processes are in, but for this process's own and
// those of spared. A signal to a group also reaches a process that one of it is starting
// at that moment (kill(2), fork(2)), while a list of processes is old as soon as it is
// read. It does not list the group of a process that was already waited for.
func Groups(processes, spared []int) (groups []int) {
	kept := []int{unix.Getpgrp()}
	for _, pid := range spared {
		if group, err := unix.Getpgid(pid); err == nil {
			kept = append(kept, group)
		}
	}
	for _, pid := range processes {
		group, err := unix.Getpgid(pid)
		if err == nil && group > 1 && !slices.Contains(kept, group) && !slices.Contains(groups, group) {
			groups = append(groups, group)
		}
	}
	return groups
}
