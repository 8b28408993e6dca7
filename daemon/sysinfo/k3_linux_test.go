package sysinfo

import (
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

// Who may log on is a person, whatever their number is.
func TestK3S1_NamesByWhoMayLogOn(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nkim:x:200017:200017:Kim Minji:/data/users/kim:/bin/bash\n" +
			"oldlee:x:512:512:Lee:/home/oldlee:/bin/sh\nnoshell:x:1234:1234:Park Jiwoo:/home/noshell:/usr/sbin/nologin\npostgres:x:111:111::/var/lib/postgresql:/bin/bash\n" +
			"empty:x:777:777:Choi:/srv/choi:\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nnixbld1:x:30001:30000:Nix build user 1:/var/empty:/sbin/nologin\n" +
			"high:x:4294967294:1::/x/high:/bin/zsh\n+@nis::::::\n",
		"etc/crontab":                             "0 5 * * * kim /data/users/kim/backup for 'Kim Minji'\n1 5 * * * oldlee /bin/x\n2 5 * * * daemon /bin/y\n3 5 * * * noshell /bin/x empty high\n",
		"run/systemd/users/300000":                "# This is private data.\nNAME=domainuser\nSTATE=active\n",
		"etc/cron.d/x":                            "0 1 * * * root /home/domainuser/x\n",
		"var/lib/AccountsService/users/accounted": "",
	}))
	var c Collector
	d := c.collect(t.Context(), Options{Categories: []document.Category{document.Startup}, WithholdClasses: []document.Class{document.UserNames}}, probes(), m)
	text, js := machinetest.Both(t, d)
	for _, name := range []string{"kim", "minji", "oldlee", "noshell", "domainuser", "high", "empty"} {
		if strings.Contains(strings.ToLower(text+js), name) {
			t.Errorf("%s is shown:\n%s", name, text)
		}
	}
	for _, stays := range []string{"0 5 * * *", "/data/users/[user name withheld]/backup"} {
		if !strings.Contains(text, stays) {
			t.Errorf("no %q in\n%s", stays, text)
		}
	}
	kinds := machinetest.Cells(t, machinetest.TableOf(t, asked(t, m, document.Users), document.Users, "accounts"), "name", "kind", "logs_on")
	machinetest.Same(t, "accounts", kinds, "root | system | true", "daemon | system | false", "kim | person | true", "oldlee | person | true", "noshell | person | false",
		"postgres | system | true", "empty | person | true", "nobody | system | false", "nixbld1 | system | false", "high | person | true")
}

// A limit that cuts says so, in every category that reads a file.
func TestK3S3_WhatALimitCutsIsSaid(t *testing.T) {
	huge := strings.Repeat("# "+strings.Repeat("filler ", 1000)+"\n", machine.MaxFile/7000+10)
	for c, file := range map[document.Category]string{
		document.CPU: "/proc/cpuinfo", document.Users: "/etc/passwd", document.Startup: "/etc/crontab", document.Connections: "/proc/net/route",
		document.Disks: "/proc/self/mountinfo",
	} {
		m := machinetest.New(machinetest.Tree(map[string]string{file[1:]: huge}))
		if reason := machinetest.SectionOf(t, asked(t, m, c), c).Reason; !strings.Contains(reason, "only the first 16 MiB of "+file) {
			t.Errorf("%s: %q", c, reason)
		}
	}
}
