package process

import (
	"runtime"
	"slices"
	"strings"
)

// runVariable is in the environment of every process of a run.
const runVariable = "SUPPORTD_RUN"

// Environ is the environment of a script: a fixed PATH of system directories,
// its own temp directory, and of the user's environment only what says who and
// where they are. Loader and shell variables never come through.
func Environ(user []string, tmp, run string) []string {
	keep := []string{
		"HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ",
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
	}
	fixed := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	if runtime.GOOS == "windows" {
		fixed = []string{"PATH=" + windowsPath(user)}
		keep = []string{
			"SYSTEMROOT", "WINDIR", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)",
			"COMMONPROGRAMFILES", "USERPROFILE", "USERNAME", "USERDOMAIN", "COMPUTERNAME", "HOMEDRIVE", "HOMEPATH", "APPDATA",
			"LOCALAPPDATA", "PUBLIC", "ALLUSERSPROFILE", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "OS",
		}
	}
	env := append(fixed, "TMPDIR="+tmp, "TEMP="+tmp, "TMP="+tmp, runVariable+"="+run)
	for _, v := range user {
		name, _, ok := strings.Cut(v, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		if ok && (slices.Contains(keep, name) || strings.HasPrefix(name, "LC_")) {
			env = append(env, v)
		}
	}
	return env
}

// windowsPath is where the system keeps its programs: folders that only an
// administrator can write to.
func windowsPath(user []string) string {
	root := `C:\Windows`
	for _, v := range user {
		if name, value, ok := strings.Cut(v, "="); ok && strings.EqualFold(name, "SYSTEMROOT") && value != "" {
			root = value
		}
	}
	system := root + `\System32`
	return strings.Join([]string{system, root, system + `\Wbem`, system + `\WindowsPowerShell\v1.0`}, ";")
}
