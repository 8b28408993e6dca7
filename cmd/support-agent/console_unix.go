//go:build unix

package main

// hideWindow closes the window of a terminal that shows nothing but this program; false
// where that is not ours to do.
func hideWindow() bool { return false }
