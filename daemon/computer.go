package daemon

import (
	"os"
	"os/user"
	"runtime"
	"strings"

	"supportd/daemon/state"
	"supportd/library/text"
	"supportd/library/wire"
)

// ThisComputer describes the computer that the program runs on. What cannot be
// found out is said generally.
func ThisComputer() state.Computer {
	c := state.Computer{Host: "this computer", OS: runtime.GOOS + "/" + runtime.GOARCH}
	if host, err := os.Hostname(); err == nil && host != "" {
		c.Host = host
	}
	if name := systemName(); name != "" {
		c.OS = name
	}
	if u, err := user.Current(); err == nil {
		c.User = u.Username
	}
	// The relay turns away longer fields.
	c.Host, c.OS = text.Plain(c.Host, wire.MaxName/4), text.Plain(c.OS, wire.MaxName/4)
	return c
}

// releaseName reads PRETTY_NAME of an os-release file (os-release(5)).
func releaseName(text string) string {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			return strings.Trim(value, `"'`)
		}
	}
	return ""
}
