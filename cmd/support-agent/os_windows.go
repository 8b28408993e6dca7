package main

import (
	"context"
	"errors"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// stopSignals holds SIGTERM too: that is what Go makes of a closed window and of
// the end of the user's session.
func stopSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// brokenPipe is nothing: Windows has no such signal. A second os.Interrupt does
// no harm, but an empty list would mean every signal.
func brokenPipe() []os.Signal { return []os.Signal{os.Interrupt} }

// systemLocale is the language of the user's desktop.
func systemLocale() string {
	names, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(names) == 0 {
		return ""
	}
	return names[0]
}

// keepInherited has nothing to do: a program on Windows gets the handles that are
// listed for it, and the Go runtime lists the standard streams only.
func keepInherited() {}

// isAdmin reports whether we may change the system's own settings.
func isAdmin() bool { return windows.GetCurrentProcessToken().IsElevated() }

// servicesShow is false: a service of Windows has a desktop of its own, which nobody sees.
func servicesShow() bool { return false }

// written is false: Windows keeps nothing of what a service writes.
func (p *program) written(*os.File) bool { return false }

// home is the user's home directory.
func (p *program) home() string { return p.getenv("USERPROFILE") }

// desktop is true: what starts with a login has a console to ask in. A service
// has none.
func (p *program) desktop() bool { return true }

// ownWindow reports whether the window closes with the program, so that what it has
// said last would not be read: no other program is attached to the console, as a
// command line would be (GetConsoleProcessList, Windows console API).
func (p *program) ownWindow([]string) bool {
	var attached [2]uint32
	list := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	n, _, _ := list.Call(uintptr(unsafe.Pointer(&attached[0])), uintptr(len(attached)))
	return n == 1
}

// longName is a path with the long names of all that is on it, instead of those of eight
// characters that a program can be started by too.
func longName(path string) string {
	short, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return path
	}
	long := make([]uint16, windows.MAX_LONG_PATH)
	n, err := windows.GetLongPathName(short, &long[0], uint32(len(long)))
	if err != nil || n == 0 || int(n) > len(long) {
		return path
	}
	return windows.UTF16ToString(long[:n])
}

func stateHome(getenv func(string) string) string { return getenv("LOCALAPPDATA") }

// lastingTemp is nowhere: Windows keeps temporary files when it restarts.
const lastingTemp = ""

// diskFailed reports whether a disk takes nothing: it is full, may not be written to, or
// is broken.
func diskFailed(err error) bool {
	for _, e := range []error{windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_WRITE_PROTECT, windows.ERROR_IO_DEVICE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// discardTyped forgets what was typed and not read.
func discardTyped(f *os.File) error { return windows.FlushConsoleInputBuffer(windows.Handle(f.Fd())) }

// readLine waits for a whole line; see the Unix one. The console cannot wait
// for a line and for ctx at once, so a line that is not wanted any more is
// ended by pressing Escape and Enter in the customer's place, while its answer counts no more.
func readLine(ctx context.Context, f *os.File) (string, error) {
	type result struct {
		line string
		err  error
	}
	got := make(chan result, 1)
	go func() {
		const maxLine = 8 << 10
		buf := make([]byte, maxLine)
		n, err := f.Read(buf)
		got <- result{string(buf[:n]), err}
	}()
	select {
	case r := <-got:
		return r.line, r.err
	case <-ctx.Done():
		if press(f, windows.VK_ESCAPE, windows.VK_RETURN) == nil {
			<-got
		}
		return "", context.Cause(ctx)
	}
}

// pasted is not known on Windows, where key releases are input too; what was
// pasted behind the answer is discarded before the next question.
func pasted(*os.File) bool { return false }

// keyEvent is INPUT_RECORD with a KEY_EVENT_RECORD (Windows console API).
type keyEvent struct {
	kind     uint16
	_        uint16
	down     int32
	repeat   uint16
	key      uint16
	scan     uint16
	char     uint16
	controls uint32
}

// keyKind is KEY_EVENT, the kind of an event that is a key.
const keyKind = 1

// press writes key presses into the console's input.
func press(f *os.File, keys ...uint16) error {
	events := make([]keyEvent, len(keys))
	for i, k := range keys {
		// For both keys that are used the character is the key's own code.
		events[i] = keyEvent{kind: keyKind, down: 1, repeat: 1, key: k, char: k}
	}
	write := windows.NewLazySystemDLL("kernel32.dll").NewProc("WriteConsoleInputW")
	var written uint32
	ok, _, err := write.Call(f.Fd(), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(unsafe.Pointer(&written)))
	if ok == 0 {
		return err
	}
	return nil
}
