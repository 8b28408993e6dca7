//go:build unix

package main

import "syscall"

// addressInUse are the errors of an address at which another program listens.
func addressInUse() []error { return []error{syscall.EADDRINUSE} }

// noSuchAddress are those of an address that the computer does not have.
func noSuchAddress() []error { return []error{syscall.EADDRNOTAVAIL} }

// writeProtected are those of a disk that can only be read.
func writeProtected() []error { return []error{syscall.EROFS} }
