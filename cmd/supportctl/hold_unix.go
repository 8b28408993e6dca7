//go:build unix

package main

import (
	"os/exec"
	"runtime"
	"syscall"
)

// runtimeDir is where sockets of this user lie, and go when they leave the computer: on
// macOS a directory for temporary files of their own. "" is nowhere, e.g. in a container or
// below su: there nobody would end what is left.
func (p *program) runtimeDir() string {
	if runtime.GOOS == "darwin" {
		return p.env("TMPDIR")
	}
	return p.env("XDG_RUNTIME_DIR")
}

// apart lets a program live on when this one and its terminal have gone.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
