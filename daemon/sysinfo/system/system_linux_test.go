package system

import (
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S13_WhatAComputerIsSoldAs(t *testing.T) {
	board := func(pairs ...string) map[string]string {
		files := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			files["sys/class/dmi/id/"+pairs[i]] = pairs[i+1] + "\n"
		}
		return files
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"built by hand": {board("sys_vendor", "System manufacturer", "product_name", "System Product Name", "product_serial", "System Serial Number", "board_vendor", "ASUSTeK COMPUTER INC.", "board_name", "PRIME X570-P", "board_serial", "190653"),
			"ASUSTeK COMPUTER INC. | PRIME X570-P | 190653"},
		"lenovo":       {board("sys_vendor", "LENOVO", "product_name", "21CB", "product_version", "ThinkPad X1 Carbon Gen 10", "product_serial", "PF12345"), "LENOVO | ThinkPad X1 Carbon Gen 10 21CB | PF12345"},
		"nothing":      {board("sys_vendor", "Default string", "product_name", "Default string", "product_serial", "Default string", "board_name", "Default string"), "(not available on this system) | (not available on this system) | (not available on this system)"},
		"raspberry":    {map[string]string{"proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.1\x00", "proc/device-tree/serial-number": "10000000abcdef01\x00", "proc/device-tree/compatible": "raspberrypi,4-model-b\x00brcm,bcm2711\x00"}, "raspberrypi | Raspberry Pi 4 Model B Rev 1.1 | 10000000abcdef01"},
		"only cpuinfo": {map[string]string{"proc/cpuinfo": "processor: 0\n\nSerial\t\t: 10000000abcdef01\nModel\t\t: Raspberry Pi 4 Model B Rev 1.1\n"}, "(not available on this system) | Raspberry Pi 4 Model B Rev 1.1 | 10000000abcdef01"},
		"s390":         {map[string]string{"proc/sysinfo": "Manufacturer:         IBM\nType:                 3906\nSequence Code:        00000000000ABCDE\nVM00 Control Program: z/VM    6.4.0\nLPAR Name: X\n"}, "IBM | IBM z14 (3906) | ABCDE"},
	} {
		d := probes().Ask(t, machinetest.New(machinetest.Tree(c.files)), document.Summary)
		if got := machinetest.Item(t, d, document.Summary, "maker") + " | " + machinetest.Item(t, d, document.Summary, "model") + " | " + machinetest.Item(t, d, document.Summary, "serial"); got != c.want && !(strings.Contains(got, "(not present") && strings.HasPrefix(c.want, "(not")) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestK3S13_Hypervisors(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"z/vm 6.4.0":           {"proc/sysinfo": "VM00 Control Program: z/VM    6.4.0\n"},
		"lpar":                 {"proc/sysinfo": "LPAR Name:            X\n"},
		"hyper-v":              {"sys/class/dmi/id/sys_vendor": "Microsoft Corporation\n", "sys/class/dmi/id/product_name": "Virtual Machine\n"},
		"hyper-v (wsl)":        {"proc/sys/kernel/osrelease": "5.15.90.1-microsoft-standard-WSL2\n", "proc/cpuinfo": "flags: x hypervisor\n"},
		"none":                 {"sys/hypervisor/type": "xen\n", "proc/xen/capabilities": "control_d\n"},
		"amazon ec2":           {"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/product_name": "m5.large\n"},
		"qemu":                 {"sys/class/dmi/id/sys_vendor": "QEMU\n"},
		"yes, of unknown kind": {"proc/cpuinfo": "flags\t: fpu hypervisor\n"},
	} {
		if got := hypervisor(machinetest.New(machinetest.Tree(files))); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	metal := machinetest.New(machinetest.Tree(map[string]string{"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/product_name": "m5.metal\n"}))
	if got := hypervisor(metal); got != "none" {
		t.Errorf("%s", got)
	}
}

func TestK3S13_ReleaseAndOtherAssignments(t *testing.T) {
	got := formats.Assignments([]byte("\ufeffNAME='It'\n# c\n; c\n\nPRETTY_NAME=\"Rocky Linux 9.4 (Blue \\\"Onyx\\\" \\$5)\" # c\nVERSION=\"9\"'.4'\nexport LANG=ko_KR.UTF-8\r\nHOME_URL=https://x/#y\nOPEN=\"x\nBUG=a b\nNAME=Last\nE=''\n"))
	for key, want := range map[string]string{"NAME": "Last", "PRETTY_NAME": `Rocky Linux 9.4 (Blue "Onyx" $5)`, "VERSION": "9.4", "LANG": "ko_KR.UTF-8", "HOME_URL": "https://x/#y", "OPEN": `"x`, "BUG": "a b", "E": ""} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s: %q, want %q", key, v, want)
		}
	}
	d := probes().Ask(t, machinetest.New(machinetest.Tree(map[string]string{"usr/lib/os-release": "NAME=Void\nVERSION_ID=1\n"})), document.Summary)
	if got := machinetest.Item(t, d, document.Summary, "os"); got != "Void 1" {
		t.Errorf("%q", got)
	}
}
