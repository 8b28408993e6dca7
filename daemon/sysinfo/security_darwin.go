package sysinfo

import (
	"cmp"
	"context"
	"strings"
)

func probeSecurity(ctx context.Context, m *machine, s *sheet) error {
	firewall, err := m.one(ctx, "SPFirewallDataType")
	s.try("firewall", firewall.text("spfirewall_globalstate"), err)
	out, err := m.tool(ctx, "fdesetup", "isactive") // "true" or "false", the code says the same
	switch state := strings.TrimSpace(string(out)); state {
	case "true", "false":
		s.set("disk_encryption", state == "true")
	default:
		s.fail("disk_encryption", cmp.Or(err, errUnknown))
	}
	software, err := m.one(ctx, "SPSoftwareDataType")
	s.try("integrity_protection", software.text("system_integrity"), err)
	antivirus := s.table("antivirus", col("name"), col("path"))
	antivirus.add("XProtect", "/Library/Apple/System/Library/CoreServices/XProtect.app")
	for _, p := range [][2]string{{"Microsoft Defender", "/Applications/Microsoft Defender.app"}, {"CrowdStrike Falcon", "/Applications/Falcon.app"},
		{"SentinelOne", "/Applications/SentinelOne"}, {"Sophos", "/Applications/Sophos"}, {"ESET", "/Applications/ESET Endpoint Security.app"}} {
		if m.exists(p[1]) {
			antivirus.add(p[0], p[1])
		}
	}
	return nil
}
