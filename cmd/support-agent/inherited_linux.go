package main

import (
	"math"

	"golang.org/x/sys/unix"
)

// keepInherited keeps to ourselves what we were started with: no descriptor
// beyond the standard streams reaches a program that we start, as us or as another
// user, unless we hand it on (close_range(2)).
func keepInherited() {
	const first = 3
	if unix.CloseRange(first, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) != nil { // before Linux 5.11
		closeOnExec("/proc/self/fd")
	}
}
