package reach

import "golang.org/x/sys/windows"

// noRoute are the errors of a computer that is in no network.
func noRoute() []error { return []error{windows.WSAENETUNREACH, windows.WSAENETDOWN} }

// noHost are those of a network in which the other computer is not.
func noHost() []error {
	return []error{windows.WSAEHOSTUNREACH, windows.WSAEHOSTDOWN, windows.WSAETIMEDOUT}
}

func refused() []error { return []error{windows.WSAECONNREFUSED} }
