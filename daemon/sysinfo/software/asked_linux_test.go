package software

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
		document.Updates: Updates, document.Processes: Processes, document.Services: Services, document.Startup: Startup, document.Software: Packages, document.Log: Log,
	}
	return machinetest.Ask(t, m, probes, categories...)
}
