package sysinfo

import (
	"context"

	"golang.org/x/sys/windows/registry"
)

func probeFirmware(ctx context.Context, m *machine, s *sheet) error {
	const bios = `HARDWARE\DESCRIPTION\System\BIOS`
	text := func(name string) string { return meant(regText(registry.LOCAL_MACHINE, bios, name)) }
	s.set("bios_vendor", text("BIOSVendor"))
	s.set("bios_version", text("BIOSVersion"))
	s.set("bios_date", text("BIOSReleaseDate"))
	s.set("board_maker", text("BaseBoardManufacturer"))
	s.set("board_model", text("BaseBoardProduct"))
	const control = `SYSTEM\CurrentControlSet\Control`
	kind, err := regNumber(registry.LOCAL_MACHINE, control, "PEFirmwareType")
	s.try("uefi", kind == 2, err)
	on, err := regNumber(registry.LOCAL_MACHINE, control+`\SecureBoot\State`, "UEFISecureBootEnabled")
	s.try("secure_boot", on == 1, err)
	s.set("tpm", regExists(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Enum\ACPI\MSFT0101`))
	board, err := first[struct{ SerialNumber string }](ctx, m, "Win32_BaseBoard")
	s.try("board_serial", meant(board.SerialNumber), err, Serials)
	product, err := first[struct{ UUID string }](ctx, m, "Win32_ComputerSystemProduct")
	s.try("system_uuid", meant(product.UUID), err, Serials)
	chassis, err := first[struct{ SerialNumber string }](ctx, m, "Win32_SystemEnclosure")
	s.try("chassis_serial", meant(chassis.SerialNumber), err, Serials)
	return nil
}
