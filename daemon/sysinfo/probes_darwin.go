package sysinfo

import (
	"cmp"
	"context"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"supportd/daemon/sysinfo/document"
)

const systemVersion = "/System/Library/CoreServices/SystemVersion.plist"

func probeSummary(ctx context.Context, m *machine, s *document.Sheet) error {
	host, err := m.hostname()
	s.Try("host", host, err)
	version := m.properties(systemVersion)
	hardware, err := m.one(ctx, "SPHardwareDataType")
	s.Set("maker", "Apple")
	s.Try("model", strings.TrimSpace(hardware.text("machine_name")+" "+hardware.text("machine_model")), err)
	s.Try("serial", hardware.text("serial_number"), err, document.Serials)
	s.Set("os", strings.TrimSpace(version.text("ProductName")+" "+version.text("ProductVersion")))
	boot, err := bootTime()
	if err != nil {
		s.Fail("uptime", err)
	} else {
		s.Set("uptime", m.now().Sub(boot).Round(time.Second))
	}
	s.Set("time_zone", timeZone(m))
	s.Set("locale", cmp.Or(m.properties(m.variable("HOME")+"/Library/Preferences/.GlobalPreferences.plist").text("AppleLocale"), m.variable("LANG")))
	s.Try("last_boot", boot, err)
	s.Set("user", m.variable("USER", "LOGNAME"), document.UserNames)
	return nil
}

func bootTime() (time.Time, error) {
	t, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(t.Unix()), nil
}

func probeOS(ctx context.Context, m *machine, s *document.Sheet) error {
	version := m.properties(systemVersion)
	s.Set("name", version.text("ProductName"))
	s.Set("version", strings.TrimSpace(version.text("ProductVersion")+" ("+version.text("ProductBuildVersion")+")"))
	s.Set("id", "macos")
	for _, item := range [][2]string{{"kernel", "kern.osrelease"}, {"kernel_build", "kern.version"}, {"architecture", "hw.machine"}} {
		text, err := unix.Sysctl(item[1])
		s.Try(item[0], text, err)
	}
	software, err := m.one(ctx, "SPSoftwareDataType")
	s.Try("boot_mode", software.text("boot_mode"), err)
	s.Try("integrity_protection", software.text("system_integrity"), err)
	s.Try("secure_virtual_memory", software.text("secure_vm"), err)
	return nil
}
