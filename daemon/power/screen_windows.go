package power

import (
	"context"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Kinds of information about a session (WTS_INFO_CLASS, wtsapi32.h).
const (
	wtsUserName   = 5
	wtsDomainName = 7
	wtsProtocol   = 16 // a USHORT; 0 is the console
)

// AtScreen lists the users who are logged in at the computer itself, as
// DOMAIN\user, sorted. A domain is the computer's own name for local users, so
// that two of the same name are told apart; whoever is connected over the network
// is not listed.
func (System) AtScreen(context.Context) ([]string, error) {
	var first *windows.WTS_SESSION_INFO
	var count uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &first, &count); err != nil {
		return nil, fmt.Errorf("WTSEnumerateSessions: %w", err)
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(first)))
	var users []string
	for _, session := range unsafe.Slice(first, count) {
		if session.State != windows.WTSActive || !atConsole(session.SessionID) {
			continue
		}
		if name := sessionText(session.SessionID, wtsUserName); name != "" {
			users = append(users, sessionText(session.SessionID, wtsDomainName)+`\`+name)
		}
	}
	slices.Sort(users)
	return slices.Compact(users), nil
}

// atConsole reports whether a session is at the computer's own screen. One that
// has ended meanwhile is not.
func atConsole(session uint32) (local bool) {
	query(session, wtsProtocol, func(data unsafe.Pointer, size uint32) {
		local = size >= 2 && *(*uint16)(data) == 0
	})
	return local
}

// sessionText is a text about a session; "" when it has ended meanwhile.
func sessionText(session, kind uint32) (text string) {
	query(session, kind, func(data unsafe.Pointer, _ uint32) { text = windows.UTF16PtrToString((*uint16)(data)) })
	return text
}

// query calls use with what WTSQuerySessionInformationW has to say, while that
// is valid.
func query(session, kind uint32, use func(data unsafe.Pointer, size uint32)) {
	var data unsafe.Pointer
	var size uint32
	const thisComputer = 0 // WTS_CURRENT_SERVER_HANDLE
	ok, _, _ := windows.NewLazySystemDLL("wtsapi32.dll").NewProc("WTSQuerySessionInformationW").Call(
		thisComputer, uintptr(session), uintptr(kind), uintptr(unsafe.Pointer(&data)), uintptr(unsafe.Pointer(&size)))
	if ok == 0 || data == nil {
		return
	}
	defer windows.WTSFreeMemory(uintptr(data))
	use(data, size)
}
