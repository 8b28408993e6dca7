package sysinfo

import "errors"

// errProcesses is the reason of a list of processes that is not complete.
var errProcesses = errors.New("there was no time to look at all of them: some are left out, or have no user and command")
