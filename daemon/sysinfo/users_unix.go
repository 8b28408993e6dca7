//go:build unix

package sysinfo

// accounts are those of the local account file.
func accounts(m *machine) []account {
	text, _ := m.read("/etc/passwd")
	return parsePasswd(text)
}
