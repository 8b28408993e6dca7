package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// readerGone cannot be told here without writing: the end of the input, and the
// time limit after it, have to do.
func readerGone(*os.File) bool { return false }

// brokenPipe are the errors of writing to a reader who has gone.
func brokenPipe() []error { return []error{windows.ERROR_BROKEN_PIPE, windows.ERROR_NO_DATA} }
