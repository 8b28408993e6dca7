package sysinfo

import (
	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// probes are the collectors of this system; most have a file for each.
func probes() map[document.Category]machine.Probe {
	return map[document.Category]machine.Probe{
		document.Summary: probeSummary, document.OS: probeOS, document.Updates: probeUpdates, document.CPU: probeCPU, document.Memory: probeMemory, document.Disks: probeDisks,
		document.Graphics: probeGraphics, document.Network: probeNetwork, document.Connections: probeConnections, document.Devices: probeDevices, document.Firmware: probeFirmware,
		document.Sensors: probeSensors, document.Processes: probeProcesses, document.Services: probeServices, document.Startup: probeStartup, document.Software: probeSoftware,
		document.Users: probeUsers, document.Environment: probeEnvironment, document.Security: probeSecurity, document.Log: probeLog, document.Printers: probePrinters,
	}
}
