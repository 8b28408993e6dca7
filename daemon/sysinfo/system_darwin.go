package sysinfo

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"strconv"
	"strings"
	"time"

	"howett.net/plist"
)

// probeProcesses asks ps, since gopsutil needs cgo here. The time of start has
// five words; the command is the rest of the line.
func probeProcesses(ctx context.Context, m *machine, s *sheet) error {
	out, err := m.tool(ctx, "ps", "-axwwr", "-o", "pid=,ppid=,user=,pcpu=,rss=,lstart=,command=")
	t := s.table("processes", col("pid"), col("parent"), col("user", UserNames), col("cpu", Percent), col("memory", Bytes), col("started"),
		col("name"), col("command"))
	count := 0
	lines(bytes.NewReader(out), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 11 {
			return true
		}
		count++
		pid, _ := strconv.ParseUint(f[0], 10, 32)
		parent, _ := strconv.ParseUint(f[1], 10, 32)
		var usage, memory any
		if v, err := strconv.ParseFloat(f[3], 64); err == nil {
			usage = v
		}
		if kib, err := strconv.ParseUint(f[4], 10, 50); err == nil {
			memory = kib << 10
		}
		started, _ := time.ParseInLocation("Mon Jan 2 15:04:05 2006", strings.Join(f[5:10], " "), time.Local)
		t.add(pid, parent, f[2], usage, memory, started, path.Base(f[10]), maskCommand(after(line, 10)))
		return true
	})
	s.try("count", count, err)
	return err
}

// after is the rest of a line behind n words.
func after(line string, n int) string {
	for range n {
		line = strings.TrimLeft(line, " ")
		_, line, _ = strings.Cut(line, " ")
	}
	return strings.TrimLeft(line, " ")
}

func probeServices(ctx context.Context, m *machine, s *sheet) error {
	s.set("manager", "launchd")
	out, err := m.tool(ctx, "launchctl", "list")
	t := s.table("services", col("name"), col("state"), col("exit_code"), col("pid"))
	failed := 0
	lines(bytes.NewReader(out), func(line string) bool {
		f := strings.Split(line, "\t")
		if len(f) != 3 || f[0] == "PID" {
			return true
		}
		var pid, code any
		state := "waiting"
		if n, err := strconv.ParseInt(f[0], 10, 32); err == nil {
			pid, state = n, "running"
		}
		if n, err := strconv.ParseInt(f[1], 10, 32); err == nil {
			code = n
			if n != 0 && pid == nil {
				failed++
			}
		}
		t.add(f[2], state, code, pid)
		return true
	})
	t.byName()
	s.try("failed", failed, err)
	return err
}

// probeStartup lists the agents and daemons that somebody added, and cron.
func probeStartup(_ context.Context, m *machine, s *sheet) error {
	t := s.table("autostart", col("name"), col("enabled"), col("source"), col("command"))
	off := map[string]bool{} // what launchctl disable says counts more than the entry itself
	for _, file := range m.glob("/var/db/com.apple.xpc.launchd/disabled*.plist") {
		for label, value := range m.properties(file) {
			if disabled, ok := value.(bool); ok {
				off[label] = disabled
			}
		}
	}
	dirs := []string{"/Library/LaunchAgents", "/Library/LaunchDaemons"}
	for _, home := range homes(m) {
		dirs = append(dirs, home+"/Library/LaunchAgents")
	}
	for _, dir := range dirs {
		for _, file := range m.glob(dir + "/*.plist") {
			p := m.properties(file)
			disabled, _ := p["Disabled"].(bool)
			if said, ok := off[p.text("Label")]; ok {
				disabled = said
			}
			args := []string{}
			if program := p.text("Program"); program != "" {
				args = append(args, program)
			}
			list, _ := p["ProgramArguments"].([]any)
			for _, a := range list {
				text, _ := a.(string)
				args = append(args, text)
			}
			t.add(cmp.Or(p.text("Label"), path.Base(file)), !disabled, dir, maskArgs(args))
		}
	}
	jobs := s.table("scheduled_jobs", col("when"), col("user", UserNames), col("source"), col("command"))
	for _, file := range m.glob("/usr/lib/cron/tabs/*") {
		text, _ := m.read(file)
		for _, job := range parseCron(text, false) {
			jobs.add(job.when, path.Base(file), file, maskCommand(job.command))
		}
	}
	return nil
}

