// Package system collects what a CSR asks first, and what belongs to the operating
// system as a whole: summary, version, environment variables, security.
//
// Each exported function fills one category of a document. It stands above the
// collectors hardware and users, which it asks what the computer is and who uses
// it; it never imports network or software, and none of them imports it.
package system

import (
	"context"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
)

// Environment lists the variables of the customer's session.
func Environment(_ context.Context, m *machine.Machine, s *document.Sheet) error {
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
