//go:build unix

package process

import (
	"errors"
	"os"
	"syscall"
)

// startScript starts the script itself. Nothing else on Linux and macOS does.
func (s *supervisor) startScript() (int, error) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	p, err := os.StartProcess(s.job.Argv[0], s.job.Argv, &os.ProcAttr{
		Dir: s.job.Dir, Env: s.job.Env,
		Files: []*os.File{null, s.stdout, s.stderr},
		Sys:   ownSession(),
	})
	if err != nil {
		return 0, explainStart(err)
	}
	pid := p.Pid
	return pid, p.Release() // [supervisor.reap] waits for it, with all the others
}

func explainStart(err error) error {
	switch {
	case errors.Is(err, syscall.EACCES):
		return errors.New("the system does not let this program be executed from the temp directory (mounted noexec?); a script with an interpreter works there")
	case errors.Is(err, syscall.ENOEXEC):
		return errors.New("this is not a program for this computer")
	}
	return err
}
