package power

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// plannedMaintenance is the reason that the event log shows: planned, other
// maintenance of the operating system (winreg.h, "System Shutdown Reason Codes").
const plannedMaintenance = windows.SHTDN_REASON_MAJOR_OTHER | windows.SHTDN_REASON_FLAG_PLANNED

func (s System) check(context.Context) error {
	return withPrivilege("SeShutdownPrivilege", func() error { return nil })
}

// restart calls InitiateSystemShutdownExW without forcing applications to
// close: one with unsaved work may still hold it up, and shows that to the customer.
func (s System) restart(_ context.Context, reason string) error {
	message, err := windows.UTF16PtrFromString(reason)
	if err != nil {
		return failed(err)
	}
	initiate := windows.NewLazySystemDLL("advapi32.dll").NewProc("InitiateSystemShutdownExW")
	return withPrivilege("SeShutdownPrivilege", func() error {
		const now, gently, again = 0, 0, 1
		ok, _, err := initiate.Call(0, uintptr(unsafe.Pointer(message)), now, gently, again, plannedMaintenance)
		if ok != 0 {
			return nil
		}
		switch {
		case errors.Is(err, windows.ERROR_SHUTDOWN_IN_PROGRESS):
			return nil // what was wanted happens already
		case errors.Is(err, windows.ERROR_ACCESS_DENIED):
			return &Refusal{Cause: Forbidden, Err: err}
		}
		return failed(fmt.Errorf("InitiateSystemShutdownEx: %w", err))
	})
}

// withPrivilege enables a privilege of this process for the time of work.
// Accounts that do not hold it are refused; holding it is not enough.
func withPrivilege(name string, work func() error) error {
	var token windows.Token
	err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token)
	if err != nil {
		return failed(fmt.Errorf("OpenProcessToken: %w", err))
	}
	defer token.Close()
	wanted := windows.Tokenprivileges{PrivilegeCount: 1}
	wanted.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	id, err := windows.UTF16PtrFromString(name)
	if err == nil {
		err = windows.LookupPrivilegeValue(nil, id, &wanted.Privileges[0].Luid)
	}
	if err != nil {
		return failed(fmt.Errorf("LookupPrivilegeValue: %w", err))
	}
	var before windows.Tokenprivileges
	var size uint32
	err = windows.AdjustTokenPrivileges(token, false, &wanted, uint32(unsafe.Sizeof(before)), &before, &size)
	if err != nil {
		return failed(fmt.Errorf("AdjustTokenPrivileges: %w", err))
	}
	// A privilege that the account does not hold is left out without an error, and
	// then nothing stands in before.
	if held, err := holds(token, wanted.Privileges[0].Luid); err != nil || !held {
		return &Refusal{Cause: Forbidden, Err: errors.Join(err, fmt.Errorf("the account does not hold %s", name))}
	}
	defer func() { _ = windows.AdjustTokenPrivileges(token, false, &before, 0, nil, nil) }()
	return work()
}

// holds reports whether a privilege is enabled in the token.
func holds(token windows.Token, id windows.LUID) (bool, error) {
	var size uint32
	err := windows.GetTokenInformation(token, windows.TokenPrivileges, nil, 0, &size)
	if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) {
		return false, err
	}
	buf := make([]byte, size)
	if err := windows.GetTokenInformation(token, windows.TokenPrivileges, &buf[0], size, &size); err != nil {
		return false, err
	}
	for _, p := range (*windows.Tokenprivileges)(unsafe.Pointer(&buf[0])).AllPrivileges() {
		if p.Luid == id && p.Attributes&windows.SE_PRIVILEGE_ENABLED != 0 {
			return true, nil
		}
	}
	return false, nil
}
