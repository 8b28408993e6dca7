package process

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"

	"supportd/library"
)

// Interpreter is what starts a script, by its ending.
func Interpreter(name string, data []byte) ([]string, error) {
	if err := cmp.Or(library.CheckFormat(data), library.CheckWindowsScript(name, data)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil, fmt.Errorf("looking for the system's programs: %w", err)
	}
	if isBatch(name) {
		return []string{filepath.Join(system, "cmd.exe")}, nil // batchLine has the rest
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".exe":
		return nil, nil
	case ".ps1":
		shell := filepath.Join(system, "WindowsPowerShell", "v1.0", "powershell.exe")
		return []string{shell, "-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File"}, nil
	case ".vbs":
		return []string{filepath.Join(system, "cscript.exe"), "//NoLogo", "//B"}, nil
	}
	return nil, fmt.Errorf("%s is nothing that this computer can run: its ending has to be .bat, .cmd, .ps1, .vbs or .exe", name)
}
