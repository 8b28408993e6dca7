package sysinfo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"path"
	"strconv"
	"strings"
	"time"
)

var errNoSystemd = errors.New("systemd is not running here")

// systemd reports whether it runs, as sd_booted does.
func (m *machine) systemd() bool { return m.exists("/run/systemd/system") }

// units asks systemd for properties of loaded units, which are not translated.
func (m *machine) units(ctx context.Context, pattern string, properties ...string) (all []map[string]string, err error) {
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
	units, err := m.units(ctx, "*.service", "Id", "Description", "LoadState", "ActiveState", "SubState", "UnitFileState")
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
	t := s.table("autostart", col("name"), col("enabled"), col("source"), col("command"))
	files := m.glob("/etc/xdg/autostart/*.desktop")
	for _, home := range m.homes() {
		files = append(files, m.glob(home+"/.config/autostart/*.desktop")...)
	}
	for _, file := range files {
		text, err := m.read(file)
		if err != nil {
			continue
		}
		entry := parseAssignments(text)
		t.add(cmp.Or(entry["Name"], path.Base(file)), entry["Hidden"] != "true", file, maskArgs(strings.Fields(entry["Exec"])))
	}
	for _, dir := range append(m.homes(), "") {
		for _, link := range m.glob(dir + "/.config/systemd/user/*.wants/*") {
			t.add(path.Base(link), true, path.Dir(link), m.link(link))
		}
	}
	m.addCron(s)
	timers := s.table("timers", col("name"), col("state"), col("starts"), col("next"), col("last"))
	units, err := m.units(ctx, "*.timer", "Id", "ActiveState", "Unit", "NextElapseUSecRealtime", "LastTriggerUSec")
	for _, u := range units {
		timers.add(strings.TrimSuffix(u["Id"], ".timer"), u["ActiveState"], u["Unit"], parseInstant(u["NextElapseUSecRealtime"]), parseInstant(u["LastTriggerUSec"]))
	}
	timers.fail(err)
	return nil
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

func (m *machine) addCron(s *sheet) {
	t := s.table("scheduled_jobs", col("when"), col("user", UserNames), col("source"), col("command"))
	system := append([]string{"/etc/crontab"}, m.glob("/etc/cron.d/*")...)
	for _, file := range system {
		text, _ := m.read(file)
		for _, job := range parseCron(text, true) {
			t.add(job.when, job.user, file, maskArgs(strings.Fields(job.command)))
		}
	}
	for _, pattern := range []string{"/var/spool/cron/crontabs/*", "/var/spool/cron/*", "/etc/crontabs/*"} {
		for _, file := range m.glob(pattern) {
			text, _ := m.read(file)
			for _, job := range parseCron(text, false) {
				t.add(job.when, path.Base(file), file, maskArgs(strings.Fields(job.command)))
			}
		}
	}
	for _, when := range []string{"hourly", "daily", "weekly", "monthly"} {
		for _, file := range m.glob("/etc/cron." + when + "/*") {
			t.add(when, "root", path.Dir(file), path.Base(file))
		}
	}
	if os.Geteuid() != 0 && m.exists("/var/spool/cron") {
		t.fail(errors.New("the jobs of users can only be read as root"))
	}
}

func probeUsers(ctx context.Context, m *machine, s *sheet) error {
	s.set("current_user", m.currentUser(), UserNames)
	s.set("current_uid", os.Geteuid())
	groups, err := m.read("/etc/group")
	admins := parseMembers(groups, "sudo", "wheel", "adm", "admin")
	t := s.table("accounts", col("name", UserNames), col("full_name", UserNames), col("uid"), col("kind"), col("admin"), col("home"), col("shell"))
	t.fail(err)
	for _, a := range m.accounts() {
		kind := "system"
		if a.person() {
			kind = "person"
		}
		t.add(a.name, a.full, a.uid, kind, a.uid == 0 || admins[a.name], a.home, a.shell)
	}
	addLoggedOn(ctx, s)
	return nil
}

// parseMembers reads /etc/group: who is in one of the groups.
func parseMembers(text []byte, groups ...string) map[string]bool {
	members := map[string]bool{}
	lines(bytes.NewReader(text), func(line string) bool {
		f := strings.Split(line, ":")
		if len(f) != 4 {
			return true
		}
		for _, g := range groups {
			if f[0] == g {
				for name := range strings.SplitSeq(f[3], ",") {
					members[name] = true
				}
			}
		}
		return true
	})
	return members
}

// clock turns seconds since the start of the kernel into a time.
func clock(boot time.Time, seconds string) time.Time {
	v, err := strconv.ParseFloat(strings.TrimSpace(seconds), 64)
	if err != nil || boot.IsZero() {
		return time.Time{}
	}
	return boot.Add(time.Duration(v * float64(time.Second))).Truncate(time.Second)
}
