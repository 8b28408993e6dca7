package sysinfo

import (
	"cmp"
	"context"
	"strings"

	"supportd/daemon/sysinfo/document"
)

func probeSecurity(ctx context.Context, m *machine, s *document.Sheet) error {
	firewall, err := m.one(ctx, "SPFirewallDataType")
	s.Try("firewall", firewall.text("spfirewall_globalstate"), err)
	out, err := m.tool(ctx, "fdesetup", "isactive") // "true" or "false", the code says the same
	switch state := strings.TrimSpace(string(out)); state {
	case "true", "false":
		s.Set("disk_encryption", state == "true")
	default:
		s.Fail("disk_encryption", cmp.Or(err, document.ErrUnknown))
	}
	software, err := m.one(ctx, "SPSoftwareDataType")
	s.Try("integrity_protection", software.text("system_integrity"), err)
	antivirus := s.Table("antivirus", document.Col("name"), document.Col("path"))
	antivirus.Add("XProtect", "/Library/Apple/System/Library/CoreServices/XProtect.app")
	for _, p := range [][2]string{{"Microsoft Defender", "/Applications/Microsoft Defender.app"}, {"CrowdStrike Falcon", "/Applications/Falcon.app"},
		{"SentinelOne", "/Applications/SentinelOne"}, {"Sophos", "/Applications/Sophos"}, {"ESET", "/Applications/ESET Endpoint Security.app"}} {
		if m.exists(p[1]) {
			antivirus.Add(p[0], p[1])
		}
	}
	return nil
}
