package sysinfo

// probes are the collectors of this system; most have a file for each.
func probes() map[Category]probe {
	return map[Category]probe{
		Summary: probeSummary, OS: probeOS, Updates: probeUpdates, CPU: probeCPU, Memory: probeMemory, Disks: probeDisks,
		Graphics: probeGraphics, Network: probeNetwork, Connections: probeConnections, Devices: probeDevices, Firmware: probeFirmware,
		Sensors: probeSensors, Processes: probeProcesses, Services: probeServices, Startup: probeStartup, Software: probeSoftware,
		Users: probeUsers, Environment: probeEnvironment, Security: probeSecurity, Log: probeLog, Printers: probePrinters,
	}
}
