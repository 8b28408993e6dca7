// Package privilege asks for what an account on Windows may do beyond the
// access to objects: a privilege that it holds, and that must be enabled before
// use. It is for Windows alone.
package privilege

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ErrNotHeld means that the account of this process does not hold a privilege.
var ErrNotHeld = errors.New("the account does not hold the privilege")

// With enables privileges of this process for the time of work, each by its name,
// e.g. "SeShutdownPrivilege". It returns [ErrNotHeld] without doing the work where
// one of them is not held. Callers must not overlap.
func With(work func() error, names ...string) error {
	if len(names) == 0 {
		return work()
	}
	return with(names[0], func() error { return With(work, names[1:]...) })
}

func with(name string, work func() error) error {
	var token windows.Token
	err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token)
	if err != nil {
		return fmt.Errorf("OpenProcessToken: %w", err)
	}
	defer token.Close()
	wanted := windows.Tokenprivileges{PrivilegeCount: 1}
	wanted.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	id, err := windows.UTF16PtrFromString(name)
	if err == nil {
		err = windows.LookupPrivilegeValue(nil, id, &wanted.Privileges[0].Luid)
	}
	if err != nil {
		return fmt.Errorf("LookupPrivilegeValue: %w", err)
	}
	var before windows.Tokenprivileges
	var size uint32
	err = windows.AdjustTokenPrivileges(token, false, &wanted, uint32(unsafe.Sizeof(before)), &before, &size)
	if err != nil {
		return fmt.Errorf("AdjustTokenPrivileges: %w", err)
	}
	// A privilege that the account does not hold is left out without an error, and
	// then nothing stands in before.
	if held, err := holds(token, wanted.Privileges[0].Luid); err != nil || !held {
		return errors.Join(err, fmt.Errorf("%s: %w", name, ErrNotHeld))
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
