package system

import (
	"cmp"
	"context"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// Security fills the category Security: firewall, antivirus, disk encryption.
func Security(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	firewall, err := m.FirstProfile(ctx, "SPFirewallDataType")
	s.Try("firewall", firewall.Text("spfirewall_globalstate"), err)
	out, err := m.Tool(ctx, "fdesetup", "isactive") // "true" or "false", the code says the same
	switch state := strings.TrimSpace(string(out)); state {
	case "true", "false":
		s.Set("disk_encryption", state == "true")
	default:
		s.Fail("disk_encryption", cmp.Or(err, document.ErrUnknown))
	}
	software, err := m.FirstProfile(ctx, "SPSoftwareDataType")
	s.Try("integrity_protection", software.Text("system_integrity"), err)
	antivirus := s.Table("antivirus", document.Col("name"), document.Col("path"))
	antivirus.Add("XProtect", "/Library/Apple/System/Library/CoreServices/XProtect.app")
	for _, p := range [][2]string{{"Microsoft Defender", "/Applications/Microsoft Defender.app"}, {"CrowdStrike Falcon", "/Applications/Falcon.app"},
		{"SentinelOne", "/Applications/SentinelOne"}, {"Sophos", "/Applications/Sophos"}, {"ESET", "/Applications/ESET Endpoint Security.app"}} {
		if m.Exists(p[1]) {
			antivirus.Add(p[0], p[1])
		}
	}
	return nil
}
