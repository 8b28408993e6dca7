package process

import (
	"os/exec"

	"supportd/daemon/internal/jobobject"
)

// User starts scripts as another user of this computer.
type User interface {
	// Start starts cmd as that user inside the job, which lies inside the logon's
	// own: it ends with the logon too.
	Start(cmd *exec.Cmd, inside *jobobject.Job) error
	// Environ is that user's environment.
	Environ() []string
	// Temp is a directory that is that user's own, and ends with the logon.
	Temp() string
}

// startAs starts cmd inside the job, as another user where one is given.
func startAs(as User, cmd *exec.Cmd, inside *jobobject.Job) error {
	if as == nil {
		return jobobject.Start(cmd, inside)
	}
	return as.Start(cmd, inside)
}
