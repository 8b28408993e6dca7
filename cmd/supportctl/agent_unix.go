//go:build unix

package main

import (
	"errors"
	"io"
	"net"
)

// dialAgent connects to ssh-agent.
func (p *program) dialAgent() (io.ReadWriteCloser, error) {
	socket := p.env("SSH_AUTH_SOCK")
	if socket == "" {
		return nil, errors.New("no agent")
	}
	return net.Dial("unix", socket)
}
