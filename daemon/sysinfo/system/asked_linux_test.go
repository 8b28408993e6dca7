package system

import (
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

// asked fills the sections of some categories of this package.
func asked(t *testing.T, m *machine.Machine, categories ...document.Category) document.Document {
	t.Helper()
	probes := map[document.Category]machine.Probe{
		document.Summary: Summary, document.OS: OS, document.Environment: Environment, document.Security: Security,
	}
	return machinetest.Ask(t, m, probes, categories...)
}
