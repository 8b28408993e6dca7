package users

import (
	"context"
	"regexp"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// profileList is where the registry has the accounts that have a profile.
const profileList = `SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList`

// Names are those who have a profile on this computer, and the accounts of the
// system that have one.
func Names(ctx context.Context, m *machine.Machine) (persons, service []string) {
	for _, sid := range machine.RegKeys(registry.LOCAL_MACHINE, profileList) {
		home := machine.RegText(registry.LOCAL_MACHINE, profileList+`\`+sid, "ProfileImagePath")
		if personSID(sid) {
			persons = append(persons, formats.ProfileNames(home)...)
		} else {
			service = append(service, formats.ProfileNames(home)...)
		}
	}
	all, _ := machine.Query[struct{ Name, FullName, SID string }](ctx, m, machine.CIMv2, "Win32_UserAccount", "LocalAccount = TRUE")
	for _, a := range all {
		if personSID(a.SID) && !builtInSID(a.SID) {
			persons = append(persons, a.Name, a.FullName)
		}
	}
	return append(persons, m.Variable("USERNAME")), service
}

// partName finds the account in a reference of WMI: …,Name="kim".
var partName = regexp.MustCompile(`Name="([^"]*)"$`)

// administrators are the names in the local group, whose own name is translated:
// it is found by its identifier.
func administrators(ctx context.Context, m *machine.Machine) (map[string]bool, error) {
	sid, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return nil, err
	}
	group, _, _, err := sid.LookupAccount("")
	if err != nil {
		return nil, err
	}
	parts, err := machine.Query[struct{ GroupComponent, PartComponent string }](ctx, m, machine.CIMv2, "Win32_GroupUser", "")
	names := map[string]bool{}
	for _, p := range parts {
		in, who := partName.FindStringSubmatch(p.GroupComponent), partName.FindStringSubmatch(p.PartComponent)
		if in != nil && who != nil && strings.EqualFold(in[1], group) {
			names[strings.ToLower(who[1])] = true
		}
	}
	return names, err
}

// List fills the category Users: the accounts, and who is logged on.
func List(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Set("current_user", m.Variable("USERNAME"), document.UserNames)
	s.Set("elevated", windows.GetCurrentProcessToken().IsElevated())
	on := s.Table("logged_on", document.Col("user", document.UserNames), document.Col("terminal"))
	for _, sid := range machine.RegKeys(registry.USERS, "") {
		if personSID(sid) && !strings.HasSuffix(sid, "_Classes") { // a loaded profile: logged on
			home := machine.RegText(registry.LOCAL_MACHINE, profileList+`\`+sid, "ProfileImagePath")
			on.Add(home[strings.LastIndexByte(home, '\\')+1:], nil)
		}
	}
	t := s.Table("accounts", document.Col("name", document.UserNames), document.Col("full_name", document.UserNames),
		document.Col("sid", document.Serials), document.Col("enabled"), document.Col("locked"), document.Col("admin"))
	all, err := machine.Query[struct {
		Name, FullName, SID string
		Disabled, Lockout   bool
	}](ctx, m, machine.CIMv2, "Win32_UserAccount", "LocalAccount = TRUE")
	if err != nil {
		return err
	}
	admins, err := administrators(ctx, m)
	t.Fail(err)
	for _, a := range all {
		var admin any
		if err == nil {
			admin = admins[strings.ToLower(a.Name)]
		}
		t.Add(a.Name, a.FullName, a.SID, !a.Disabled, a.Lockout, admin)
	}
	return nil
}

// personSID reports whether an account of a computer, a domain or a cloud
// directory has this identifier; the others are of the system.
func personSID(sid string) bool {
	return strings.HasPrefix(sid, "S-1-5-21-") || strings.HasPrefix(sid, "S-1-12-1-")
}

// builtInSID reports whether Windows itself made the account: its own, disabled
// ones, whose names are the same or translated everywhere.
func builtInSID(sid string) bool {
	for _, id := range []string{"-500", "-501", "-503", "-504"} {
		if strings.HasSuffix(sid, id) {
			return true
		}
	}
	return false
}
