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

const currentVersion = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`

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
