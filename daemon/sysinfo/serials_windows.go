package sysinfo

import (
	"context"

	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/formats"
)

// serials are the numbers that tell this computer from all others. They are
// looked for everywhere, also when the categories that list them are not asked.
func serials(ctx context.Context, m *machine) []string {
	serial, _ := first[struct{ SerialNumber string }](ctx, m, "Win32_BIOS")
	return []string{formats.Meant(serial.SerialNumber), regText(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, "MachineGuid")}
}
