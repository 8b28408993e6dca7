package machine

import (
	"strings"

	"supportd/daemon/sysinfo/formats"
)

// Release is os-release, whose names are the same in every distribution.
func (m *Machine) Release() map[string]string {
	text, err := m.Read("/etc/os-release")
	if err != nil {
		text, _ = m.Read("/usr/lib/os-release")
	}
	return formats.Assignments(text)
}

// Family reports whether the distribution is one of these, or made from one.
func (m *Machine) Family(ids ...string) bool {
	r := m.Release()
	for _, own := range strings.Fields(r["ID"] + " " + r["ID_LIKE"]) {
		for _, id := range ids {
			if own == id {
				return true
			}
		}
	}
	return false
}

// Systemd reports whether systemd runs, by the same directory as sd_booted(3).
func (m *Machine) Systemd() bool { return m.Exists("/run/systemd/system") }
