package account

import (
	"supportd/library/text"
)

// Remains is the error of [Logon.Close], and one that a failed [LogOn] wraps, for what
// could not be ended or removed: it is the other user's, and only they and root may do
// that. This happens where support-agent runs as an ordinary user and a program kills the
// process that watches over it.
type Remains struct {
	User      string
	Processes int    // that were started through the logon and still run
	Temp      string // the logon's temp directory where it is still there, or ""
}

// Error says in one line what there is.
func (r *Remains) Error() string { return r.In(nil) }

// In is Error in a language. It implements [text.Sayable].
func (r *Remains) In(s *text.Speaker) string {
	user := text.Plain(r.User, 60)
	switch {
	case r.Temp == "":
		return s.Say("%d of the processes of %s may still run", r.Processes, user)
	case r.Processes == 0:
		return s.Say("files of %s stay in %s", user, text.Plain(r.Temp, 200))
	}
	return s.Say("%d of the processes of %s may still run, and files stay in %s", r.Processes, user, text.Plain(r.Temp, 200))
}

// Hint is what the CSR can do next.
func (r *Remains) Hint() string {
	if r.Processes == 0 {
		return "that user or an administrator can remove them"
	}
	return "a restart of the computer ends them: \"reboot\""
}
