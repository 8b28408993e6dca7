package sysinfo

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

const (
	currentVersion = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	profileList    = currentVersion + `\ProfileList`
)

// peopleOf are those who have a profile on this computer.
func peopleOf(ctx context.Context, m *machine) (p people) {
	for _, sid := range regKeys(registry.LOCAL_MACHINE, profileList) {
		home := regText(registry.LOCAL_MACHINE, profileList+`\`+sid, "ProfileImagePath")
		if personSID(sid) {
			p.names = append(p.names, profileNames(home)...)
		} else {
			p.service = append(p.service, profileNames(home)...)
		}
	}
	accounts, _ := query[struct{ Name, FullName, SID string }](ctx, m, cimv2, "Win32_UserAccount", "LocalAccount = TRUE")
	for _, a := range accounts {
		if personSID(a.SID) && !builtInSID(a.SID) {
			p.names = append(p.names, a.Name, a.FullName)
		}
	}
	serial, _ := first[struct{ SerialNumber string }](ctx, m, "Win32_BIOS")
	p.serials = append(p.serials, meant(serial.SerialNumber), regText(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, "MachineGuid"))
	p.names = append(p.names, m.variable("USERNAME"))
	return p
}

// personSID reports whether an account of a computer, a domain or a cloud
// directory has this identifier; the others are of the system.
func personSID(sid string) bool {
	return strings.HasPrefix(sid, "S-1-5-21-") || strings.HasPrefix(sid, "S-1-12-1-")
}

// builtInSID reports whether Windows itself made the account: its own, disabled
// ones, whose names are the same or translated everywhere.
func builtInSID(sid string) bool {
	for _, id := range []string{"-500", "-501", "-503", "-504"} {
		if strings.HasSuffix(sid, id) {
			return true
		}
	}
	return false
}

func probeSummary(ctx context.Context, m *machine, s *sheet) error {
	host, err := m.hostname()
	s.try("host", host, err)
	const bios = `HARDWARE\DESCRIPTION\System\BIOS`
	s.set("maker", meant(cmp.Or(meant(regText(registry.LOCAL_MACHINE, bios, "SystemManufacturer")), regText(registry.LOCAL_MACHINE, bios, "BaseBoardManufacturer"))))
	s.set("model", meant(cmp.Or(meant(regText(registry.LOCAL_MACHINE, bios, "SystemProductName")), regText(registry.LOCAL_MACHINE, bios, "BaseBoardProduct"))))
	serial, err := first[struct{ SerialNumber string }](ctx, m, "Win32_BIOS")
	s.try("serial", meant(serial.SerialNumber), err, Serials)
	s.set("os", productName()+" "+buildName())
	up := windows.DurationSinceBoot().Round(time.Second)
	s.set("uptime", up)
	zone := regText(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\TimeZoneInformation`, "TimeZoneKeyName")
	s.set("time_zone", zone+" ("+m.now().Format("-07:00")+")")
	s.set("locale", regText(registry.CURRENT_USER, `Control Panel\International`, "LocaleName"))
	s.set("last_boot", m.now().Add(-up).Round(time.Second))
	s.set("user", m.variable("USERNAME"), UserNames)
	return nil
}

// productName is the name of the edition. The registry of Windows 11 still says
// 10: the build tells them apart.
func productName() string {
	name := regText(registry.LOCAL_MACHINE, currentVersion, "ProductName")
	if windows.RtlGetVersion().BuildNumber >= 22000 {
		name = strings.Replace(name, "Windows 10", "Windows 11", 1)
	}
	return name
}

func buildName() string {
	v := windows.RtlGetVersion()
	revision, _ := regNumber(registry.LOCAL_MACHINE, currentVersion, "UBR")
	display := regText(registry.LOCAL_MACHINE, currentVersion, "DisplayVersion")
	return strings.TrimSpace(fmt.Sprintf("%s (build %d.%d)", display, v.BuildNumber, revision))
}

func probeOS(ctx context.Context, m *machine, s *sheet) error {
	v := windows.RtlGetVersion()
	s.set("name", productName())
	s.set("version", buildName())
	s.set("id", regText(registry.LOCAL_MACHINE, currentVersion, "EditionID"))
	s.set("kernel", fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber))
	s.set("kernel_build", regText(registry.LOCAL_MACHINE, currentVersion, "BuildLabEx"))
	s.set("architecture", m.variable("PROCESSOR_ARCHITEW6432", "PROCESSOR_ARCHITECTURE"))
	if sec, err := regNumber(registry.LOCAL_MACHINE, currentVersion, "InstallDate"); err != nil {
		s.fail("installed", err)
	} else {
		s.set("installed", time.Unix(int64(sec), 0))
	}
	mode, err := regNumber(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\SafeBoot\Option`, "OptionValue")
	s.set("safe_mode", err == nil && mode > 0)
	s.set("session_type", m.variable("SESSIONNAME"))
	s.set("machine_id", regText(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, "MachineGuid"), Serials)
	computer, err := first[struct {
		Domain       string
		PartOfDomain bool
	}](ctx, m, "Win32_ComputerSystem")
	s.try("domain", computer.Domain, err)
	s.try("domain_member", computer.PartOfDomain, err)
	return nil
}

func probeUpdates(ctx context.Context, m *machine, s *sheet) error {
	s.set("source", "Windows Update")
	const update = `SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`
	const servicing = `SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing`
	s.set("reboot_required", regExists(registry.LOCAL_MACHINE, update+`\RebootRequired`) || regExists(registry.LOCAL_MACHINE, servicing+`\RebootPending`))
	s.set("last_install", regText(registry.LOCAL_MACHINE, update+`\Results\Install`, "LastSuccessTime"))
	s.set("lists_refreshed", regText(registry.LOCAL_MACHINE, update+`\Results\Detect`, "LastSuccessTime"))
	t := s.table("installed", col("name"), col("kind"), col("installed"))
	fixes, err := query[struct{ HotFixID, Description, InstalledOn string }](ctx, m, cimv2, "Win32_QuickFixEngineering", "")
	t.fail(err)
	for _, f := range fixes {
		t.add(f.HotFixID, f.Description, f.InstalledOn)
	}
	pending, err := pendingUpdates(ctx, m)
	s.try("pending", len(pending), err)
	packages := s.table("packages", col("name"))
	for _, title := range pending {
		packages.add(title)
	}
	return nil
}

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