// probeSoftware reads the applications' own descriptions; system_profiler would
// take longer than a document has.
func probeSoftware(ctx context.Context, m *machine, s *sheet) error {
	t := s.table("packages", col("name"), col("version"), col("source"))
	count := 0
	add := func(name, version, source string) {
		count++
		t.add(name, version, source)
	}
	patterns := []string{"/Applications/*.app", "/Applications/*/*.app", "/System/Applications/*.app"}
	for _, home := range homes(m) {
		patterns = append(patterns, home+"/Applications/*.app")
	}
	for _, pattern := range patterns {
		for _, app := range m.glob(pattern) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			p := m.properties(app + "/Contents/Info.plist")
			add(strings.TrimSuffix(path.Base(app), ".app"), cmp.Or(p.text("CFBundleShortVersionString"), p.text("CFBundleVersion")), path.Dir(app))
		}
	}
	for _, root := range []string{"/opt/homebrew/", "/usr/local/"} {
		for _, kind := range []string{"Cellar", "Caskroom"} {
			for _, dir := range m.glob(root + kind + "/*/*") {
				add(path.Base(path.Dir(dir)), path.Base(dir), "homebrew")
			}
		}
	}
	t.byName()
	s.set("count", count)
	return nil
}

func probeUsers(ctx context.Context, m *machine, s *sheet) error {
	s.set("current_user", m.variable("USER", "LOGNAME"), UserNames)
	s.set("current_uid", m.uid())
	addLoggedOn(ctx, s)
	admins := map[string]bool{"root": true}
	out, _ := m.tool(ctx, "dscl", "-plist", ".", "-read", "/Groups/admin", "GroupMembership")
	var group map[string][]string
	if _, err := plist.Unmarshal(out, &group); err == nil {
		for _, name := range group["dsAttrTypeStandard:GroupMembership"] {
			admins[name] = true
		}
	}
	t := s.table("accounts", col("name", UserNames), col("full_name", UserNames), col("uid"), col("kind"), col("admin"), col("home"), col("shell"))
	out, err := m.tool(ctx, "dscl", "-plist", ".", "-readall", "/Users", "RecordName", "RealName", "UniqueID", "PrimaryGroupID", "NFSHomeDirectory", "UserShell")
	if err != nil {
		return err
	}
	for _, a := range parseDirectory(out) {
		kind := "system"
		if a.person() {
			kind = "person"
		}
		t.add(a.name, a.full, a.uid, kind, a.uid == 0 || admins[a.name] || a.gid == adminGroup, a.home, a.shell)
	}
	return nil
}

// adminGroup is the number of the group of administrators.
const adminGroup = 80

func probeSecurity(ctx context.Context, m *machine, s *sheet) error {
	firewall, err := m.one(ctx, "SPFirewallDataType")
	s.try("firewall", firewall.text("spfirewall_globalstate"), err)
	out, err := m.tool(ctx, "fdesetup", "isactive") // "true" or "false", the code says the same
	switch state := strings.TrimSpace(string(out)); state {
	case "true", "false":
		s.set("disk_encryption", state == "true")
	default:
		s.fail("disk_encryption", cmp.Or(err, errUnknown))
	}
	software, err := m.one(ctx, "SPSoftwareDataType")
	s.try("integrity_protection", software.text("system_integrity"), err)
	antivirus := s.table("antivirus", col("name"), col("path"))
	antivirus.add("XProtect", "/Library/Apple/System/Library/CoreServices/XProtect.app")
	for _, p := range [][2]string{{"Microsoft Defender", "/Applications/Microsoft Defender.app"}, {"CrowdStrike Falcon", "/Applications/Falcon.app"},
		{"SentinelOne", "/Applications/SentinelOne"}, {"Sophos", "/Applications/Sophos"}, {"ESET", "/Applications/ESET Endpoint Security.app"}} {
		if m.exists(p[1]) {
			antivirus.add(p[0], p[1])
		}
	}
	return nil
}

// probeLog shows the faults of the last ten minutes: the system's log is so long
// that more would not be read in time.
func probeLog(ctx context.Context, m *machine, s *sheet) error {
	s.set("source", "unified log, last 10 minutes")
	out, err := m.tool(ctx, "log", "show", "--style", "ndjson", "--last", "10m", "--predicate", "messageType == fault")
	t := s.table("errors", col("at"), col("level"), col("source"), col("message"))
	records, bad := parseUnified(out)
	for _, r := range records {
		t.add(r.at, r.level, r.source, r.detail)
	}
	t.leave(bad)
	t.fail(err)
	return nil
}
