package link

import "golang.org/x/sys/windows"

func isRefused(err error) bool { return isAny(err, windows.WSAECONNREFUSED) }

func isUnreachable(err error) bool {
	return isAny(err, windows.WSAENETUNREACH, windows.WSAEHOSTUNREACH, windows.WSAENETDOWN, windows.WSAEHOSTDOWN)
}
