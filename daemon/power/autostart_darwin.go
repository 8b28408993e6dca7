package power

import (
	"path/filepath"
	"strings"
)

// label is the job's name for launchd, in reverse domain notation as launchd
// wants it.
const label = "supportd." + EntryName

func (a Autostart) file() string {
	if a.Admin {
		return filepath.Join("/", a.root, "Library/LaunchDaemons", label+".plist")
	}
	return filepath.Join(a.Home, "Library/LaunchAgents", label+".plist")
}

// script is the file that shows the program in a window, which launchd cannot do. It lies
// beside the job, so that whoever removes the one finds the other; launchd reads only the
// job.
func (a Autostart) script() string { return strings.TrimSuffix(a.file(), ".plist") + ".command" }

func (a Autostart) install() error {
	argv := append([]string{a.Program}, a.Args...)
	if a.Desktop && !a.Admin {
		if err := writeFile(a.script(), terminalScript(argv), 0o700); err != nil {
			return err
		}
		argv = []string{"/usr/bin/open", "-a", "Terminal", a.script()}
	}
	return writeFile(a.file(), launchdJob(label, argv), 0o644)
}

func (a Autostart) remove() error { return removeFiles(a.file(), a.script()) }

// volatile reports whether a path does not outlive a restart.
func volatile(path string) bool {
	clean := filepath.Clean(path)
	for _, dir := range []string{"/tmp/", "/private/tmp/", "/private/var/folders/", "/var/folders/", "/Volumes/"} {
		if strings.HasPrefix(clean, dir) {
			return true
		}
	}
	return false
}
