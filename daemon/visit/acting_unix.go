//go:build unix

package visit

import (
	"context"
	"os"

	"supportd/daemon/account"
	"supportd/daemon/script/process"
)

// otherUser lets package process start its supervisor as the other user.
type otherUser struct{ logon *account.Logon }

// StartSupervisor implements [process.User].
func (u otherUser) StartSupervisor(args []string, stdin, stdout, stderr, report *os.File) (process.Handle, error) {
	// Background: the run ends it, through the control pipe, and so does the logon's end.
	process, err := u.logon.Start(context.Background(), account.Command{
		Args: args, Stdin: stdin, Stdout: stdout, Stderr: stderr, Extra: []*os.File{report},
	})
	if err != nil {
		return nil, err
	}
	return supervisor{process}, nil
}

// supervisor is one that runs as the other user.
type supervisor struct{ *account.Process }

// Wait implements [process.Handle].
func (s supervisor) Wait() error {
	_, err := s.Process.Wait()
	return err
}
