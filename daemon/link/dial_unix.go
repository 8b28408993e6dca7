//go:build unix

package link

import "syscall"

func isRefused(err error) bool { return isAny(err, syscall.ECONNREFUSED) }

func isUnreachable(err error) bool {
	return isAny(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN)
}
