package hardware

import (
	"context"

	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Firmware fills the category Firmware: BIOS, board, secure boot, TPM.
func Firmware(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	const bios = `HARDWARE\DESCRIPTION\System\BIOS`
	text := func(name string) string { return formats.Meant(machine.RegText(registry.LOCAL_MACHINE, bios, name)) }
	s.Set("bios_vendor", text("BIOSVendor"))
	s.Set("bios_version", text("BIOSVersion"))
	s.Set("bios_date", text("BIOSReleaseDate"))
	s.Set("board_maker", text("BaseBoardManufacturer"))
	s.Set("board_model", text("BaseBoardProduct"))
	const control = `SYSTEM\CurrentControlSet\Control`
	kind, err := machine.RegNumber(registry.LOCAL_MACHINE, control, "PEFirmwareType")
	s.Try("uefi", kind == 2, err)
	on, err := machine.RegNumber(registry.LOCAL_MACHINE, control+`\SecureBoot\State`, "UEFISecureBootEnabled")
	s.Try("secure_boot", on == 1, err)
	s.Set("tpm", machine.RegExists(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Enum\ACPI\MSFT0101`))
	board, err := machine.First[struct{ SerialNumber string }](ctx, m, "Win32_BaseBoard")
	s.Try("board_serial", formats.Meant(board.SerialNumber), err, document.Serials)
	product, err := machine.First[struct{ UUID string }](ctx, m, "Win32_ComputerSystemProduct")
	s.Try("system_uuid", formats.Meant(product.UUID), err, document.Serials)
	chassis, err := machine.First[struct{ SerialNumber string }](ctx, m, "Win32_SystemEnclosure")
	s.Try("chassis_serial", formats.Meant(chassis.SerialNumber), err, document.Serials)
	return nil
}
