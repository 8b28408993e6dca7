package sysinfo

import (
	"strings"
)

// variable is the value of an environment variable of the customer's session.
func (m *machine) variable(names ...string) string {
	for _, name := range names {
		for _, entry := range m.environment {
			if key, value, _ := strings.Cut(entry, "="); strings.EqualFold(key, name) && value != "" {
				return value
			}
		}
	}
	return ""
}

// lookup is a variable of the customer's session, and whether it is set at all.
func (m *machine) lookup(name string) (value string, set bool) {
	for _, entry := range m.environment {
		if key, value, _ := strings.Cut(entry, "="); key == name {
			return value, true
		}
	}
	return "", false
}
