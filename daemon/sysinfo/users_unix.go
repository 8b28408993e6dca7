//go:build unix

package sysinfo

import (
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// accounts are those of the local account file.
func accounts(m *machine.Machine) []formats.Account {
	text, _ := m.Read("/etc/passwd")
	return formats.Passwd(text)
}
