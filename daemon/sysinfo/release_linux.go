package sysinfo

import (
	"strings"

	"supportd/daemon/sysinfo/formats"
)

// release is os-release, whose names are the same in every distribution.
func (m *machine) release() map[string]string {
	text, err := m.read("/etc/os-release")
	if err != nil {
		text, _ = m.read("/usr/lib/os-release")
	}
	return formats.Assignments(text)
}

// family reports whether the distribution is one of these, or made from one.
func (m *machine) family(ids ...string) bool {
	r := m.release()
	for _, own := range strings.Fields(r["ID"] + " " + r["ID_LIKE"]) {
		for _, id := range ids {
			if own == id {
				return true
			}
		}
	}
	return false
}

// systemd reports whether it runs, as sd_booted does.
func (m *machine) systemd() bool { return m.exists("/run/systemd/system") }
