package sysinfo

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

var errNoSystemd = errors.New("systemd is not running here")

// systemd reports whether it runs, as sd_booted does.
func (m *machine) systemd() bool { return m.exists("/run/systemd/system") }

// systemdUnits asks systemd for properties of loaded units, which are not translated.
func systemdUnits(ctx context.Context, m *machine, pattern string, properties ...string) (all []map[string]string, err error) {
	if !m.systemd() {
		return nil, errNoSystemd
	}
	out, err := m.tool(ctx, "systemctl", "show", "--all", "--no-pager", "--property="+strings.Join(properties, ","), pattern)
	parseBlocks(bytes.NewReader(out), "=", properties, func(b map[string]string) { all = append(all, b) })
	return all, err
}

func probeServices(ctx context.Context, m *machine, s *sheet) error {
	t := s.table("services", col("name"), col("state"), col("detail"), col("start"), col("description"))
	if !m.systemd() {
		s.set("manager", m.line("/proc/1/comm"))
		for _, name := range m.list("/etc/init.d") {
			if strings.Contains(name, ".") || name == "README" || name == "skeleton" || name == "functions" || !m.executable("/etc/init.d/"+name) { // no service
				continue
			}
			var state any
			if m.exists("/run/openrc") {
				state = "inactive"
				if m.exists("/run/openrc/started/" + name) {
					state = "active"
				}
			}
			t.add(name, state, nil, nil, nil)
		}
		if !m.exists("/run/openrc") {
			return errNoSystemd
		}
		return nil
	}
	s.set("manager", "systemd")
	units, err := systemdUnits(ctx, m, "*.service", "Id", "Description", "LoadState", "ActiveState", "SubState", "UnitFileState")
	failed := 0
	for _, u := range units {
		if u["LoadState"] == "not-found" {
			continue
		}
		if u["ActiveState"] == "failed" {
			failed++
		}
		t.add(strings.TrimSuffix(u["Id"], ".service"), u["ActiveState"], u["SubState"], u["UnitFileState"], u["Description"])
	}
	t.byName()
	s.set("failed", failed)
	return err
}

// probeStartup lists what starts by itself: desktop entries, scheduled jobs,
// units that are enabled.
func probeStartup(ctx context.Context, m *machine, s *sheet) error {
	addAutostart(m, s)
	addCron(m, s, m.family("rhel", "fedora", "centos", "suse", "opensuse", "sles", "amzn", "ol", "mageia", "openmandriva"))
	timers := s.table("timers", col("name"), col("state"), col("starts"), col("next"), col("last"))
	units, err := systemdUnits(ctx, m, "*.timer", "Id", "ActiveState", "Unit", "NextElapseUSecRealtime", "NextElapseUSecMonotonic", "LastTriggerUSec")
	for _, u := range units {
		next := parseInstant(u["NextElapseUSecRealtime"])
		if since, ok := parseSpan(u["NextElapseUSecMonotonic"]); ok && next == nil && since > 0 {
			next = m.kernelStart().Add(since).Round(time.Second)
		}
		timers.add(strings.TrimSuffix(u["Id"], ".timer"), u["ActiveState"], u["Unit"], next, parseInstant(u["LastTriggerUSec"]))
	}
	timers.fail(err)
	return nil
}

// parseSpan reads systemd's "1month 2d 3h 4min 5.5s".
func parseSpan(s string) (sum time.Duration, ok bool) {
	units := map[string]time.Duration{"y": 31557600 * time.Second, "month": 2629800 * time.Second, "w": 7 * 24 * time.Hour, "d": 24 * time.Hour, "h": time.Hour,
		"min": time.Minute, "s": time.Second, "ms": time.Millisecond, "us": time.Microsecond}
	for _, word := range strings.Fields(s) {
		number := strings.TrimRight(word, "abcdefghijklmnopqrstuvwxyz")
		v, err := strconv.ParseFloat(number, 64)
		unit, known := units[word[len(number):]]
		if err != nil || !known || v < 0 || v > 1e9 {
			return 0, false
		}
		sum += time.Duration(v * float64(unit))
		ok = true
	}
	return sum, ok
}

// parseInstant reads the form in which systemctl shows times, with TZ=UTC and
// LC_ALL=C: "Mon 2026-11-23 06:44:50 UTC".
func parseInstant(s string) any {
	t, err := time.Parse("Mon 2006-01-02 15:04:05 MST", s)
	if err != nil {
		return nil
	}
	return t
}

// clock turns seconds since the start of the kernel into a time.
func clock(boot time.Time, seconds string) time.Time {
	v, err := strconv.ParseFloat(strings.TrimSpace(seconds), 64)
	if err != nil || boot.IsZero() || v < 0 || v > 1e9 {
		return time.Time{}
	}
	return boot.Add(time.Duration(v * float64(time.Second))).Truncate(time.Second)
}
