package desktop

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"supportd/daemon/internal/logind"
	"supportd/daemon/internal/proc"
)

// maxEnviron bounds what is read of another process's environment, in bytes.
const maxEnviron = 256 << 10

// ofWindows are the variables by which a program finds a desktop and looks as it does
// there. Everything else of a user's environment stays where it is.
func ofWindows() []string {
	return []string{
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
		"XDG_SESSION_ID", "XDG_SESSION_TYPE", "XDG_SESSION_CLASS", "XDG_SEAT", "XDG_VTNR",
		"XDG_CURRENT_DESKTOP", "XDG_SESSION_DESKTOP", "DESKTOP_SESSION", "KDE_FULL_SESSION", "KDE_SESSION_VERSION",
		"XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_DATA_HOME", "XDG_DATA_DIRS", "XDG_CACHE_HOME",
		"LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "BROWSER",
		"GTK_THEME", "GDK_SCALE", "GDK_DPI_SCALE", "QT_SCALE_FACTOR", "QT_AUTO_SCREEN_SCALE_FACTOR", "QT_FONT_DPI", "XCURSOR_SIZE",
	}
}

// hasWindows reports whether a program with this environment can open a window.
func hasWindows(environ []string) bool {
	return value(environ, "DISPLAY") != "" || value(environ, "WAYLAND_DISPLAY") != ""
}

// windowsOf finds a session's variables in the environment of its user's processes, best
// in one that says that it belongs to that session.
func (f finder) windowsOf(ctx context.Context, session logind.Session) (windows []string) {
	processes, err := os.ReadDir(f.proc)
	if err != nil {
		return nil
	}
	best := 0
	for _, p := range processes {
		if _, err := strconv.Atoi(p.Name()); err != nil {
			continue
		}
		if ctx.Err() != nil {
			return windows
		}
		environ := f.environ(p.Name(), session.UID)
		if rank := rank(environ, session); rank > best {
			best, windows = rank, nil
			for _, name := range ofWindows() {
				if v := value(environ, name); v != "" && len(v) < 4096 && !strings.ContainsAny(v, "\n\r") {
					windows = append(windows, name+"="+v)
				}
			}
		}
	}
	return windows
}

// rank says how surely an environment is a session's; 0 is not at all.
func rank(environ []string, session logind.Session) int {
	id := value(environ, "XDG_SESSION_ID")
	switch {
	case !hasWindows(environ), id != "" && id != session.ID, session.Display != "" && value(environ, "DISPLAY") != session.Display:
		return 0
	case id == "":
		return 1 // what systemd starts for a user is of no session
	case value(environ, "XAUTHORITY") == "" && value(environ, "WAYLAND_DISPLAY") == "":
		return 2 // of the session, before its windows were all there
	}
	return 3
}

// environ is the environment of a process where it is the user's.
func (f finder) environ(pid string, uid uint32) []string {
	info, err := os.Stat(filepath.Join(f.proc, pid))
	if err != nil {
		return nil
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); !ok || owner.Uid != uid {
		return nil
	}
	text, err := proc.Environ(filepath.Join(f.proc, pid), maxEnviron)
	if err != nil {
		return nil
	}
	var environ []string
	for v := range bytes.SplitSeq(text, []byte{0}) {
		environ = append(environ, string(v))
	}
	return slices.Clip(environ)
}

// read reads a file of /proc; "" where it cannot.
func (f finder) read(name string) string {
	file, err := os.Open(filepath.Join(f.proc, name))
	if err != nil {
		return ""
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxEnviron))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
