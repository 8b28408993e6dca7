//go:build unix

package machine

import (
	"os/exec"
	"syscall"
)

func toolDirs() []string { return []string{"/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/libexec"} }

func toolEnvironment() []string {
	return []string{"LC_ALL=C", "LANGUAGE=C", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/", "TZ=UTC"}
}

// ownGroup makes the end of the context end the tool and what it started.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
