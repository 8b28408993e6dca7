package system

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
	"supportd/daemon/sysinfo/machine"
)

const currentVersion = `SOFTWARE\Microsoft\Windows NT\CurrentVersion`

// Summary fills the category Summary: what a CSR asks first.
func Summary(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	host, err := m.Hostname()
	s.Try("host", host, err)
	const bios = `HARDWARE\DESCRIPTION\System\BIOS`
	s.Set("maker", formats.Meant(cmp.Or(formats.Meant(machine.RegText(registry.LOCAL_MACHINE, bios, "SystemManufacturer")), machine.RegText(registry.LOCAL_MACHINE, bios, "BaseBoardManufacturer"))))
	s.Set("model", formats.Meant(cmp.Or(formats.Meant(machine.RegText(registry.LOCAL_MACHINE, bios, "SystemProductName")), machine.RegText(registry.LOCAL_MACHINE, bios, "BaseBoardProduct"))))
	serial, err := machine.First[struct{ SerialNumber string }](ctx, m, "Win32_BIOS")
	s.Try("serial", formats.Meant(serial.SerialNumber), err, document.Serials)
	s.Set("os", productName()+" "+buildName())
	up := windows.DurationSinceBoot().Round(time.Second)
	s.Set("uptime", up)
	zone := machine.RegText(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\TimeZoneInformation`, "TimeZoneKeyName")
	s.Set("time_zone", zone+" ("+m.Now().Format("-07:00")+")")
	s.Set("locale", machine.RegText(registry.CURRENT_USER, `Control Panel\International`, "LocaleName"))
	s.Set("last_boot", m.Now().Add(-up).Round(time.Second))
	s.Set("user", m.Variable("USERNAME"), document.UserNames)
	return nil
}

// productName is the name of the edition. The registry of Windows 11 still says
// 10: the build tells them apart.
func productName() string {
	name := machine.RegText(registry.LOCAL_MACHINE, currentVersion, "ProductName")
	if windows.RtlGetVersion().BuildNumber >= 22000 {
		name = strings.Replace(name, "Windows 10", "Windows 11", 1)
	}
	return name
}

func buildName() string {
	v := windows.RtlGetVersion()
	revision, _ := machine.RegNumber(registry.LOCAL_MACHINE, currentVersion, "UBR")
	display := machine.RegText(registry.LOCAL_MACHINE, currentVersion, "DisplayVersion")
	return strings.TrimSpace(fmt.Sprintf("%s (build %d.%d)", display, v.BuildNumber, revision))
}

// OS fills the category OS: name, version, kernel, and how it runs.
func OS(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	v := windows.RtlGetVersion()
	s.Set("name", productName())
	s.Set("version", buildName())
	s.Set("id", machine.RegText(registry.LOCAL_MACHINE, currentVersion, "EditionID"))
	s.Set("kernel", fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber))
	s.Set("kernel_build", machine.RegText(registry.LOCAL_MACHINE, currentVersion, "BuildLabEx"))
	s.Set("architecture", m.Variable("PROCESSOR_ARCHITEW6432", "PROCESSOR_ARCHITECTURE"))
	if sec, err := machine.RegNumber(registry.LOCAL_MACHINE, currentVersion, "InstallDate"); err != nil {
		s.Fail("installed", err)
	} else {
		s.Set("installed", time.Unix(int64(sec), 0))
	}
	mode, err := machine.RegNumber(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\SafeBoot\Option`, "OptionValue")
	s.Set("safe_mode", err == nil && mode > 0)
	s.Set("session_type", m.Variable("SESSIONNAME"))
	s.Set("machine_id", machine.RegText(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, "MachineGuid"), document.Serials)
	computer, err := machine.First[struct {
		Domain       string
		PartOfDomain bool
	}](ctx, m, "Win32_ComputerSystem")
	s.Try("domain", computer.Domain, err)
	s.Try("domain_member", computer.PartOfDomain, err)
	return nil
}
