//go:build linux

package group

import (
	"context"
	"os/exec"

	"supportd/hack/internal/rig"
)

// staying is a command of a CSR that does not end by itself.
type staying struct {
	cmd   *exec.Cmd
	ended chan struct{}
	said  *rig.Log
}

// stay starts one, and waits until it says something.
func stay(ctx context.Context, cmd *exec.Cmd) (*staying, error) {
	s := &staying{cmd: cmd, ended: make(chan struct{}), said: rig.NewLog(nil)}
	in, err := cmd.StdinPipe() // it does not end, either
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = s.said, s.said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(s.ended)
		_ = cmd.Wait()
		_ = in.Close()
	}()
	limit, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	if _, err := s.said.Await(limit, s.ended, ""); err != nil {
		s.kill()
		return nil, err
	}
	return s, nil
}

func (s *staying) kill() {
	_ = s.cmd.Process.Kill()
	<-s.ended
}
