package users

import (
	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// probes are the collectors of this package that its tests ask.
func probes() machinetest.Probes {
	return machinetest.Probes{
		document.Users: List,
	}
}
