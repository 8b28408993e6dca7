package users

import (
	"context"
	"path"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/host"
	"howett.net/plist"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Names are those who have a home directory or an account of a person, and the
// accounts of the system.
func Names(ctx context.Context, m *machine.Machine) (persons, service []string) {
	for _, name := range m.List("/Users") {
		if name != "Shared" && !strings.HasPrefix(name, ".") {
			persons = append(persons, name)
		}
	}
	for _, a := range Accounts(m) { // /etc/passwd has the accounts of the system
		service = append(service, a.Name)
	}
	if out, err := m.Tool(ctx, "dscl", "-plist", ".", "-readall", "/Users", "RecordName", "RealName", "UniqueID", "UserShell"); err == nil {
		for _, r := range formats.Directory(out) {
			if r.Person() {
				persons = append(persons, r.Name, r.Full)
			}
		}
	}
	return append(persons, m.Variable("USER", "LOGNAME")), service
}

// addLoggedOn lists who is logged on now.
func addLoggedOn(ctx context.Context, s *document.Sheet) {
	t := s.Table("logged_on", document.Col("user", document.UserNames), document.Col("terminal"), document.Col("from", document.Addresses), document.Col("since"))
	users, err := host.UsersWithContext(ctx)
	if err != nil {
		t.Fail(err)
		return
	}
	for _, u := range users {
		t.Add(u.User, u.Terminal, u.Host, time.Unix(int64(u.Started), 0))
	}
}

// Homes are the home directories that may be read.
func Homes(m *machine.Machine) (homes []string) {
	for _, name := range m.List("/Users") {
		homes = append(homes, path.Join("/Users", name))
	}
	return homes
}

// List fills the category Users: the accounts, and who is logged on.
func List(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Set("current_user", m.Variable("USER", "LOGNAME"), document.UserNames)
	s.Set("current_uid", m.UID())
	addLoggedOn(ctx, s)
	admins := map[string]bool{"root": true}
	out, _ := m.Tool(ctx, "dscl", "-plist", ".", "-read", "/Groups/admin", "GroupMembership")
	var group map[string][]string
	if _, err := plist.Unmarshal(out, &group); err == nil {
		for _, name := range group["dsAttrTypeStandard:GroupMembership"] {
			admins[name] = true
		}
	}
	t := s.Table("accounts", document.Col("name", document.UserNames), document.Col("full_name", document.UserNames), document.Col("uid"),
		document.Col("kind"), document.Col("admin"), document.Col("home"), document.Col("shell"))
	out, err := m.Tool(ctx, "dscl", "-plist", ".", "-readall", "/Users", "RecordName", "RealName", "UniqueID", "PrimaryGroupID", "NFSHomeDirectory", "UserShell")
	if err != nil {
		return err
	}
	for _, a := range formats.Directory(out) {
		kind := "system"
		if a.Person() {
			kind = "person"
		}
		t.Add(a.Name, a.Full, a.UID, kind, a.UID == 0 || admins[a.Name] || a.GID == adminGroup, a.Home, a.Shell)
	}
	return nil
}

// adminGroup is the number of the group of administrators.
const adminGroup = 80
