package sysinfo

import (
	"context"
	"math"
	"strings"
	"time"
)

// probes are the collectors of this system; most have a file for each.
func probes() map[Category]probe {
	return map[Category]probe{
		Summary: probeSummary, OS: probeOS, Updates: probeUpdates, CPU: probeCPU, Memory: probeMemory, Disks: probeDisks,
		Graphics: probeGraphics, Network: probeNetwork, Connections: probeConnections, Devices: probeDevices, Firmware: probeFirmware,
		Sensors: probeSensors, Processes: probeProcesses, Services: probeServices, Startup: probeStartup, Software: probeSoftware,
		Users: probeUsers, Environment: probeEnvironment, Security: probeSecurity, Log: probeLog, Printers: probePrinters,
	}
}

// probeEnvironment lists the variables of the customer's session.
func probeEnvironment(_ context.Context, m *machine, s *sheet) error {
	if m.environment == nil {
		return errUnknown
	}
	t := s.table("variables", col("name"), col("value"))
	for _, entry := range m.environment {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" { // Windows keeps its drives' directories in "=C:"
			continue
		}
		t.add(name, maskVariable(name, value))
	}
	t.byName()
	return nil
}

// variable is the value of an environment variable of the customer's session.
func (m *machine) variable(names ...string) string {
	for _, name := range names {
		for _, entry := range m.environment {
			if key, value, _ := strings.Cut(entry, "="); strings.EqualFold(key, name) && value != "" {
				return value
			}
		}
	}
	return ""
}

// round keeps one decimal.
func round(v float64) float64 { return math.Round(v*10) / 10 }

// maxLooking bounds one slow part of a category, so that there is time left to
// show the rest of it.
const maxLooking = 2 * time.Second
