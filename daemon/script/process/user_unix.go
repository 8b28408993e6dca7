//go:build unix

package process

import "os"

// User starts our own program as another user of this computer.
type User interface {
	// StartSupervisor calls it with args and with these files as descriptors 0 to 3,
	// which it does not close.
	StartSupervisor(args []string, stdin, stdout, stderr, report *os.File) (Handle, error)
}

// Handle is a supervisor that was started.
type Handle interface {
	Kill()
	Wait() error // to be called once
}
