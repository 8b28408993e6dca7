package software

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"strconv"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
	"supportd/daemon/sysinfo/users"
)

func Services(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Set("manager", "launchd")
	out, err := m.Tool(ctx, "launchctl", "list")
	t := s.Table("services", document.Col("name"), document.Col("state"), document.Col("exit_code"), document.Col("pid"))
	failed := 0
	formats.Lines(bytes.NewReader(out), func(line string) bool {
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
		t.Add(f[2], state, code, pid)
		return true
	})
	t.ByName()
	s.Try("failed", failed, err)
	return err
}

// Startup lists the agents and daemons that somebody added, and cron.
func Startup(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	t := s.Table("autostart", document.Col("name"), document.Col("enabled"), document.Col("source"), document.Col("command"))
	off := map[string]bool{} // what launchctl disable says counts more than the entry itself
	for _, file := range m.Glob("/var/db/com.apple.xpc.launchd/disabled*.plist") {
		for label, value := range m.Properties(file) {
			if disabled, ok := value.(bool); ok {
				off[label] = disabled
			}
		}
	}
	dirs := []string{"/Library/LaunchAgents", "/Library/LaunchDaemons"}
	for _, home := range users.Homes(m) {
		dirs = append(dirs, home+"/Library/LaunchAgents")
	}
	for _, dir := range dirs {
		for _, file := range m.Glob(dir + "/*.plist") {
			p := m.Properties(file)
			disabled, _ := p["Disabled"].(bool)
			if said, ok := off[p.Text("Label")]; ok {
				disabled = said
			}
			args := []string{}
			if program := p.Text("Program"); program != "" {
				args = append(args, program)
			}
			list, _ := p["ProgramArguments"].([]any)
			for _, a := range list {
				text, _ := a.(string)
				args = append(args, text)
			}
			t.Add(cmp.Or(p.Text("Label"), path.Base(file)), !disabled, dir, secrets.Args(args))
		}
	}
	jobs := s.Table("scheduled_jobs", document.Col("when"), document.Col("user", document.UserNames), document.Col("source"), document.Col("command"))
	for _, file := range m.Glob("/usr/lib/cron/tabs/*") {
		text, _ := m.Read(file)
		for _, job := range formats.Crontab(text, false) {
			jobs.Add(job.When, path.Base(file), file, secrets.Command(job.Command))
		}
	}
	return nil
}
