package sysinfo

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
)

const currentVersion = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`

func probeSummary(ctx context.Context, m *machine, s *document.Sheet) error {
	host, err := m.hostname()
	s.Try("host", host, err)
	const bios = `HARDWARE\DESCRIPTION\System\BIOS`
	s.Set("maker", formats.Meant(cmp.Or(formats.Meant(regText(registry.LOCAL_MACHINE, bios, "SystemManufacturer")), regText(registry.LOCAL_MACHINE, bios, "BaseBoardManufacturer"))))
	s.Set("model", formats.Meant(cmp.Or(formats.Meant(regText(registry.LOCAL_MACHINE, bios, "SystemProductName")), regText(registry.LOCAL_MACHINE, bios, "BaseBoardProduct"))))
	serial, err := first[struct{ SerialNumber string }](ctx, m, "Win32_BIOS")
	s.Try("serial", formats.Meant(serial.SerialNumber), err, document.Serials)
	s.Set("os", productName()+" "+buildName())
	up := windows.DurationSinceBoot().Round(time.Second)
	s.Set("uptime", up)
	zone := regText(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\TimeZoneInformation`, "TimeZoneKeyName")
	s.Set("time_zone", zone+" ("+m.now().Format("-07:00")+")")
	s.Set("locale", regText(registry.CURRENT_USER, `Control Panel\International`, "LocaleName"))
	s.Set("last_boot", m.now().Add(-up).Round(time.Second))
	s.Set("user", m.variable("USERNAME"), document.UserNames)
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

func probeOS(ctx context.Context, m *machine, s *document.Sheet) error {
	v := windows.RtlGetVersion()
	s.Set("name", productName())
	s.Set("version", buildName())
	s.Set("id", regText(registry.LOCAL_MACHINE, currentVersion, "EditionID"))
	s.Set("kernel", fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber))
	s.Set("kernel_build", regText(registry.LOCAL_MACHINE, currentVersion, "BuildLabEx"))
	s.Set("architecture", m.variable("PROCESSOR_ARCHITEW6432", "PROCESSOR_ARCHITECTURE"))
	if sec, err := regNumber(registry.LOCAL_MACHINE, currentVersion, "InstallDate"); err != nil {
		s.Fail("installed", err)
	} else {
		s.Set("installed", time.Unix(int64(sec), 0))
	}
	mode, err := regNumber(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\SafeBoot\Option`, "OptionValue")
	s.Set("safe_mode", err == nil && mode > 0)
	s.Set("session_type", m.variable("SESSIONNAME"))
	s.Set("machine_id", regText(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, "MachineGuid"), document.Serials)
	computer, err := first[struct {
		Domain       string
		PartOfDomain bool
	}](ctx, m, "Win32_ComputerSystem")
	s.Try("domain", computer.Domain, err)
	s.Try("domain_member", computer.PartOfDomain, err)
	return nil
}
