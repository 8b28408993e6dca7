//go:build darwin || (linux && pam)

package account

import (
	"context"
	"os/exec"
	"path"
)

// loginShell is the command line that runs our program in the environment that
// a login gives: a shell whose name begins with "-" reads the profile (sh(1)).
// program and temp must need no quoting.
func (p person) loginShell(ctx context.Context, program, temp string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.shell)
	cmd.Args = []string{"-" + path.Base(p.shell), "-c", "exec " + program + " " + WorkerVerb + " " + temp}
	return cmd
}
