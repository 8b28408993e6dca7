package sysinfo

import (
	"cmp"
	"context"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const systemVersion = "/System/Library/CoreServices/SystemVersion.plist"

func probeSummary(ctx context.Context, m *machine, s *sheet) error {
	host, err := m.hostname()
	s.try("host", host, err)
	version := m.properties(systemVersion)
	hardware, err := m.one(ctx, "SPHardwareDataType")
	s.set("maker", "Apple")
	s.try("model", strings.TrimSpace(hardware.text("machine_name")+" "+hardware.text("machine_model")), err)
	s.try("serial", hardware.text("serial_number"), err, Serials)
	s.set("os", strings.TrimSpace(version.text("ProductName")+" "+version.text("ProductVersion")))
	boot, err := bootTime()
	if err != nil {
		s.fail("uptime", err)
	} else {
		s.set("uptime", m.now().Sub(boot).Round(time.Second))
	}
	s.set("time_zone", timeZone(m))
	s.set("locale", cmp.Or(m.properties(m.variable("HOME")+"/Library/Preferences/.GlobalPreferences.plist").text("AppleLocale"), m.variable("LANG")))
	s.try("last_boot", boot, err)
	s.set("user", m.variable("USER", "LOGNAME"), UserNames)
	return nil
}

func bootTime() (time.Time, error) {
	t, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(t.Unix()), nil
}

func probeOS(ctx context.Context, m *machine, s *sheet) error {
	version := m.properties(systemVersion)
	s.set("name", version.text("ProductName"))
	s.set("version", strings.TrimSpace(version.text("ProductVersion")+" ("+version.text("ProductBuildVersion")+")"))
	s.set("id", "macos")
	for _, item := range [][2]string{{"kernel", "kern.osrelease"}, {"kernel_build", "kern.version"}, {"architecture", "hw.machine"}} {
		text, err := unix.Sysctl(item[1])
		s.try(item[0], text, err)
	}
	software, err := m.one(ctx, "SPSoftwareDataType")
	s.try("boot_mode", software.text("boot_mode"), err)
	s.try("integrity_protection", software.text("system_integrity"), err)
	s.try("secure_virtual_memory", software.text("secure_vm"), err)
	return nil
}
