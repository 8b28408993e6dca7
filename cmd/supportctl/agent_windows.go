package main

import (
	"io"
	"os"
)

// dialAgent connects to the agent that comes with Windows' OpenSSH.
func (p *program) dialAgent() (io.ReadWriteCloser, error) {
	pipe := p.env("SSH_AUTH_SOCK")
	if pipe == "" {
		pipe = `\\.\pipe\openssh-ssh-agent`
	}
	return os.OpenFile(pipe, os.O_RDWR, 0)
}
