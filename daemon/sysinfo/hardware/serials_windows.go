package hardware

import (
	"context"

	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Serials are the numbers that tell this computer from all others. They are searched for
// in all texts, also when the categories that list them are not collected.
func Serials(ctx context.Context, m *machine.Machine) []string {
	serial, _ := machine.First[struct{ SerialNumber string }](ctx, m, "Win32_BIOS")
	return []string{formats.Meant(serial.SerialNumber), machine.RegText(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, "MachineGuid")}
}
