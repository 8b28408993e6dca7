package machine_test

import (
	"strings"
	"testing"

	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S12_EveryContainerHasItsName(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"docker":         {".dockerenv": ""},
		"podman":         {"run/.containerenv": ""},
		"lxc":            {"proc/self/mountinfo": "1 0 0:41 / /proc/cpuinfo rw - fuse.lxcfs lxcfs rw\n"},
		"systemd-nspawn": {"run/systemd/container": "systemd-nspawn\n"},
		"wsl":            {"proc/sys/kernel/osrelease": "5.15.90.1-microsoft-standard-WSL2\n"},
		"kubernetes":     {"proc/1/cgroup": "0::/kubepods/besteffort/pod1/x\n"},
		"openvz":         {"proc/vz/veinfo": ""},
		"none":           {"proc/1/cgroup": "0::/init.scope\n"},
		"oci":            {"run/host/container-manager": "oci\n"},
	} {
		if got := machinetest.New(machinetest.Tree(files)).Container(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	m := machinetest.New(machinetest.Tree(map[string]string{"proc/1/cgroup": "1:name=systemd:/lxc/101\n"}))
	if got := m.Container(); got != "lxc" {
		t.Errorf("%s", got)
	}
}

func TestK3S5_BusyIsMeasuredByTheWholeComputer(t *testing.T) {
	for name, c := range map[string]struct {
		load, stat string
		want       bool
	}{
		"idle":   {"0.10 0.10 0.10 2/900 1234", "cpu 1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nintr 1\n", false},
		"busy":   {"20.0 9.0 5.0 900/1900 1234", "cpu 1 2 3 4\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nintr 1\n", true},
		"server": {"90.0 9.0 5.0 900/9000 1234", "cpu 1 2 3 4\n" + strings.Repeat("cpu0 1 2 3 4\n", 960), false},
		"broken": {"x", "", false},
	} {
		if got := machinetest.New(machinetest.Tree(map[string]string{"proc/loadavg": c.load, "proc/stat": c.stat})).Busy(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
