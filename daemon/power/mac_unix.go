//go:build unix

package power

import (
	"fmt"
	"slices"
	"strconv"
)

// How macOS is asked. The commands are made here so that the tests of every system cover
// them.

// macLogin is somebody who is logged in before the windows of a Mac: the process
// loginwindow is theirs.
type macLogin struct {
	UID  uint32
	Name string
	PID  uint32
}

// macRestart is the command line that restarts a Mac, for the user euid, while
// the user screen sits at it; 0 is nobody.
//
// Where somebody may have unsaved work, loginwindow is asked for what the menu
// does: each program can hold it up, and so can who sits there (Apple's Technical
// Q&A QA1134). shutdown(8) ends programs without asking them.
func macRestart(euid, screen uint32, logins []macLogin) ([]string, error) {
	// We do not wait for the answer, which comes when all programs have ended.
	gently := []string{
		"/usr/bin/osascript", "-e", "ignoring application responses",
		"-e", `tell application "loginwindow" to «event aevtrrst»`, "-e", "end ignoring",
	}
	switch {
	case screen != 0 && screen == euid:
		return gently, nil
	case euid != 0:
		return nil, &Refusal{Cause: Forbidden}
	case screen != 0:
		// As that user and in the bootstrap namespace of their windows, where the
		// loginwindow is found that is theirs (launchctl(1)).
		uid := strconv.FormatUint(uint64(screen), 10)
		return slices.Concat([]string{"/bin/launchctl", "asuser", uid, "/usr/bin/sudo", "-n", "-u", "#" + uid}, gently), nil
	case len(logins) > 0: // behind the login window, by fast user switching
		r := &Refusal{Cause: Inhibited, Err: fmt.Errorf("logged in, and not at the screen: %v", logins)}
		for _, l := range logins {
			r.Holders = append(r.Holders, Holder{Who: l.Name, PID: l.PID, Why: "logged in behind the login window, perhaps with unsaved work"})
		}
		return nil, r
	}
	return []string{"/sbin/shutdown", "-r", "now"}, nil
}
