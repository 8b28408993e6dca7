package sysinfo

import (
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// asked collects some categories of a machine, by their items and tables.
func asked(t *testing.T, m *machine.Machine, categories ...document.Category) document.Document {
	t.Helper()
	var c Collector
	return c.collect(t.Context(), Options{Categories: categories, Environment: m.Environment}, probes(), m)
}
