package hardware

import (
	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// probes are the collectors of this package that its tests ask.
func probes() machinetest.Probes {
	return machinetest.Probes{
		document.CPU: CPU, document.Memory: Memory, document.Disks: Disks, document.Sensors: Sensors,
	}
}
