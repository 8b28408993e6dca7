//go:build unix

package sysinfo

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

type cronJob struct{ when, user, command string }

var (
	// cronTime is one of the five times of crontab(5), with the extensions of the
	// crons that are in use: names, steps, ranges, "last", a leading minus that
	// keeps a job out of the log.
	cronTime = regexp.MustCompile(`^-?[0-9A-Za-z*/,~?#LW-]+$`)
	// cronVariable is a line that sets a variable for the jobs below it.
	cronVariable = regexp.MustCompile(`^("[^"]*"|'[^']*'|[A-Za-z_][A-Za-z0-9_]*)\s*=`)
	cronWords    = map[string]bool{"@reboot": true, "@yearly": true, "@annually": true, "@monthly": true, "@weekly": true, "@daily": true, "@midnight": true,
		"@hourly": true}
)

// parseCron reads a crontab; that of the system names a user before the command.
// Lines that are none of comment, variable and job are no jobs for cron either.
func parseCron(text []byte, system bool) (jobs []cronJob) {
	lines(bytes.NewReader(text), func(line string) bool {
		rest := strings.TrimLeft(line, " \t")
		if rest == "" || rest[0] == '#' || cronVariable.MatchString(rest) {
			return true
		}
		var times []string
		word := func() (w string) {
			rest = strings.TrimLeft(rest, " \t")
			i := strings.IndexAny(rest, " \t")
			if i < 0 {
				i = len(rest)
			}
			w, rest = rest[:i], rest[i:]
			return w
		}
		if first := word(); first[0] == '@' {
			every := strings.HasPrefix(first, "@every_") || len(first) > 1 && strings.Trim(first[1:], "0123456789") == "" // FreeBSD
			if !cronWords[strings.ToLower(first)] && !every {
				return true
			}
			times = []string{first}
		} else {
			times = []string{first, word(), word(), word(), word()}
			for _, t := range times {
				if !cronTime.MatchString(t) {
					return true
				}
			}
		}
		job := cronJob{when: strings.Join(times, " ")}
		if system {
			job.user = word()
			job.user, _, _ = strings.Cut(job.user, ":") // with a group, on BSD
		}
		if job.command = cronCommand(strings.TrimSpace(rest)); job.command != "" {
			jobs = append(jobs, job)
		}
		return true
	})
	return jobs
}

// cronCommand ends at the first percent sign, behind which stands what the
// command reads; an escaped one is one.
func cronCommand(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '%':
			i++
			b.WriteByte('%')
		case s[i] == '%':
			return strings.TrimSpace(b.String()) + " (with input)"
		default:
			b.WriteByte(s[i])
		}
	}
	return strings.TrimSpace(b.String())
}

// parseAnacron reads anacrontab(5): period, delay, name, command.
func parseAnacron(text []byte) (jobs []cronJob) {
	lines(bytes.NewReader(text), func(line string) bool {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || cronVariable.MatchString(line) {
			return true
		}
		f := strings.Fields(line)
		if len(f) < 4 {
			return true
		}
		when := f[0]
		if n, err := strconv.Atoi(f[0]); err == nil {
			when = "every " + strconv.Itoa(n) + " days"
		} else if !strings.HasPrefix(f[0], "@") {
			return true
		}
		rest := line
		for _, w := range f[:3] {
			rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(rest, " \t"), w), " \t")
		}
		jobs = append(jobs, cronJob{when: when, user: "root", command: rest})
		return true
	})
	return jobs
}

// debianName is a name that Debian's cron and run-parts take, and busybox's: they
// pass over backup copies and what has a dot.
var debianName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// leftover reports a name that the cron and run-parts of Red Hat and SUSE pass
// over: copies of editors and of the package manager.
func leftover(name string) bool {
	switch {
	case strings.HasPrefix(name, "."), strings.HasPrefix(name, "#"), strings.HasSuffix(name, "~"), strings.HasSuffix(name, ","), strings.HasSuffix(name, ",v"):
		return true
	}
	switch path.Ext(name) {
	case ".rpmsave", ".rpmorig", ".rpmnew", ".swp", ".cfsaved", ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-tmp", ".dpkg-bak":
		return true
	}
	return false
}

// cronTakes reports whether cron reads a file of that name: the rule depends on
// who made it.
func cronTakes(name string, redHat bool) bool {
	if redHat {
		return !leftover(name)
	}
	return debianName.MatchString(name)
}

// addCron lists scheduled jobs: of the system, of users, and of the directories
// that run-parts runs.
func (m *machine) addCron(s *sheet, redHat bool) {
	t := s.table("scheduled_jobs", col("when"), col("user", UserNames), col("source"), col("command"))
	var failed error
	read := func(file string, system bool, user string) {
		text, err := m.read(file)
		if errors.Is(err, fs.ErrPermission) {
			failed = err
		}
		for _, job := range parseCron(text, system) {
			t.add(job.when, cmp.Or(job.user, user), file, maskCommand(job.command))
		}
	}
	read("/etc/crontab", true, "")
	for _, name := range m.list("/etc/cron.d") {
		file := "/etc/cron.d/" + name
		if cronTakes(name, redHat) && m.onlyOwnersMayWrite(file) {
			read(file, true, "")
		}
	}
	anacron, _ := m.read("/etc/anacrontab")
	for _, job := range parseAnacron(anacron) {
		t.add(job.when, job.user, "/etc/anacrontab", maskCommand(job.command))
	}
	seen := map[string]bool{}
	for _, dir := range []string{"/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron", "/etc/crontabs", "/usr/lib/cron/tabs", "/var/cron/tabs"} {
		for _, user := range m.list(dir) {
			text, _ := m.read(dir + "/" + user)
			if key := user + "\x00" + string(text); strings.HasPrefix(user, ".") || strings.HasPrefix(user, "tmp.") || user == "cron.update" || len(text) > 0 && seen[key] { // the same, by another way
				continue
			} else {
				seen[key] = true
			}
			read(dir+"/"+user, false, user)
		}
	}
	for _, when := range []string{"hourly", "daily", "weekly", "monthly", "yearly"} {
		m.addParts(t, when, "/etc/cron."+when, redHat)
	}
	for _, when := range []string{"15min", "hourly", "daily", "weekly", "monthly"} {
		m.addParts(t, when, "/etc/periodic/"+when, false)
	}
	if failed != nil || m.uid() > 0 && m.exists("/var/spool/cron") {
		t.fail(errors.New("the jobs of users can only be read as root"))
	}
}

// addParts lists what run-parts(8) would run.
func (m *machine) addParts(t *rows, when, dir string, redHat bool) {
	for _, name := range m.list(dir) {
		if cronTakes(name, redHat) && m.executable(dir+"/"+name) {
			t.add(when, "root", dir, name)
		}
	}
}

// onlyOwnersMayWrite is what cron wants before it believes a file.
func (m *machine) onlyOwnersMayWrite(file string) bool {
	info, err := fs.Stat(m.files, strings.TrimPrefix(file, "/"))
	return err == nil && info.Mode()&0o022 == 0
}
