package system

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os/exec"
	"path"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Security fills the category Security: firewall, antivirus, disk encryption.
func Security(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	setFirewall(ctx, m, s)
	switch m.Line("/sys/fs/selinux/enforce") {
	case "1":
		s.Set("selinux", "enforcing")
	case "0":
		s.Set("selinux", "permissive")
	default:
		s.Set("selinux", "off")
	}
	s.Set("apparmor", m.Line("/sys/module/apparmor/parameters/enabled") == "Y")
	setFile(m, s, "kernel_lockdown", "/sys/kernel/security/lockdown")
	encrypted := s.Table("encrypted_volumes", document.Col("name"), document.Col("kind"))
	for _, file := range m.Glob("/sys/block/dm-*/dm/uuid") {
		if kind, ok := strings.CutPrefix(m.Line(file), "CRYPT-"); ok {
			kind, _, _ = strings.Cut(kind, "-")
			encrypted.Add(m.Line(path.Dir(file)+"/name"), strings.ToLower(kind))
		}
	}
	antivirus := s.Table("antivirus", document.Col("name"), document.Col("path"))
	for _, p := range [][2]string{
		{"ClamAV", "/usr/sbin/clamd"}, {"ClamAV scanner", "/usr/bin/clamscan"}, {"Microsoft Defender", "/opt/microsoft/mdatp"},
		{"CrowdStrike Falcon", "/opt/CrowdStrike"}, {"SentinelOne", "/opt/sentinelone"}, {"ESET", "/opt/eset"}, {"Sophos", "/opt/sophos-spl"},
		{"V3", "/usr/local/ahnlab"}, {"Kaspersky", "/opt/kaspersky"},
	} {
		if m.Exists(p[1]) {
			antivirus.Add(p[0], p[1])
		}
	}
	t := s.Table("processor_vulnerabilities", document.Col("name"), document.Col("state"))
	const dir = "/sys/devices/system/cpu/vulnerabilities/"
	for _, name := range m.List(dir[:len(dir)-1]) {
		t.Add(name, m.Line(dir+name))
	}
	return nil
}

// setFirewall says which firewall is set up, and how many rules the kernel has.
func setFirewall(ctx context.Context, m *machine.Machine, s *document.Sheet) {
	ufw, _ := m.Read("/etc/ufw/ufw.conf")
	enabled, _, _ := strings.Cut(formats.Assignments(ufw)["ENABLED"], "#")
	switch {
	case strings.EqualFold(strings.TrimSpace(enabled), "yes"):
		s.Set("firewall", "ufw, enabled")
	case m.Exists("/run/firewalld") || m.Exists("/var/run/firewalld.pid"):
		s.Set("firewall", "firewalld, running")
	case len(ufw) > 0:
		s.Set("firewall", "ufw, not enabled")
	default:
		s.Set("firewall", "none that is known here")
	}
	out, err := m.Tool(ctx, "nft", "--json", "list", "ruleset")
	var rules struct {
		List []map[string]json.RawMessage `json:"nftables"`
	}
	if err == nil {
		err = json.Unmarshal(out, &rules)
	}
	count := 0
	for _, r := range rules.List {
		if _, ok := r["rule"]; ok {
			count++
		}
	}
	if err != nil && m.UID() > 0 && !errors.Is(err, exec.ErrNotFound) {
		err = fs.ErrPermission
	}
	s.Try("firewall_rules", count, err)
}
