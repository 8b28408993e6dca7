// Package software collects what is installed, what waits to be installed, what
// starts by itself, what runs, and what it wrote into the system's log.
//
// Each exported function fills one category of a document. It asks a
// [machine.Machine], and package users for homes and names; it imports no other
// collector.
package software

import "errors"

// errProcesses is the reason of a list of processes that is not complete.
var errProcesses = errors.New("there was no time to look at all of them: some are left out, or have no user and command")
