package power

import (
	"context"
	"fmt"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

// AtScreen lists the users who are logged in at the computer itself, sorted.
func (System) AtScreen(context.Context) ([]string, error) {
	var first *windows.WTS_SESSION_INFO
	var count uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &first, &count); err != nil {
		return nil, fmt.Errorf("WTSEnumerateSessions: %w", err)
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(first)))
	query := windows.NewLazySystemDLL("wtsapi32.dll").NewProc("WTSQuerySessionInformationW")
	var users []string
	for _, session := range unsafe.Slice(first, count) {
		if session.State != windows.WTSActive {
			continue
		}
		const userName = 5 // WTSUserName
		var text *uint16
		var size uint32
		ok, _, _ := query.Call(0, uintptr(session.SessionID), userName, uintptr(unsafe.Pointer(&text)), uintptr(unsafe.Pointer(&size)))
		if ok == 0 {
			continue // it has ended meanwhile
		}
		if name := windows.UTF16PtrToString(text); name != "" {
			users = append(users, name)
		}
		windows.WTSFreeMemory(uintptr(unsafe.Pointer(text)))
	}
	slices.Sort(users)
	return slices.Compact(users), nil
}
