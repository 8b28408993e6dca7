package users

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Names tells persons, by their login and full names, from accounts of the
// system.
func Names(ctx context.Context, m *machine.Machine) (persons, service []string) {
	own := Current(m)
	for _, a := range Accounts(m) {
		if a.Person() || a.Name == own && a.UID != 0 {
			persons = append(persons, a.Name, a.Full)
			if base := path.Base(a.Home); base != "." && base != "/" {
				persons = append(persons, base)
			}
		} else {
			service = append(service, a.Name)
		}
	}
	for _, dir := range []string{"/home", "/var/lib/AccountsService/users", "/var/spool/mail", "/var/mail", "/var/lib/systemd/linger"} {
		for _, name := range m.List(dir) {
			if name != "lost+found" && !strings.HasPrefix(name, ".") {
				persons = append(persons, strings.TrimSuffix(name, ".homedir"))
			}
		}
	}
	persons = append(persons, domainHomes(m)...)
	groups, _ := m.Read("/etc/group") // of a domain are some who stand in no file of accounts
	for _, name := range formats.AllMembers(groups) {
		if !slices.Contains(service, name) {
			persons = append(persons, name)
		}
	}
	for _, on := range loggedOn(m) {
		persons = append(persons, on.User)
	}
	for _, file := range m.Glob("/run/systemd/users/*") { // of a domain: in no file of accounts
		text, _ := m.Read(file)
		persons = append(persons, formats.Assignments(text)["NAME"])
	}
	persons = append(persons, own, m.Variable("USER"), m.Variable("LOGNAME"), m.Variable("SUDO_USER"))
	return append(persons, elsewhere(ctx, m, persons)...), service
}

const (
	// maxAsked bounds how many people the name service is asked about, and longestAsked
	// how long it may take: its server may be gone.
	maxAsked     = 100
	longestAsked = 500 * time.Millisecond
)

// elsewhere are the full names and homes of persons who stand in no file of accounts: the
// name service knows them.
func elsewhere(ctx context.Context, m *machine.Machine, persons []string) (names []string) {
	var asked []string
	local := Accounts(m)
	for _, name := range persons {
		here := slices.ContainsFunc(local, func(a formats.Account) bool { return a.Name == name || a.Full == name })
		if name != "" && !here && !strings.HasPrefix(name, "-") && !slices.Contains(asked, name) && len(asked) < maxAsked {
			asked = append(asked, name)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, longestAsked)
	defer cancel()
	out, _ := m.Tool(ctx, "getent", append([]string{"passwd"}, asked...)...) // it fails where it does not know one of them
	for _, a := range formats.Passwd(out) {
		names = append(names, a.Name, a.Full)
		if base := path.Base(a.Home); base != "." && base != "/" {
			names = append(names, base)
		}
	}
	return names
}

// domainHomes are the homes in a directory of /home that is none itself: those of a domain
// lie in one of its name, /home/EXAMPLE/kim. A home has hidden files of its programs, or
// may not be read.
func domainHomes(m *machine.Machine) (names []string) {
	home := func(dir string) bool {
		entries, err := fs.ReadDir(m.Files, strings.TrimPrefix(dir, "/"))
		return errors.Is(err, fs.ErrPermission) || slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
			return strings.HasPrefix(e.Name(), ".") && e.Name() != ".snapshots" && e.Name() != ".zfs"
		})
	}
	for _, domain := range m.List("/home") {
		if home("/home/" + domain) {
			continue
		}
		for _, name := range m.List("/home/" + domain) {
			if home("/home/" + domain + "/" + name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Current is the user that this program runs as, by the local account file: a
// program that starts without a logon has no USER.
func Current(m *machine.Machine) string {
	if uid := m.UID(); uid >= 0 {
		for _, a := range Accounts(m) {
			if a.UID == uint64(uid) {
				return a.Name
			}
		}
	}
	return m.Variable("USER", "LOGNAME")
}

// Homes are the home directories of persons that may be read: root sees all.
func Homes(m *machine.Machine) (homes []string) {
	if home := m.Variable("HOME"); home != "" {
		homes = append(homes, home)
	}
	for _, a := range Accounts(m) {
		if (a.Person() || a.UID == 0) && !slices.Contains(homes, a.Home) {
			homes = append(homes, a.Home)
		}
	}
	return slices.DeleteFunc(homes, func(h string) bool { return !path.IsAbs(h) || path.Clean(h) != h || h == "/" })
}

// List fills the category Users: the accounts, and who is logged on.
func List(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Set("current_user", Current(m), document.UserNames)
	s.Set("current_uid", m.UID())
	groups, err := m.Read("/etc/group")
	admins := formats.Members(groups, "sudo", "wheel", "admin")
	t := s.Table("accounts", document.Col("name", document.UserNames), document.Col("full_name", document.UserNames), document.Col("uid"),
		document.Col("kind"), document.Col("admin"), document.Col("logs_on"), document.Col("home"), document.Col("shell"))
	t.Fail(err)
	for _, a := range Accounts(m) {
		kind := "system"
		if a.Person() {
			kind = "person"
		}
		t.Add(a.Name, a.Full, a.UID, kind, a.UID == 0 || admins.Has(a), a.LogsOn(), a.Home, a.Shell)
	}
	on := s.Table("logged_on", document.Col("user", document.UserNames), document.Col("terminal"), document.Col("from", document.Addresses), document.Col("since"))
	for _, u := range loggedOn(m) {
		on.Add(u.User, u.Terminal, u.From, u.Since)
	}
	return nil
}

// loggedOn asks logind's own files where there are any, else utmp, which new
// distributions do not have.
func loggedOn(m *machine.Machine) (all []formats.Logon) {
	for _, file := range m.Glob("/run/systemd/sessions/*") {
		text, err := m.Read(file)
		v := formats.Assignments(text)
		if err != nil || v["USER"] == "" || v["CLASS"] != "" && !strings.HasPrefix(v["CLASS"], "user") || v["STATE"] == "closing" {
			continue
		}
		on := formats.Logon{User: v["USER"], Terminal: v["TTY"], From: v["REMOTE_HOST"]}
		if on.Terminal == "" {
			on.Terminal = v["DISPLAY"]
		}
		if us, err := strconv.ParseInt(v["REALTIME"], 10, 64); err == nil {
			on.Since = time.UnixMicro(us).Truncate(time.Second)
		}
		all = append(all, on)
	}
	if len(all) > 0 {
		return all
	}
	for _, file := range []string{"/run/utmp", "/var/run/utmp"} {
		text, err := m.Read(file)
		if err != nil {
			continue
		}
		for _, u := range formats.Utmp(text, formats.UtmpSize(runtime.GOARCH)) {
			if m.Exists("/proc/" + strconv.Itoa(int(u.PID))) { // else the entry is left over from a process that has ended
				all = append(all, u.Logon)
			}
		}
		return all
	}
	return nil
}
