//go:build unix

package desktop

import (
	"regexp"
	"strconv"
)

// What macOS says. It is read here so that the tests of every system cover it.

// lockedConsole reports whether ioreg(8) says that the screen is locked:
// "IOConsoleLocked" of the registry's root, or the flag of a session in front.
func lockedConsole(said string) bool {
	return regexp.MustCompile(`"(IOConsoleLocked|CGSSessionScreenIsLocked)"\s*=\s*Yes`).MatchString(said)
}

// inFront is a command in the login session of a user, as that user (launchctl(1)).
func inFront(uid int, name, home, program string, args []string) (string, []string) {
	id := strconv.Itoa(uid)
	front := []string{"asuser", id, "/usr/bin/sudo", "-n", "-u", "#" + id, "--", "/usr/bin/env", "-i",
		"HOME=" + home, "USER=" + name, "LOGNAME=" + name, "PATH=/usr/bin:/bin:/usr/sbin:/sbin", program}
	return "/bin/launchctl", append(front, args...)
}
