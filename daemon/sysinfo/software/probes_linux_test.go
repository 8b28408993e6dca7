package software

import (
	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// probes are the collectors of this package that its tests ask.
func probes() machinetest.Probes {
	return machinetest.Probes{
		document.Updates: Updates, document.Processes: Processes, document.Services: Services, document.Startup: Startup, document.Software: Packages, document.Log: Log,
	}
}
