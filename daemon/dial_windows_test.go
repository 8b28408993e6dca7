package daemon

import "golang.org/x/sys/windows"

func unreachable() error { return windows.WSAENETUNREACH }
