package sysinfo

import (
	"context"
)

func probePrinters(ctx context.Context, m *machine, s *sheet) error {
	t := s.table("printers", col("name"), col("state"), col("model"), col("default"), col("offline"), col("address", Addresses))
	all, err := query[struct {
		Name, DriverName, PortName string
		PrinterStatus              uint16
		Default, WorkOffline       bool
	}](ctx, m, cimv2, "Win32_Printer", "")
	for _, p := range all {
		state := nameOf(p.PrinterStatus, map[uint16]string{3: "idle", 4: "printing", 5: "warming up", 6: "stopped", 7: "offline"})
		t.add(p.Name, state, p.DriverName, p.Default, p.WorkOffline, p.PortName)
	}
	return err
}
