package visit

import (
	"os/exec"

	"supportd/daemon/account"
	"supportd/daemon/internal/jobobject"
)

// deputy lets package script start scripts as the other user.
type deputy struct{ logon *account.Logon }

// Start implements [script.Deputy].
func (p deputy) Start(cmd *exec.Cmd, inside *jobobject.Job) error {
	return p.logon.StartInside(cmd, inside)
}

// Environ implements [script.Deputy].
func (p deputy) Environ() []string { return p.logon.Identity().Env }

// Temp implements [script.Deputy].
func (p deputy) Temp() string { return p.logon.Identity().Temp }
