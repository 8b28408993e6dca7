//go:build unix && !linux

package main

// keepInherited keeps to ourselves what we were started with: no descriptor
// beyond the standard streams reaches a program that we start, as us or as another
// user, unless we hand it on.
func keepInherited() { closeOnExec("/dev/fd") }
