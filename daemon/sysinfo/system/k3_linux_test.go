package system

import (
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// S13: the name of a time zone is shown only where it is that of the zone in use.
func TestK3S13_ZonesThatContradictTheirNames(t *testing.T) {
	seoul, berlin := string(zoneData("KST", "KST-9")), string(zoneData("CET", "CET-1CEST,M3.5.0,M10.5.0/3"))
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"another name":   {map[string]string{"etc/localtime": berlin, "etc/timezone": "Asia/Seoul\n", "usr/share/zoneinfo/Asia/Seoul": seoul}, "CET (+01:00)"},
		"same in winter": {map[string]string{"etc/localtime": berlin, "etc/timezone": "Africa/Lagos\n", "usr/share/zoneinfo/Africa/Lagos": string(zoneData("WAT", "WAT-1"))}, "CET (+01:00)"},
		"a chain":        {map[string]string{"etc/localtime@": "../var/zone/current", "var/zone/current@": "/usr/share/zoneinfo/Asia/Seoul", "usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
	} {
		m := machinetest.Stopped(machinetest.New(machinetest.Tree(c.files)), machinetest.Noon)
		if got := timeZone(m); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// S13: systems from before os-release, and ones whose file of it is empty.
func TestK3S13_SystemsWithoutOSRelease(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"centos 6":   {map[string]string{"etc/redhat-release": "CentOS release 6.10 (Final)\n"}, "CentOS release 6.10 (Final) | CentOS | 6.10 (Final) | rhel"},
		"sles 11":    {map[string]string{"etc/SuSE-release": "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\n", "etc/os-release": ""}, "SUSE Linux Enterprise Server 11 (x86_64) | SUSE Linux Enterprise Server 11 (x86_64) |  | suse"},
		"ubuntu 8":   {map[string]string{"etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=8.04\nDISTRIB_DESCRIPTION=\"Ubuntu 8.04.4 LTS\"\n", "etc/debian_version": "lenny/sid\n"}, "Ubuntu 8.04.4 LTS | Ubuntu | 8.04 | ubuntu"},
		"debian 6":   {map[string]string{"etc/debian_version": "6.0.10\n"}, "Debian 6.0.10 | Debian | 6.0.10 | debian"},
		"only below": {map[string]string{"etc/os-release": "\n", "usr/lib/os-release": "PRETTY_NAME='Other OS 3'\nID=other\n"}, "Other OS 3 |  |  | other"},
		"nothing":    {nil, " |  |  | "},
	} {
		r := machinetest.New(machinetest.Tree(c.files)).Release()
		if got := r["PRETTY_NAME"] + " | " + r["NAME"] + " | " + r["VERSION"] + " | " + r["ID"]; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// S13: real computers of makers whose names hold that of a hypervisor.
func TestK3S13_MakersWhoAreNoHypervisors(t *testing.T) {
	for vendor, want := range map[string]string{"XENON Systems": "none", "Xen": "xen", "Nutanix\nNX-8035-G7": "none", "Nutanix\nAHV": "nutanix", "QEMU": "qemu"} {
		maker, model, _ := strings.Cut(vendor, "\n")
		m := machinetest.New(machinetest.Tree(map[string]string{"sys/class/dmi/id/sys_vendor": maker + "\n", "sys/class/dmi/id/product_name": model + "\n"}))
		d := probes().Ask(t, m, document.OS)
		if got := machinetest.Item(t, d, document.OS, "virtual_machine"); got != want {
			t.Errorf("%q: %s, want %s", vendor, got, want)
		}
	}
}
