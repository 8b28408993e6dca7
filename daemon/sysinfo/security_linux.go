package sysinfo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func probeSecurity(ctx context.Context, m *machine, s *sheet) error {
	m.setFirewall(ctx, s)
	switch m.line("/sys/fs/selinux/enforce") {
	case "1":
		s.set("selinux", "enforcing")
	case "0":
		s.set("selinux", "permissive")
	default:
		s.set("selinux", "off")
	}
	s.set("apparmor", m.line("/sys/module/apparmor/parameters/enabled") == "Y")
	setFile(m, s, "kernel_lockdown", "/sys/kernel/security/lockdown")
	encrypted := s.table("encrypted_volumes", col("name"), col("kind"))
	for _, file := range m.glob("/sys/block/dm-*/dm/uuid") {
		if kind, ok := strings.CutPrefix(m.line(file), "CRYPT-"); ok {
			kind, _, _ = strings.Cut(kind, "-")
			encrypted.add(m.line(path.Dir(file)+"/name"), strings.ToLower(kind))
		}
	}
	antivirus := s.table("antivirus", col("name"), col("path"))
	for _, p := range [][2]string{
		{"ClamAV", "/usr/sbin/clamd"}, {"ClamAV scanner", "/usr/bin/clamscan"}, {"Microsoft Defender", "/opt/microsoft/mdatp"},
		{"CrowdStrike Falcon", "/opt/CrowdStrike"}, {"SentinelOne", "/opt/sentinelone"}, {"ESET", "/opt/eset"}, {"Sophos", "/opt/sophos-spl"},
		{"V3", "/usr/local/ahnlab"}, {"Kaspersky", "/opt/kaspersky"},
	} {
		if m.exists(p[1]) {
			antivirus.add(p[0], p[1])
		}
	}
	t := s.table("processor_vulnerabilities", col("name"), col("state"))
	const dir = "/sys/devices/system/cpu/vulnerabilities/"
	for _, name := range m.list(dir[:len(dir)-1]) {
		t.add(name, m.line(dir+name))
	}
	return nil
}

// setFirewall says which firewall is set up, and how many rules the kernel has.
func (m *machine) setFirewall(ctx context.Context, s *sheet) {
	ufw, _ := m.read("/etc/ufw/ufw.conf")
	switch {
	case parseAssignments(ufw)["ENABLED"] == "yes":
		s.set("firewall", "ufw, enabled")
	case m.exists("/run/firewalld") || m.exists("/var/run/firewalld.pid"):
		s.set("firewall", "firewalld, running")
	case len(ufw) > 0:
		s.set("firewall", "ufw, not enabled")
	default:
		s.set("firewall", "none that is known here")
	}
	out, err := m.tool(ctx, "nft", "--json", "list", "ruleset")
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
	if err != nil && os.Geteuid() != 0 && !errors.Is(err, exec.ErrNotFound) {
		err = fs.ErrPermission
	}
	s.try("firewall_rules", count, err)
}

// probeLog shows the recent errors: of the journal, else of the kernel.
func probeLog(ctx context.Context, m *machine, s *sheet) error {
	t := s.table("errors", col("at"), col("level"), col("source"), col("message"))
	if m.systemd() {
		s.set("source", "journal, this boot")
		out, err := m.tool(ctx, "journalctl", "--boot", "--priority=err", "--lines="+strconv.Itoa(maxRecords), "--output=json", "--no-pager", "--quiet", "--all")
		for _, r := range parseJournal(out) {
			t.add(r.at, r.level, r.source, r.detail)
		}
		t.fail(err)
		return nil
	}
	s.set("source", "kernel, this boot")
	text := make([]byte, maxFile)
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, text)
	if err != nil {
		return errors.Join(errNoSystemd, err)
	}
	records := parseKernel(text[:n])
	for _, r := range records[max(len(records)-maxRecords, 0):] {
		t.add(clock(m.bootTime(), r.source), r.level, "kernel", r.detail)
	}
	return nil
}

// maxRecords bounds how far back the log is shown.
const maxRecords = 200

// parseKernel reads "<priority>[seconds] message"; the seconds come as source.
// Only errors are kept.
func parseKernel(text []byte) (records []record) {
	lines(bytes.NewReader(text), func(line string) bool {
		priority, rest, ok := strings.Cut(strings.TrimPrefix(line, "<"), ">[")
		at, message, ok2 := strings.Cut(rest, "] ")
		n, err := strconv.Atoi(priority)
		if !ok || !ok2 || err != nil || n < 0 {
			return true
		}
		if level := n & 7; level <= 3 { // above it is the facility
			records = append(records, record{level: levelName(strconv.Itoa(level)), source: at, detail: message})
		}
		return true
	})
	return records
}
