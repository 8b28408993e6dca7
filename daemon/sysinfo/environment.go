package sysinfo

import (
	"context"
	"strings"

	"supportd/daemon/sysinfo/secrets"
)

// probeEnvironment lists the variables of the customer's session.
func probeEnvironment(_ context.Context, m *machine, s *sheet) error {
	if m.environment == nil {
		return errUnknown
	}
	t := s.table("variables", col("name"), col("value"))
	for _, entry := range m.environment {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" { // Windows keeps its drives' directories in "=C:"
			continue
		}
		t.add(name, secrets.Variable(name, value))
	}
	t.byName()
	return nil
}
