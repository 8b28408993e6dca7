package sysinfo

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// partName finds the account in a reference of WMI: …,Name="kim".
var partName = regexp.MustCompile(`Name="([^"]*)"$`)

// administrators are the names in the local group, whose own name is translated:
// it is found by its identifier.
func administrators(ctx context.Context, m *machine) (map[string]bool, error) {
	sid, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return nil, err
	}
	group, _, _, err := sid.LookupAccount("")
	if err != nil {
		return nil, err
	}
	parts, err := query[struct{ GroupComponent, PartComponent string }](ctx, m, cimv2, "Win32_GroupUser", "")
	names := map[string]bool{}
	for _, p := range parts {
		in, who := partName.FindStringSubmatch(p.GroupComponent), partName.FindStringSubmatch(p.PartComponent)
		if in != nil && who != nil && strings.EqualFold(in[1], group) {
			names[strings.ToLower(who[1])] = true
		}
	}
	return names, err
}

func probeUsers(ctx context.Context, m *machine, s *sheet) error {
	s.set("current_user", m.variable("USERNAME"), UserNames)
	s.set("elevated", windows.GetCurrentProcessToken().IsElevated())
	on := s.table("logged_on", col("user", UserNames), col("terminal"))
	for _, sid := range regKeys(registry.USERS, "") {
		if personSID(sid) && !strings.HasSuffix(sid, "_Classes") { // a loaded profile: logged on
			home := regText(registry.LOCAL_MACHINE, profileList+`\`+sid, "ProfileImagePath")
			on.add(home[strings.LastIndexByte(home, '\\')+1:], nil)
		}
	}
	t := s.table("accounts", col("name", UserNames), col("full_name", UserNames), col("sid", Serials), col("enabled"), col("locked"), col("admin"))
	all, err := query[struct {
		Name, FullName, SID string
		Disabled, Lockout   bool
	}](ctx, m, cimv2, "Win32_UserAccount", "LocalAccount = TRUE")
	if err != nil {
		return err
	}
	admins, err := administrators(ctx, m)
	t.fail(err)
	for _, a := range all {
		var admin any
		if err == nil {
			admin = admins[strings.ToLower(a.Name)]
		}
		t.add(a.Name, a.FullName, a.SID, !a.Disabled, a.Lockout, admin)
	}
	return nil
}

func probeSecurity(ctx context.Context, m *machine, s *sheet) error {
	const policy = `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\`
	for _, p := range [][2]string{{"firewall_private", "StandardProfile"}, {"firewall_public", "PublicProfile"}, {"firewall_domain", "DomainProfile"}} {
		on, err := regNumber(registry.LOCAL_MACHINE, policy+p[1], "EnableFirewall")
		s.try(p[0], on == 1, err)
	}
	uac, err := regNumber(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System`, "EnableLUA")
	s.try("user_account_control", uac == 1, err)
	antivirus := s.table("antivirus", col("name"), col("path"), col("enabled"), col("up_to_date"))
	products, err := query[struct {
		DisplayName, PathToSignedProductExe string
		ProductState                        uint32
	}](ctx, m, center, "AntiVirusProduct", "")
	antivirus.fail(err)
	for _, p := range products { // bits 12 to 15: on; bits 4 to 7: out of date
		antivirus.add(p.DisplayName, p.PathToSignedProductExe, p.ProductState>>12&0xf == 1, p.ProductState>>4&0xf == 0)
	}
	encrypted := s.table("encrypted_volumes", col("name"), col("kind"), col("protected"))
	volumes, err := query[struct {
		DriveLetter      string
		ProtectionStatus uint32
	}](ctx, m, bitlocker, "Win32_EncryptableVolume", "")
	encrypted.fail(err)
	for _, v := range volumes {
		encrypted.add(v.DriveLetter, "bitlocker", v.ProtectionStatus == 1)
	}
	return nil
}

// mostEvents bounds how far back each log is shown.
const mostEvents = 100

// probeLog shows the recent errors of the System and Application logs. The tool
// writes them as XML, whose names are not translated.
func probeLog(ctx context.Context, m *machine, s *sheet) error {
	s.set("source", "System and Application, last 7 days")
	t := s.table("errors", col("at"), col("level"), col("source"), col("event"), col("message"))
	const recent = "*[System[(Level=1 or Level=2) and TimeCreated[timediff(@SystemTime) <= 604800000]]]"
	for _, log := range []string{"System", "Application"} {
		out, err := m.tool(ctx, "wevtutil.exe", "query-events", log, "/query:"+recent, "/count:"+strconv.Itoa(mostEvents+1), "/reversedirection:true",
			"/format:RenderedXml", "/unicode:true")
		events, broken := parseEvents(decode16(out))
		if len(events) > mostEvents {
			events = events[:mostEvents]
			m.say(fmt.Sprintf("of the log %s only the newest %d are shown", log, mostEvents))
		}
		for _, e := range events {
			t.add(e.at, e.level, e.source, e.event, e.detail)
		}
		t.fail(cmp.Or(err, broken))
	}
	return nil
}
