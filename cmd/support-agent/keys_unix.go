//go:build unix

package main

import (
	"errors"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// keyboard switches a terminal between giving whole lines, as it does by itself,
// and giving each key. Ctrl-C stays a signal in both.
type keyboard struct {
	in      *os.File
	atFirst unix.Termios
}

// errBackground is why a program in the background of a shell gets no keys.
var errBackground = errors.New("the terminal is another program's")

// openKeyboard remembers how the terminal is set.
func openKeyboard(in, _ *os.File) (*keyboard, error) {
	mode, err := unix.IoctlGetTermios(int(in.Fd()), getTermios)
	if err != nil {
		return nil, err
	}
	k := &keyboard{in, *mode}
	if !k.ours() {
		return nil, errBackground
	}
	return k, nil
}

// keys lets the terminal give each key, and not show it (termios(3)).
func (k *keyboard) keys() error {
	if !k.ours() {
		return nil
	}
	mode := k.atFirst
	mode.Iflag &^= unix.ICRNL // or a pasted CR LF would be two line ends
	mode.Lflag &^= unix.ICANON | unix.ECHO | unix.IEXTEN
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(int(k.in.Fd()), setTermios, &mode)
}

// lines sets the terminal as it was.
func (k *keyboard) lines() error {
	if !k.ours() {
		return nil
	}
	return unix.IoctlSetTermios(int(k.in.Fd()), setTermios, &k.atFirst)
}

// ours reports whether the terminal is this program's to set and to read. It is
// the shell's while the program runs in the background, and the system would stop
// us. One that controls no process (ENOTTY) is anyone's.
func (k *keyboard) ours() bool {
	ours, err := k.whose()
	return ours && err == nil
}

// whose is ours, and why that is not known: the terminal is gone.
func (k *keyboard) whose() (ours bool, err error) {
	group, err := unix.IoctlGetInt(int(k.in.Fd()), unix.TIOCGPGRP)
	if errors.Is(err, unix.ENOTTY) {
		return true, nil
	}
	return group == unix.Getpgrp(), err
}

// read returns the keys that were pressed; none when there are none for a while.
func (k *keyboard) read() ([]byte, error) {
	ready, err := canRead(k.in, glance)
	if err != nil || !ready {
		return nil, err
	}
	ours, err := k.whose()
	if err != nil {
		return nil, err
	}
	if !ours {
		time.Sleep(glance)
		return nil, nil
	}
	buf := make([]byte, 4<<10)
	n, err := k.in.Read(buf)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return buf[:n], err
}
