package sysinfo

import (
	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/hardware"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/network"
	"supportd/daemon/sysinfo/software"
	"supportd/daemon/sysinfo/system"
	"supportd/daemon/sysinfo/users"
)

// probes are the collectors, by category.
func probes() map[document.Category]machine.Probe {
	return map[document.Category]machine.Probe{
		document.Summary: system.Summary, document.OS: system.OS, document.Environment: system.Environment, document.Security: system.Security,

		document.CPU: hardware.CPU, document.Memory: hardware.Memory, document.Disks: hardware.Disks, document.Graphics: hardware.Graphics,
		document.Devices: hardware.Devices, document.Firmware: hardware.Firmware, document.Sensors: hardware.Sensors, document.Printers: hardware.Printers,

		document.Network: network.Adapters, document.Connections: network.Connections,

		document.Updates: software.Updates, document.Processes: software.Processes, document.Services: software.Services,
		document.Startup: software.Startup, document.Software: software.Packages, document.Log: software.Log,

		document.Users: users.List,
	}
}
