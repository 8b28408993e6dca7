//go:build unix

package users

import (
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Accounts are those of the local account file.
func Accounts(m *machine.Machine) []formats.Account {
	text, _ := m.Read("/etc/passwd")
	return formats.Passwd(text)
}
