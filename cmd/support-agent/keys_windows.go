package main

import (
	"errors"
	"os"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// glance is how long a look for keys takes, in milliseconds.
const glance = 50

// keyboard switches the console between giving whole lines, as it does by
// itself, and giving each key. Ctrl-C stays a signal in both.
type keyboard struct {
	in      *os.File
	atFirst uint32
	high    uint16 // the first half of a character beyond the basic plane
}

// openKeyboard remembers how the console is set. It fails where the console does
// not know escape sequences (before Windows 10), which drawing a line needs.
func openKeyboard(in, out *os.File) (*keyboard, error) {
	k := &keyboard{in: in}
	if err := windows.GetConsoleMode(windows.Handle(in.Fd()), &k.atFirst); err != nil {
		return nil, err
	}
	var mode uint32
	if err := windows.GetConsoleMode(windows.Handle(out.Fd()), &mode); err != nil {
		return nil, err
	}
	return k, windows.SetConsoleMode(windows.Handle(out.Fd()), mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING)
}

// keys lets the console give each key, and not show it.
func (k *keyboard) keys() error {
	mode := k.atFirst&^(windows.ENABLE_LINE_INPUT|windows.ENABLE_ECHO_INPUT) | windows.ENABLE_VIRTUAL_TERMINAL_INPUT
	return windows.SetConsoleMode(windows.Handle(k.in.Fd()), mode)
}

// lines sets the console as it was.
func (k *keyboard) lines() error {
	return windows.SetConsoleMode(windows.Handle(k.in.Fd()), k.atFirst)
}

// read returns the keys that were pressed; none when there are none for a while.
// Only events that are there are read, so that it never waits for longer.
func (k *keyboard) read() ([]byte, error) {
	handle := windows.Handle(k.in.Fd())
	if event, err := windows.WaitForSingleObject(handle, glance); err != nil || event != windows.WAIT_OBJECT_0 {
		return nil, err
	}
	kernel := windows.NewLazySystemDLL("kernel32.dll")
	var there uint32
	if ok, _, err := kernel.NewProc("GetNumberOfConsoleInputEvents").Call(uintptr(handle), uintptr(unsafe.Pointer(&there))); ok == 0 {
		return nil, err
	}
	if there == 0 {
		return nil, nil
	}
	events := make([]keyEvent, min(there, 512))
	ok, _, err := kernel.NewProc("ReadConsoleInputW").Call(uintptr(handle), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), uintptr(unsafe.Pointer(&there)))
	switch {
	case ok == 0:
		return nil, err
	case int(there) > len(events):
		return nil, errors.New("the console gives more than it was asked for")
	}
	return k.text(events[:there]), nil
}

// text is what the keys that went down stand for.
func (k *keyboard) text(events []keyEvent) (text []byte) {
	for _, e := range events {
		if e.kind != keyKind || e.down == 0 || e.char == 0 {
			continue
		}
		units := []uint16{e.char}
		switch {
		case utf16.IsSurrogate(rune(e.char)) && k.high == 0:
			k.high = e.char
			continue
		case k.high != 0:
			units = []uint16{k.high, e.char}
			k.high = 0
		}
		for range max(1, e.repeat) {
			text = append(text, string(utf16.Decode(units))...)
		}
	}
	return text
}
