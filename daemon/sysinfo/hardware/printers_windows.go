package hardware

import (
	"context"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// Printers fills the category Printers.
func Printers(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	t := s.Table("printers", document.Col("name"), document.Col("state"), document.Col("model"), document.Col("default"), document.Col("offline"),
		document.Col("address", document.Addresses))
	all, err := machine.Query[struct {
		Name, DriverName, PortName string
		PrinterStatus              uint16
		Default, WorkOffline       bool
	}](ctx, m, machine.CIMv2, "Win32_Printer", "")
	for _, p := range all {
		state := machine.NameOf(p.PrinterStatus, map[uint16]string{3: "idle", 4: "printing", 5: "warming up", 6: "stopped", 7: "offline"})
		t.Add(p.Name, state, p.DriverName, p.Default, p.WorkOffline, p.PortName)
	}
	return err
}
