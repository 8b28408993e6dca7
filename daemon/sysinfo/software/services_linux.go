package software

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

var errNoSystemd = errors.New("systemd is not running here")

// systemdUnits asks systemd for properties of loaded units, which are not translated.
func systemdUnits(ctx context.Context, m *machine.Machine, pattern string, properties ...string) (all []map[string]string, err error) {
	if !m.Systemd() {
		return nil, errNoSystemd
	}
	out, err := m.Tool(ctx, "systemctl", "show", "--all", "--no-pager", "--property="+strings.Join(properties, ","), pattern)
	formats.Blocks(bytes.NewReader(out), "=", properties, func(b map[string]string) { all = append(all, b) })
	return all, err
}

func Services(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	t := s.Table("services", document.Col("name"), document.Col("state"), document.Col("detail"), document.Col("start"), document.Col("description"))
	if !m.Systemd() {
		s.Set("manager", m.Line("/proc/1/comm"))
		for _, name := range m.List("/etc/init.d") {
			if strings.Contains(name, ".") || name == "README" || name == "skeleton" || name == "functions" || !m.Executable("/etc/init.d/"+name) { // no service
				continue
			}
			var state any
			if m.Exists("/run/openrc") {
				state = "inactive"
				if m.Exists("/run/openrc/started/" + name) {
					state = "active"
				}
			}
			t.Add(name, state, nil, nil, nil)
		}
		if !m.Exists("/run/openrc") {
			return errNoSystemd
		}
		return nil
	}
	s.Set("manager", "systemd")
	units, err := systemdUnits(ctx, m, "*.service", "Id", "Description", "LoadState", "ActiveState", "SubState", "UnitFileState")
	failed := 0
	for _, u := range units {
		if u["LoadState"] == "not-found" {
			continue
		}
		if u["ActiveState"] == "failed" {
			failed++
		}
		t.Add(strings.TrimSuffix(u["Id"], ".service"), u["ActiveState"], u["SubState"], u["UnitFileState"], u["Description"])
	}
	t.ByName()
	s.Set("failed", failed)
	return err
}
