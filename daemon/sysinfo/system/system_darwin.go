package system

import (
	"cmp"
	"context"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

const systemVersion = "/System/Library/CoreServices/SystemVersion.plist"

// Summary fills the category Summary: what a CSR asks first.
func Summary(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	host, err := m.Hostname()
	s.Try("host", host, err)
	version := m.Properties(systemVersion)
	hardware, err := m.FirstProfile(ctx, "SPHardwareDataType")
	s.Set("maker", "Apple")
	s.Try("model", strings.TrimSpace(hardware.Text("machine_name")+" "+hardware.Text("machine_model")), err)
	s.Try("serial", hardware.Text("serial_number"), err, document.Serials)
	s.Set("os", strings.TrimSpace(version.Text("ProductName")+" "+version.Text("ProductVersion")))
	boot, err := bootTime()
	if err != nil {
		s.Fail("uptime", err)
	} else {
		s.Set("uptime", m.Now().Sub(boot).Round(time.Second))
	}
	s.Set("time_zone", timeZone(m))
	s.Set("locale", cmp.Or(m.Properties(m.Variable("HOME")+"/Library/Preferences/.GlobalPreferences.plist").Text("AppleLocale"), m.Variable("LANG")))
	s.Try("last_boot", boot, err)
	s.Set("user", m.Variable("USER", "LOGNAME"), document.UserNames)
	return nil
}

func bootTime() (time.Time, error) {
	t, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(t.Unix()), nil
}

// OS fills the category OS: name, version, kernel, and how it runs.
func OS(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	version := m.Properties(systemVersion)
	s.Set("name", version.Text("ProductName"))
	s.Set("version", strings.TrimSpace(version.Text("ProductVersion")+" ("+version.Text("ProductBuildVersion")+")"))
	s.Set("id", "macos")
	for _, item := range [][2]string{{"kernel", "kern.osrelease"}, {"kernel_build", "kern.version"}, {"architecture", "hw.machine"}} {
		text, err := unix.Sysctl(item[1])
		s.Try(item[0], text, err)
	}
	software, err := m.FirstProfile(ctx, "SPSoftwareDataType")
	s.Try("boot_mode", software.Text("boot_mode"), err)
	s.Try("integrity_protection", software.Text("system_integrity"), err)
	s.Try("secure_virtual_memory", software.Text("secure_vm"), err)
	return nil
}
