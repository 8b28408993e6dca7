//go:build unix

package script

import "os"

// Deputy starts our own program as another user of this computer.
type Deputy interface {
	// Supervise calls it with args and with these files as descriptors 0 to 3,
	// which it does not close.
	Supervise(args []string, stdin, stdout, stderr, report *os.File) (Process, error)
}

// Process is a supervisor that was started.
type Process interface {
	Kill()
	Wait() error // to be called once
}
