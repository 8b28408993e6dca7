package desktop

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"

	"supportd/consent"
)

// identity is not needed here: programs are started as we are.
type identity struct{}

// Find reports the desktop of the session that we run in. A service has none: its
// session shows nothing to anybody. An error is [ErrNone], or [ErrLocked] where the
// lock screen, the login screen or a question about elevation is in front.
func Find(_ context.Context, opts Options) (*Desktop, error) {
	var session uint32
	if err := windows.ProcessIdToSessionId(windows.GetCurrentProcessId(), &session); err != nil || session == 0 {
		return nil, errors.Join(ErrNone, err)
	}
	switch name, err := inputDesktop(); {
	case errors.Is(err, windows.ERROR_ACCESS_DENIED), err == nil && name != "Default":
		return nil, ErrLocked
	case err != nil:
		return nil, fmt.Errorf("%w: %w", consent.ErrNobody, err)
	}
	return &Desktop{
		User: value(opts.Environ, "USERNAME"), UID: -1, Home: value(opts.Environ, "USERPROFILE"), Env: slices.Clone(opts.Environ),
	}, nil
}

// inputDesktop is the name of the desktop that takes keys now (OpenInputDesktop,
// winuser.h): "Default" is a person's own, "Winlogon" the lock screen.
func inputDesktop() (string, error) {
	user32 := windows.NewLazySystemDLL("user32.dll")
	const readObjects, name = 1, 2 // DESKTOP_READOBJECTS, UOI_NAME
	desktop, _, err := user32.NewProc("OpenInputDesktop").Call(0, 0, readObjects)
	if desktop == 0 {
		return "", fmt.Errorf("OpenInputDesktop: %w", err)
	}
	defer func() { _, _, _ = user32.NewProc("CloseDesktop").Call(desktop) }()
	var text [64]uint16
	var needed uint32
	ok, _, err := user32.NewProc("GetUserObjectInformationW").Call(desktop, name,
		uintptr(unsafe.Pointer(&text[0])), unsafe.Sizeof(text), uintptr(unsafe.Pointer(&needed)))
	if ok == 0 {
		return "", fmt.Errorf("GetUserObjectInformation: %w", err)
	}
	return windows.UTF16ToString(text[:]), nil
}

// Command is a program on this desktop. It ends with ctx.
func (d *Desktop) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = slices.Clone(d.Env)
	return cmd
}
