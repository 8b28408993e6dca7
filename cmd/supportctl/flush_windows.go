package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// discardTyped forgets what was typed and not read.
func discardTyped(f *os.File) error { return windows.FlushConsoleInputBuffer(windows.Handle(f.Fd())) }
