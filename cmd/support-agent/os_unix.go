//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func stopSignals() []os.Signal {
	return []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP}
}

func brokenPipe() []os.Signal { return []os.Signal{syscall.SIGPIPE} }

// systemLocale is for systems that keep it elsewhere than in the environment.
func systemLocale() string { return "" }

// isAdmin reports whether we may change the system's own settings.
func isAdmin() bool { return os.Geteuid() == 0 }

// servicesShow reports whether a service can show something on the desktop in front.
func servicesShow() bool { return true }

// written reports whether what we write to a file goes to the system's journal, where it
// stays (systemd.exec(5), JOURNAL_STREAM).
func (p *program) written(f *os.File) bool {
	var s unix.Stat_t
	if unix.Fstat(int(f.Fd()), &s) != nil {
		return false
	}
	return p.getenv("JOURNAL_STREAM") == fmt.Sprintf("%d:%d", s.Dev, s.Ino)
}

// home is the user's home directory.
func (p *program) home() string { return p.getenv("HOME") }

// desktop reports whether the customer sits before windows, so that what starts
// with their login gets one to ask in. macOS starts it in front of windows only.
func (p *program) desktop() bool {
	return runtime.GOOS == "darwin" || p.getenv("DISPLAY") != "" || p.getenv("WAYLAND_DISPLAY") != ""
}

// ownWindow reports whether the window closes with the program, so that what it has
// said last would not be read. A click opens a terminal for it on macOS, which closes
// it as its settings say; programs of Linux are not started in one.
func (p *program) ownWindow(args []string) bool {
	return runtime.GOOS == "darwin" && len(args) == 0 && p.getenv("TERM_PROGRAM") == "Apple_Terminal"
}

// longName is a path with the long names of all that is on it.
func longName(path string) string { return path }

// stateHome is where programs keep their state (XDG Base Directory
// Specification 0.8, and Apple's File System Programming Guide).
func stateHome(getenv func(string) string) string {
	home := getenv("HOME")
	switch {
	case home == "":
		return ""
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Application Support")
	case filepath.IsAbs(getenv("XDG_STATE_HOME")):
		return getenv("XDG_STATE_HOME")
	}
	return filepath.Join(home, ".local", "state")
}

// lastingTemp is where everybody may keep files that outlive a restart (hier(7)).
const lastingTemp = "/var/tmp"

// diskFailed reports whether a disk takes nothing: it is full, may not be written to, or
// is broken.
func diskFailed(err error) bool {
	for _, e := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// canRead reports whether a read of the terminal would return at once, and
// waits for that at most as long as patience. A terminal that edits lines has
// something to read when a line is whole.
func canRead(f *os.File, patience time.Duration) (bool, error) {
	fd := int(f.Fd())
	for {
		var set unix.FdSet
		set.Set(fd)
		limit := unix.NsecToTimeval(patience.Nanoseconds())
		n, err := unix.Select(fd+1, &set, nil, nil, &limit)
		if err == unix.EINTR {
			continue
		}
		return n > 0, err
	}
}
