//go:build unix

package account

import (
	"os"
	"syscall"
)

// duplicateOf is another descriptor of a file, as a process that is started has it.
func duplicateOf(f *os.File) (*os.File, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
