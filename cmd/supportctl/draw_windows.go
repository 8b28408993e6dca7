package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// drawable lets the console take the escape sequences that a chat draws with. It
// fails before Windows 10.
func drawable(f *os.File) error {
	handle := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return err
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
}
