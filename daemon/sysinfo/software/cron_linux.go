package software

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/secrets"
)

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
func addCron(m *machine.Machine, s *document.Sheet, redHat bool) {
	t := s.Table("scheduled_jobs", document.Col("when"), document.Col("user", document.UserNames), document.Col("source"), document.Col("command"))
	var failed error
	read := func(file string, system bool, user string) {
		text, err := m.Read(file)
		if errors.Is(err, fs.ErrPermission) {
			failed = err
		}
		for _, job := range formats.Crontab(text, system) {
			t.Add(job.When, cmp.Or(job.User, user), file, secrets.Command(job.Command))
		}
	}
	read("/etc/crontab", true, "")
	for _, name := range m.List("/etc/cron.d") {
		file := "/etc/cron.d/" + name
		if cronTakes(name, redHat) && onlyOwnersMayWrite(m, file) {
			read(file, true, "")
		}
	}
	anacron, _ := m.Read("/etc/anacrontab")
	for _, job := range formats.Anacrontab(anacron) {
		t.Add(job.When, job.User, "/etc/anacrontab", secrets.Command(job.Command))
	}
	seen := map[string]bool{}
	for _, dir := range []string{"/var/spool/cron/crontabs", "/var/spool/cron/tabs", "/var/spool/cron", "/etc/crontabs", "/usr/lib/cron/tabs", "/var/cron/tabs"} {
		for _, user := range m.List(dir) {
			text, _ := m.Read(dir + "/" + user)
			if key := user + "\x00" + string(text); strings.HasPrefix(user, ".") || strings.HasPrefix(user, "tmp.") || user == "cron.update" || len(text) > 0 && seen[key] { // the same file by another path
				continue
			} else {
				seen[key] = true
			}
			read(dir+"/"+user, false, user)
		}
	}
	for _, when := range []string{"hourly", "daily", "weekly", "monthly", "yearly"} {
		addParts(m, t, when, "/etc/cron."+when, redHat)
	}
	for _, when := range []string{"15min", "hourly", "daily", "weekly", "monthly"} {
		addParts(m, t, when, "/etc/periodic/"+when, false)
	}
	if failed != nil || m.UID() > 0 && m.Exists("/var/spool/cron") {
		t.Fail(errors.New("the jobs of users can only be read as root"))
	}
}

// addParts lists what run-parts(8) would run.
func addParts(m *machine.Machine, t *document.Rows, when, dir string, redHat bool) {
	for _, name := range m.List(dir) {
		if cronTakes(name, redHat) && m.Executable(dir+"/"+name) {
			t.Add(when, "root", dir, name)
		}
	}
}

// onlyOwnersMayWrite reports whether nobody but its owner may write a file: else
// cron does not run it.
func onlyOwnersMayWrite(m *machine.Machine, file string) bool {
	info, err := fs.Stat(m.Files, strings.TrimPrefix(file, "/"))
	return err == nil && info.Mode()&0o022 == 0
}
