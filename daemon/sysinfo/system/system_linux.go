package system

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/hardware"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
	"supportd/daemon/sysinfo/users"
)

// setFile sets an item from a file of one line, or says why it cannot be read.
func setFile(m *machine.Machine, s *document.Sheet, item, file string, marks ...document.Mark) {
	text, err := m.Read(file)
	s.Try(item, strings.TrimSpace(string(bytes.TrimRight(text, "\x00\n"))), err, marks...)
}

// Summary fills the category Summary: what a CSR asks first.
func Summary(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	host, err := m.Hostname()
	s.Try("host", host, err)
	id := hardware.Identify(m)
	s.Set("maker", id.Maker)
	s.Set("model", id.Model)
	if _, err := m.Read(hardware.DMI + "product_serial"); id.Serial == "" && err != nil {
		s.Fail("serial", err, document.Serials)
	} else {
		s.Set("serial", id.Serial, document.Serials)
	}
	r := m.Release()
	s.Set("os", cmp.Or(r["PRETTY_NAME"], strings.TrimSpace(r["NAME"]+" "+cmp.Or(r["VERSION"], r["VERSION_ID"]))))
	up, err := m.Uptime()
	s.Try("uptime", up.Round(time.Second), err)
	s.Set("time_zone", timeZone(m))
	s.Set("locale", locale(m))
	s.Try("last_boot", m.Now().Add(-up).Round(time.Second), err)
	s.Set("user", users.Current(m), document.UserNames)
	return nil
}

// locale is that of the customer's session, else of the system.
func locale(m *machine.Machine) string {
	if v := m.Variable("LC_ALL", "LC_MESSAGES", "LANG"); v != "" {
		return v
	}
	for _, file := range []string{"/etc/locale.conf", "/etc/default/locale", "/etc/sysconfig/i18n"} {
		text, _ := m.Read(file)
		values := formats.Assignments(text)
		if v := cmp.Or(values["LC_ALL"], values["LC_MESSAGES"], values["LANG"]); v != "" {
			return v
		}
	}
	return "C"
}

// OS fills the category OS: name, version, kernel, and how it runs.
func OS(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	r := m.Release()
	s.Set("name", r["NAME"])
	s.Set("version", cmp.Or(r["VERSION"], r["VERSION_ID"], r["BUILD_ID"], m.FirstLine("/etc/debian_version")))
	s.Set("id", r["ID"])
	if m.Kernel.Uname == nil {
		s.Set("kernel", m.Line("/proc/sys/kernel/osrelease"))
		s.Set("kernel_build", m.Line("/proc/sys/kernel/version"))
		s.Set("architecture", m.Line("/proc/sys/kernel/arch"))
	} else {
		release, version, architecture, err := m.Kernel.Uname()
		s.Try("kernel", release, err)
		s.Try("kernel_build", version, err)
		s.Try("architecture", architecture, err)
	}
	s.Set("init", m.Line("/proc/1/comm"))
	s.Set("virtual_machine", hypervisor(m))
	s.Set("container", m.Container())
	if at := containerStart(m); at.IsZero() {
		s.Fail("container_started", errors.New("this is no container"))
	} else {
		s.Set("container_started", at)
	}
	if m.Environment == nil {
		s.Fail("desktop", document.ErrUnknown)
		s.Fail("session_type", document.ErrUnknown)
	} else {
		s.Set("desktop", cmp.Or(m.Variable("XDG_CURRENT_DESKTOP", "DESKTOP_SESSION"), "none"))
		s.Set("session_type", cmp.Or(m.Variable("XDG_SESSION_TYPE"), "none"))
	}
	switch id, err := m.Read("/etc/machine-id"); {
	case err == nil && strings.TrimSpace(string(id)) != "uninitialized":
		s.Set("machine_id", strings.TrimSpace(string(id)), document.Serials)
	default:
		setFile(m, s, "machine_id", "/var/lib/dbus/machine-id", document.Serials)
	}
	parameters, err := m.Read("/proc/cmdline")
	s.Try("boot_parameters", secrets.Command(strings.TrimSpace(string(parameters))), err)
	setFile(m, s, "kernel_tainted", "/proc/sys/kernel/tainted")
	return nil
}
