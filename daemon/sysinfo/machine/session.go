package machine

import (
	"strings"
)

// Variable is the value of an environment variable of the customer's session.
func (m *Machine) Variable(names ...string) string {
	for _, name := range names {
		for _, entry := range m.Environment {
			if key, value, _ := strings.Cut(entry, "="); strings.EqualFold(key, name) && value != "" {
				return value
			}
		}
	}
	return ""
}

// Lookup is a variable of the customer's session, and whether it is set at all.
func (m *Machine) Lookup(name string) (value string, set bool) {
	for _, entry := range m.Environment {
		if key, value, _ := strings.Cut(entry, "="); key == name {
			return value, true
		}
	}
	return "", false
}
