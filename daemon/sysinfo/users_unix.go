//go:build unix

package sysinfo

import "supportd/daemon/sysinfo/formats"

// accounts are those of the local account file.
func accounts(m *machine) []formats.Account {
	text, _ := m.read("/etc/passwd")
	return formats.Passwd(text)
}
