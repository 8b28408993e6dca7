package sysinfo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"supportd/daemon/sysinfo/secrets"
)

// setFile sets an item from a file of one line, or says why it cannot be read.
func setFile(m *machine, s *sheet, item, file string, marks ...mark) {
	text, err := m.read(file)
	s.try(item, strings.TrimSpace(string(bytes.TrimRight(text, "\x00\n"))), err, marks...)
}

func probeSummary(_ context.Context, m *machine, s *sheet) error {
	host, err := m.hostname()
	s.try("host", host, err)
	id := identify(m)
	s.set("maker", id.maker)
	s.set("model", id.model)
	if _, err := m.read(dmi + "product_serial"); id.serial == "" && err != nil {
		s.fail("serial", err, Serials)
	} else {
		s.set("serial", id.serial, Serials)
	}
	r := m.release()
	s.set("os", cmp.Or(r["PRETTY_NAME"], strings.TrimSpace(r["NAME"]+" "+cmp.Or(r["VERSION"], r["VERSION_ID"]))))
	up, err := m.uptime()
	s.try("uptime", up.Round(time.Second), err)
	s.set("time_zone", timeZone(m))
	s.set("locale", locale(m))
	s.try("last_boot", m.now().Add(-up).Round(time.Second), err)
	s.set("user", currentUser(m), UserNames)
	return nil
}

// locale is that of the customer's session, else of the system.
func locale(m *machine) string {
	if v := m.variable("LC_ALL", "LC_MESSAGES", "LANG"); v != "" {
		return v
	}
	for _, file := range []string{"/etc/locale.conf", "/etc/default/locale", "/etc/sysconfig/i18n"} {
		text, _ := m.read(file)
		values := parseAssignments(text)
		if v := cmp.Or(values["LC_ALL"], values["LC_MESSAGES"], values["LANG"]); v != "" {
			return v
		}
	}
	return "C"
}

func probeOS(_ context.Context, m *machine, s *sheet) error {
	r := m.release()
	s.set("name", r["NAME"])
	s.set("version", cmp.Or(r["VERSION"], r["VERSION_ID"], r["BUILD_ID"], m.firstLine("/etc/debian_version")))
	s.set("id", r["ID"])
	if m.kernel.uname == nil {
		s.set("kernel", m.line("/proc/sys/kernel/osrelease"))
		s.set("kernel_build", m.line("/proc/sys/kernel/version"))
		s.set("architecture", m.line("/proc/sys/kernel/arch"))
	} else {
		release, version, architecture, err := m.kernel.uname()
		s.try("kernel", release, err)
		s.try("kernel_build", version, err)
		s.try("architecture", architecture, err)
	}
	s.set("init", m.line("/proc/1/comm"))
	s.set("virtual_machine", hypervisor(m))
	s.set("container", m.container())
	if at := containerStart(m); at.IsZero() {
		s.fail("container_started", errors.New("this is no container"))
	} else {
		s.set("container_started", at)
	}
	if m.environment == nil {
		s.fail("desktop", errUnknown)
		s.fail("session_type", errUnknown)
	} else {
		s.set("desktop", cmp.Or(m.variable("XDG_CURRENT_DESKTOP", "DESKTOP_SESSION"), "none"))
		s.set("session_type", cmp.Or(m.variable("XDG_SESSION_TYPE"), "none"))
	}
	switch id, err := m.read("/etc/machine-id"); {
	case err == nil && strings.TrimSpace(string(id)) != "uninitialized":
		s.set("machine_id", strings.TrimSpace(string(id)), Serials)
	default:
		setFile(m, s, "machine_id", "/var/lib/dbus/machine-id", Serials)
	}
	parameters, err := m.read("/proc/cmdline")
	s.try("boot_parameters", secrets.Command(strings.TrimSpace(string(parameters))), err)
	setFile(m, s, "kernel_tainted", "/proc/sys/kernel/tainted")
	return nil
}
