package users

import (
	"context"
	"errors"
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

// S1: of somebody whom only the name service knows, the full name and the home are learnt,
// in one question.
func TestK3S1_FullNamesFromTheNameService(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{"etc/passwd": "kim:x:1000:1000:Minji Kim:/home/kim:/bin/sh\n", "run/systemd/users/200017": "NAME=jlee\nSTATE=active\n"}))
	m.Environment = []string{"USER=hpark", "HOME=/home/hpark"}
	var asked [][]string
	m.Tool = func(_ context.Context, name string, args ...string) ([]byte, error) {
		asked = append(asked, append([]string{name}, args...))
		return []byte("jlee:*:200017:200000:Jisoo Lee:/export/CORP/jisoo.lee:/bin/bash\nhpark:*:200018:200000:Hana Park,,,:/home/hpark:/bin/bash\n"), errors.New("one of them is not known")
	}
	persons, _ := Names(t.Context(), m)
	for _, name := range []string{"Minji Kim", "Jisoo Lee", "jisoo.lee", "Hana Park"} {
		if !slices.Contains(persons, name) {
			t.Errorf("%s is not known: %q", name, persons)
		}
	}
	if len(asked) != 1 || !slices.Equal(asked[0], []string{"getent", "passwd", "jlee", "hpark"}) {
		t.Errorf("asked %q", asked)
	}
}
