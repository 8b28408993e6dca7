package dialog

import (
	"context"
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// show shows a box on our own desktop.
func show(ctx context.Context, _ Starter, n note) (click, error) {
	return messageBox(ctx, calls{user32DLL()}, n)
}

func user32DLL() *windows.LazyDLL { return windows.NewLazySystemDLL("user32.dll") }

// calls are Windows' own.
type calls struct{ dll *windows.LazyDLL }

// call keeps what the arguments point to where it is until it returns.
//
//go:uintptrescapes
func (c calls) call(name string, args ...uintptr) (uintptr, error) {
	result, _, err := c.dll.NewProc(name).Call(args...)
	return result, err
}

func (c calls) MessageBox(text, title string, flags uint32, thread chan<- uint32) (int, error) {
	t, err := windows.UTF16PtrFromString(text)
	if err != nil {
		return 0, err
	}
	caption, err := windows.UTF16PtrFromString(title)
	if err != nil {
		return 0, err
	}
	runtime.LockOSThread() // its window belongs to the thread
	defer runtime.UnlockOSThread()
	thread <- windows.GetCurrentThreadId()
	button, err := c.call("MessageBoxW", 0, uintptr(unsafe.Pointer(t)), uintptr(unsafe.Pointer(caption)), uintptr(flags))
	if button == 0 {
		return 0, fmt.Errorf("MessageBox: %w", err)
	}
	return int(button), nil
}

// Window looks through the dialogs of all programs, whose class is "#32770".
func (c calls) Window(thread uint32) uintptr {
	class, err := windows.UTF16PtrFromString("#32770")
	if err != nil {
		return 0
	}
	for after := uintptr(0); ; {
		after, _ = c.call("FindWindowExW", 0, after, uintptr(unsafe.Pointer(class)), 0)
		if after == 0 {
			return 0
		}
		owner, _ := c.call("GetWindowThreadProcessId", after, 0)
		if visible, _ := c.call("IsWindowVisible", after); uint32(owner) == thread && visible != 0 {
			return after
		}
	}
}

func (c calls) SetButton(window uintptr, button int, label string) bool {
	text, err := windows.UTF16PtrFromString(label)
	if err != nil {
		return false
	}
	ok, _ := c.call("SetDlgItemTextW", window, uintptr(button), uintptr(unsafe.Pointer(text)))
	return ok != 0
}

// flashInfo is FLASHWINFO (winuser.h).
type flashInfo struct {
	size    uint32
	window  uintptr
	flags   uint32
	count   uint32
	timeout uint32
}

func (c calls) Raise(window uintptr) {
	const (
		topmost      = ^uintptr(0) // HWND_TOPMOST
		noSizeNoMove = 0x1 | 0x2   // SWP_NOSIZE, SWP_NOMOVE
		untilSeen    = 0x3 | 0xc   // FLASHW_ALL, FLASHW_TIMERNOFG
	)
	_, _ = c.call("SetWindowPos", window, topmost, 0, 0, 0, 0, noSizeNoMove)
	_, _ = c.call("SetForegroundWindow", window)
	info := flashInfo{window: window, flags: untilSeen}
	info.size = uint32(unsafe.Sizeof(info))
	_, _ = c.call("FlashWindowEx", uintptr(unsafe.Pointer(&info)))
}

func (c calls) Quit(thread uint32) {
	const wmQuit = 0x12
	_, _ = c.call("PostThreadMessageW", uintptr(thread), wmQuit, 0, 0)
}

func (c calls) Close(window uintptr) {
	const wmClose = 0x10
	_, _ = c.call("PostMessageW", window, wmClose, 0, 0)
}
