package sysinfo

import (
	"context"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
)

// probeEnvironment lists the variables of the customer's session.
func probeEnvironment(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	if m.Environment == nil {
		return document.ErrUnknown
	}
	t := s.Table("variables", document.Col("name"), document.Col("value"))
	for _, entry := range m.Environment {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" { // Windows keeps its drives' directories in "=C:"
			continue
		}
		t.Add(name, secrets.Variable(name, value))
	}
	t.ByName()
	return nil
}
