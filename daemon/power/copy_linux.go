package power

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// running is the file of the running program. At its path there may be another one by now
// (proc(5)).
func (a Autostart) running() string { return "/proc/self/exe" }

// mayVanish reports whether a program may not be there after a restart: the place is
// emptied, or on a medium that somebody may take away.
func mayVanish(program string) bool {
	clean := filepath.Clean(program)
	return volatile(program) || strings.HasPrefix(clean, "/media/") || strings.HasPrefix(clean, "/mnt/")
}

// noExec reports whether a directory lies on a file system whose programs are not
// started (mount(8)).
func noExec(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && fs.Flags&unix.ST_NOEXEC != 0
}
