package machine

import (
	"cmp"
	"strings"

	"supportd/daemon/sysinfo/formats"
)

// Release is os-release, whose names are the same in every distribution. A system from
// before it (RHEL 6, SLES 11) has files of its own with its name and version in one line.
func (m *Machine) Release() map[string]string {
	for _, file := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		text, _ := m.Read(file)
		if r := formats.Assignments(text); r["NAME"] != "" || r["PRETTY_NAME"] != "" || r["ID"] != "" {
			return r
		}
	}
	text, _ := m.Read("/etc/lsb-release")
	lsb := formats.Assignments(text)
	r := map[string]string{"NAME": lsb["DISTRIB_ID"], "VERSION": lsb["DISTRIB_RELEASE"], "PRETTY_NAME": lsb["DISTRIB_DESCRIPTION"], "ID": strings.ToLower(lsb["DISTRIB_ID"])}
	for _, old := range [][2]string{
		{"/etc/redhat-release", "rhel"}, {"/etc/SuSE-release", "suse"}, {"/etc/system-release", "amzn"}, {"/etc/gentoo-release", "gentoo"},
		{"/etc/slackware-version", "slackware"}, {"/etc/alpine-release", "alpine"}, {"/etc/debian_version", "debian"},
	} {
		line := m.FirstLine(old[0])
		if line == "" || r["PRETTY_NAME"] != "" && r["ID"] != "" {
			continue
		}
		name, version, _ := strings.Cut(line, " release ")
		if strings.ContainsAny(line[:1], "0123456789") { // only a number
			name, version = strings.ToUpper(old[1][:1])+old[1][1:], line
			line = name + " " + version
		}
		r["NAME"], r["VERSION"] = cmp.Or(r["NAME"], name), cmp.Or(r["VERSION"], version)
		r["PRETTY_NAME"], r["ID"] = cmp.Or(r["PRETTY_NAME"], line), cmp.Or(r["ID"], old[1])
	}
	return r
}

// Family reports whether the distribution is one of these, or made from one.
func (m *Machine) Family(ids ...string) bool {
	r := m.Release()
	for _, own := range strings.Fields(r["ID"] + " " + r["ID_LIKE"]) {
		for _, id := range ids {
			if own == id {
				return true
			}
		}
	}
	return false
}

// Systemd reports whether systemd runs, by the same directory as sd_booted(3).
func (m *Machine) Systemd() bool { return m.Exists("/run/systemd/system") }
