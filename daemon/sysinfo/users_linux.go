package sysinfo

import (
	"context"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
)

// usersOf tells persons, by their login and full names, from accounts of the
// system.
func usersOf(_ context.Context, m *machine) (persons, service []string) {
	own := currentUser(m)
	for _, a := range accounts(m) {
		if a.person() || a.name == own && a.uid != 0 {
			persons = append(persons, a.name, a.full)
			if base := path.Base(a.home); base != "." && base != "/" {
				persons = append(persons, base)
			}
		} else {
			service = append(service, a.name)
		}
	}
	for _, dir := range []string{"/home", "/var/lib/AccountsService/users", "/var/spool/mail", "/var/mail"} {
		for _, name := range m.list(dir) {
			if name != "lost+found" && !strings.HasPrefix(name, ".") {
				persons = append(persons, strings.TrimSuffix(name, ".homedir"))
			}
		}
	}
	for _, on := range loggedOn(m) {
		persons = append(persons, on.user)
	}
	for _, file := range m.glob("/run/systemd/users/*") { // of a domain: in no file of accounts
		text, _ := m.read(file)
		persons = append(persons, parseAssignments(text)["NAME"])
	}
	return append(persons, own, m.variable("USER"), m.variable("LOGNAME"), m.variable("SUDO_USER")), service
}

// currentUser is who runs this program, by the local account file; a program
// that nobody logged in for has no USER.
func currentUser(m *machine) string {
	if uid := m.uid(); uid >= 0 {
		for _, a := range accounts(m) {
			if a.uid == uint64(uid) {
				return a.name
			}
		}
	}
	return m.variable("USER", "LOGNAME")
}

// homes are the home directories of persons that may be read: root sees all.
func homes(m *machine) (homes []string) {
	if home := m.variable("HOME"); home != "" {
		homes = append(homes, home)
	}
	for _, a := range accounts(m) {
		if (a.person() || a.uid == 0) && !slices.Contains(homes, a.home) {
			homes = append(homes, a.home)
		}
	}
	return slices.DeleteFunc(homes, func(h string) bool { return !path.IsAbs(h) || path.Clean(h) != h || h == "/" })
}

func probeUsers(_ context.Context, m *machine, s *document.Sheet) error {
	s.Set("current_user", currentUser(m), document.UserNames)
	s.Set("current_uid", m.uid())
	groups, err := m.read("/etc/group")
	admins := parseMembers(groups, "sudo", "wheel", "admin")
	t := s.Table("accounts", document.Col("name", document.UserNames), document.Col("full_name", document.UserNames), document.Col("uid"), document.Col("kind"), document.Col("admin"), document.Col("logs_on"), document.Col("home"), document.Col("shell"))
	t.Fail(err)
	for _, a := range accounts(m) {
		kind := "system"
		if a.person() {
			kind = "person"
		}
		t.Add(a.name, a.full, a.uid, kind, a.uid == 0 || admins.has(a), a.logsOn(), a.home, a.shell)
	}
	on := s.Table("logged_on", document.Col("user", document.UserNames), document.Col("terminal"), document.Col("from", document.Addresses), document.Col("since"))
	for _, u := range loggedOn(m) {
		on.Add(u.user, u.terminal, u.from, u.since)
	}
	return nil
}

// loggedOn asks logind's own files where there are any, else utmp, which new
// distributions do not have.
func loggedOn(m *machine) (all []logon) {
	for _, file := range m.glob("/run/systemd/sessions/*") {
		text, err := m.read(file)
		v := parseAssignments(text)
		if err != nil || v["USER"] == "" || v["CLASS"] != "" && !strings.HasPrefix(v["CLASS"], "user") || v["STATE"] == "closing" {
			continue
		}
		on := logon{user: v["USER"], terminal: v["TTY"], from: v["REMOTE_HOST"]}
		if on.terminal == "" {
			on.terminal = v["DISPLAY"]
		}
		if us, err := strconv.ParseInt(v["REALTIME"], 10, 64); err == nil {
			on.since = time.UnixMicro(us).Truncate(time.Second)
		}
		all = append(all, on)
	}
	if len(all) > 0 {
		return all
	}
	for _, file := range []string{"/run/utmp", "/var/run/utmp"} {
		text, err := m.read(file)
		if err != nil {
			continue
		}
		for _, u := range parseUtmp(text, utmpSize(runtime.GOARCH)) {
			if m.exists("/proc/" + strconv.Itoa(int(u.pid))) { // else it was never taken out
				all = append(all, u.logon)
			}
		}
		return all
	}
	return nil
}
