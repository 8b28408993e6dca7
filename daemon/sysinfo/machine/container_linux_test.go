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
	stat := "cpu 1 2 3 4\n" + strings.Repeat("cpu0 1 2 3 4\n", 960) + "intr 1\n"
	for name, c := range map[string]struct {
		load, stat string
		want       float64
	}{
		"idle":   {"0.10 0.10 0.10 2/900 1234", stat, 2.0 / 960},
		"busy":   {"20.0 9.0 5.0 9600/19000 1234", stat, 10},
		"server": {"90.0 9.0 5.0 900/9000 1234", stat, 900.0 / 960},
		"broken": {"x", "", 0},
	} {
		if got := machinetest.New(machinetest.Tree(map[string]string{"proc/loadavg": c.load, "proc/stat": c.stat})).Wanting(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
