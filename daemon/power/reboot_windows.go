package power

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"supportd/daemon/internal/privilege"
)

// otherPlanned is the reason that the event log shows, "Other (Planned)". It has words
// for few reasons ("System Shutdown Reason Codes"; shutdown /?), and none fits a restart
// for support better.
const otherPlanned = windows.SHTDN_REASON_MAJOR_OTHER | windows.SHTDN_REASON_MINOR_OTHER | windows.SHTDN_REASON_FLAG_PLANNED

func (s System) check(context.Context) error {
	return withPrivilege(func() error { return nil })
}

// restart calls InitiateSystemShutdownExW without forcing applications to
// close: one with unsaved work may still hold it up, and shows that to the customer.
func (s System) restart(_ context.Context, reason string) error {
	message, err := windows.UTF16PtrFromString(reason)
	if err != nil {
		return failed(err)
	}
	initiate := windows.NewLazySystemDLL("advapi32.dll").NewProc("InitiateSystemShutdownExW")
	return withPrivilege(func() error {
		const now, gently, again = 0, 0, 1
		ok, _, err := initiate.Call(0, uintptr(unsafe.Pointer(message)), now, gently, again, otherPlanned)
		if ok != 0 {
			return nil
		}
		switch {
		case errors.Is(err, windows.ERROR_SHUTDOWN_IN_PROGRESS):
			return nil // a restart has begun already
		case errors.Is(err, windows.ERROR_ACCESS_DENIED):
			return &Refusal{Cause: Forbidden, Err: err}
		case errors.Is(err, windows.ERROR_SHUTDOWN_USERS_LOGGED_ON):
			return &Refusal{Cause: Occupied, Err: err}
		}
		return failed(fmt.Errorf("InitiateSystemShutdownEx: %w", err))
	})
}

// withPrivilege does work that takes the privilege to restart the computer.
func withPrivilege(work func() error) error {
	err := privilege.With(work, "SeShutdownPrivilege")
	if errors.Is(err, privilege.ErrNotHeld) {
		return &Refusal{Cause: Forbidden, Err: err}
	}
	return failed(err)
}
