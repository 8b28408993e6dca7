package sysinfo

import (
	"testing"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S12_UptimeAndNameOfAContainer(t *testing.T) {
	m := machinetest.Stopped(machinetest.New(machinetest.Tree(map[string]string{
		"proc/uptime": "4000.25 3000.00\n", "proc/stat": "cpu 1 2 3 4\nbtime 1700000000\n", "proc/1/environ": "PATH=/bin\x00container=lxc\x00", "proc/1/stat": "1 (init) S 0 1 1 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 8600000 1 1",
		"usr/lib/modules/6.1/modules.dep": "", "proc/sys/kernel/osrelease": "5.15\n",
	})), machinetest.Noon)
	m.Kernel.SinceBoot = func() (time.Duration, error) { return 90000 * time.Second, nil }
	d := asked(t, m, document.Summary, document.OS, document.Updates)
	for _, c := range []struct {
		category   document.Category
		name, want string
	}{
		{document.Summary, "uptime", "1h6m40s"}, {document.Summary, "last_boot", "2026-11-26 10:53:20 +0000 UTC"}, {document.OS, "container", "lxc"},
		{document.OS, "container_started", "2026-11-26 10:53:20 +0000 UTC"}, {document.Updates, "reboot_required", "false"},
	} {
		if got := machinetest.Item(t, d, c.category, c.name); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
