//go:build unix

package daemon

import "syscall"

func unreachable() error { return syscall.ENETUNREACH }
