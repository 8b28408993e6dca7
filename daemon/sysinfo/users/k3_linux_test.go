package users

import (
	"slices"
	"testing"

	"supportd/daemon/sysinfo/machinetest"
)

// S1: persons who stand in no file of accounts: of a domain, by their homes, by their
// groups, by what systemd keeps for them.
func TestK3S1_PersonsOfADomain(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{
		"etc/passwd":              "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\nkim:x:1000:1000::/home/kim:/bin/sh\n",
		"etc/group":               "sudo:x:27:kim,jlee@corp.example\nshadow:x:42:www-data\nstaff:x:50:CORP\\hpark\n",
		"home/CORP/mjahn/.bashrc": "", "home/CORP/.snapshots/x": "", "home/CORP/not-a-home/file": "", "home/kim/.profile": "", "home/kim/projects/.git": "",
		"var/lib/systemd/linger/sryu": "", "var/spool/mail/eoh": "",
	}))
	persons, service := Names(t.Context(), m)
	for _, name := range []string{"kim", "jlee@corp.example", `CORP\hpark`, "mjahn", "sryu", "eoh"} {
		if !slices.Contains(persons, name) {
			t.Errorf("%s is not known", name)
		}
	}
	for _, name := range []string{"www-data", "projects", "not-a-home", "root"} {
		if slices.Contains(persons, name) {
			t.Errorf("%s is taken for a person", name)
		}
	}
	if !slices.Contains(service, "www-data") {
		t.Errorf("%q", service)
	}
}
