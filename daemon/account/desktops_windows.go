package account

import (
	"context"
	"fmt"

	"golang.org/x/sys/windows"
)

// lockDesktops locks the desktop that we run on, as its user does with Windows and L.
// They alone unlock it: Windows has no other way. A service has no desktop.
func lockDesktops(context.Context, string) (func(context.Context) error, error) {
	unlock := func(context.Context) error { return nil }
	var session uint32
	if err := windows.ProcessIdToSessionId(windows.GetCurrentProcessId(), &session); err != nil || session == 0 {
		return unlock, err
	}
	ok, _, err := windows.NewLazySystemDLL("user32.dll").NewProc("LockWorkStation").Call()
	if ok == 0 {
		return unlock, fmt.Errorf("LockWorkStation: %w", err)
	}
	return unlock, nil
}
