package machine

import (
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

func toolDirs() []string {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil
	}
	return []string{system, filepath.Join(system, "wbem")}
}

func toolEnvironment() []string {
	windir, err := windows.GetWindowsDirectory()
	if err != nil {
		return []string{}
	}
	return []string{"SystemRoot=" + windir, "windir=" + windir}
}

// ownGroup keeps a console window from flashing up in front of the customer.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}
