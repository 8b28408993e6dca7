package main

import "golang.org/x/sys/windows"

// addressInUse are the errors of an address at which another program listens, or that
// one has for itself alone (SO_EXCLUSIVEADDRUSE).
func addressInUse() []error { return []error{windows.WSAEADDRINUSE, windows.WSAEACCES} }

// noSuchAddress are those of an address that the computer does not have.
func noSuchAddress() []error { return []error{windows.WSAEADDRNOTAVAIL} }

// writeProtected are those of a disk that can only be read.
func writeProtected() []error { return []error{windows.ERROR_WRITE_PROTECT} }
