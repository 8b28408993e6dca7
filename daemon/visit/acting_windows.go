package visit

import (
	"os/exec"

	"supportd/daemon/account"
	"supportd/daemon/internal/jobobject"
)

// otherUser lets package process start scripts as the other user.
type otherUser struct{ logon *account.Logon }

// Start implements [process.User].
func (u otherUser) Start(cmd *exec.Cmd, inside *jobobject.Job) error {
	return u.logon.StartInside(cmd, inside)
}

// Environ implements [process.User].
func (u otherUser) Environ() []string { return u.logon.Identity().Env }

// Temp implements [process.User].
func (u otherUser) Temp() string { return u.logon.Identity().Temp }
