//go:build unix

package reach

import "syscall"

// noRoute are the errors of a computer that is in no network.
func noRoute() []error { return []error{syscall.ENETUNREACH, syscall.ENETDOWN} }

// noHost are those of a network in which the other computer is not.
func noHost() []error { return []error{syscall.EHOSTUNREACH, syscall.EHOSTDOWN, syscall.ETIMEDOUT} }

func refused() []error { return []error{syscall.ECONNREFUSED} }
