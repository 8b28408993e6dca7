package sysinfo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
)

func probeSecurity(ctx context.Context, m *machine, s *sheet) error {
	setFirewall(ctx, m, s)
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
func setFirewall(ctx context.Context, m *machine, s *sheet) {
	ufw, _ := m.read("/etc/ufw/ufw.conf")
	enabled, _, _ := strings.Cut(parseAssignments(ufw)["ENABLED"], "#")
	switch {
	case strings.EqualFold(strings.TrimSpace(enabled), "yes"):
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
	if err != nil && m.uid() > 0 && !errors.Is(err, exec.ErrNotFound) {
		err = fs.ErrPermission
	}
	s.try("firewall_rules", count, err)
}

// probeLog shows the recent errors: of the journal, else of the kernel.
func probeLog(ctx context.Context, m *machine, s *sheet) error {
	t := s.table("errors", col("at"), col("level"), col("source"), col("message"))
	if m.systemd() {
		s.set("source", "journal, this boot")
		records, bad, err := journal(ctx, m)
		for _, r := range records {
			t.add(r.at, r.level, r.source, r.detail)
		}
		t.leave(bad)
		t.fail(err)
		return nil
	}
	if m.kernel.messages == nil {
		return errNoSystemd
	}
	source := "kernel, this boot"
	if kind := m.container(); kind != "none" && kind != "wsl" {
		source = "kernel of the computer that this container runs on"
	}
	s.set("source", source)
	text, cut, err := m.kernel.messages()
	if err != nil {
		return errors.Join(errNoSystemd, err)
	}
	if cut {
		m.say("older messages of the kernel were not read")
	}
	boot := m.kernelStart()
	records := parseKernel(text)
	t.leave(max(len(records)-maxRecords, 0))
	for _, r := range records[max(len(records)-maxRecords, 0):] {
		t.add(clock(boot, r.source), r.level, "kernel", r.detail)
	}
	return nil
}

// journal asks for the newest errors, newest first: if there is too much of them,
// it is old ones that are cut. Only the fields that are shown are asked for; a
// message may have others of megabytes.
func journal(ctx context.Context, m *machine) (records []record, bad int, err error) {
	args := []string{"--boot", "--priority=err", "--lines=" + strconv.Itoa(maxRecords+1), "--reverse", "--output=json", "--no-pager", "--quiet", "--all"}
	const fields = "--output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_SYSTEMD_UNIT"
	out, err := m.tool(ctx, "journalctl", append(args, fields)...)
	if err != nil && len(out) == 0 && ctx.Err() == nil { // systemd before version 236
		out, err = m.tool(ctx, "journalctl", args...)
	}
	if errors.Is(err, errFlood) || ctx.Err() != nil { // the last line is not whole
		out = out[:bytes.LastIndexByte(out, '\n')+1]
	}
	records, bad = parseJournal(out)
	if len(records) > maxRecords {
		records = records[:maxRecords]
		m.say(fmt.Sprintf("only the newest %d errors are shown", maxRecords))
	}
	slices.Reverse(records)
	return records, bad, err
}

// maxRecords bounds how far back the log is shown.
const maxRecords = 200

// parseKernel reads what syslog(2) gives, "<priority>[seconds] message", where the
// time may be missing, or have the caller behind it: "[    1.0][   T12] ". The
// seconds come as source. Only errors are kept. A message of several lines has
// the same head on each.
func parseKernel(text []byte) (records []record) {
	lines(bytes.NewReader(text), func(line string) bool {
		priority, rest, ok := strings.Cut(strings.TrimPrefix(line, "<"), ">")
		n, err := strconv.Atoi(priority)
		if !ok || err != nil || n < 0 || line[0] != '<' {
			return true
		}
		at := ""
		for range 2 {
			inside, after, closed := strings.Cut(strings.TrimPrefix(rest, "["), "]")
			inside = strings.TrimSpace(inside)
			if !closed || !strings.HasPrefix(rest, "[") {
				break
			}
			if _, err := strconv.ParseFloat(inside, 64); err == nil && at == "" {
				at = inside
			} else if at == "" || len(inside) < 2 || inside[0] != 'T' && inside[0] != 'C' {
				break
			}
			rest = after
		}
		if level := n & 7; level <= 3 { // above it is the facility
			records = append(records, record{level: levelName(strconv.Itoa(level)), source: at, detail: strings.TrimPrefix(rest, " ")})
		}
		return true
	})
	return records
}
