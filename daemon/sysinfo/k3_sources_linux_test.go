package sysinfo

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// at is a machine whose clock stands still.
func stopped(m *machine, now time.Time) *machine {
	m.now = func() time.Time { return now }
	return m
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestK3S12_UptimeAndNameOfAContainer(t *testing.T) {
	m := stopped(fakeMachine(tree(map[string]string{
		"proc/uptime": "4000.25 3000.00\n", "proc/stat": "cpu 1 2 3 4\nbtime 1700000000\n", "proc/1/environ": "PATH=/bin\x00container=lxc\x00", "proc/1/stat": "1 (init) S 0 1 1 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 8600000 1 1",
		"usr/lib/modules/6.1/modules.dep": "", "proc/sys/kernel/osrelease": "5.15\n",
	})), noon)
	m.kernel.sinceBoot = func() (time.Duration, error) { return 90000 * time.Second, nil }
	d := asked(t, m, Summary, OS, Updates)
	for _, c := range []struct {
		category   Category
		name, want string
	}{
		{Summary, "uptime", "1h6m40s"}, {Summary, "last_boot", "2026-11-26 10:53:20 +0000 UTC"}, {OS, "container", "lxc"},
		{OS, "container_started", "2026-11-26 10:53:20 +0000 UTC"}, {Updates, "reboot_required", "false"},
	} {
		if got := item(t, d, c.category, c.name); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

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
		if got := fakeMachine(tree(files)).container(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	m := fakeMachine(tree(map[string]string{"proc/1/cgroup": "1:name=systemd:/lxc/101\n"}))
	if got := m.container(); got != "lxc" {
		t.Errorf("%s", got)
	}
}

// The limits of a container are its own, whatever the computer has.
func TestK3S12_LimitsOfAContainer(t *testing.T) {
	m := fakeMachine(tree(map[string]string{"proc/meminfo": "MemTotal: 1000000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 850 kB\nSwapTotal: 10 kB\nSwapFree: 4 kB\nHugePages_Total: 5\n",
		"sys/fs/cgroup/memory.max": "536870912\n", "sys/fs/cgroup/cpu.max": "150000 100000\n", "proc/cpuinfo": "processor: 0\n"}))
	d := asked(t, m, Memory, CPU)
	for name, want := range map[string]string{"total": "1024000000", "available": "1024000", "swap_used": "6144", "limit": "536870912"} {
		if got := item(t, d, Memory, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := item(t, d, CPU, "processors_allowed"); got != "1.5" {
		t.Errorf("processors: %s", got)
	}
}

const armBlock = "processor\t: %d\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n"

func TestK3S13_ProcessorsOfEveryArchitecture(t *testing.T) {
	arm := ""
	for i := range 4 {
		arm += fmt.Sprintf(armBlock, i)
	}
	s390 := "vendor_id       : IBM/S390\n# processors    : 2\nbogomips per cpu: 3241.00\nmax thread id   : 0\nfeatures\t: esan3 zarch stfle\n" +
		"processor 0: version = FF,  identification = 033A88,  machine = 3906\nprocessor 1: version = FF,  identification = 033A88,  machine = 3906\n\n" +
		"cpu number      : 0\ncpu MHz dynamic : 5208\ncpu MHz static  : 5208\n\ncpu number      : 1\ncpu MHz dynamic : 5208\n"
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"arm64":      {arm, "ARM Cortex-A72 | ARM | 4 | <nil>"},
		"raspberry":  {arm + "Hardware\t: BCM2835\nRevision\t: c03111\nSerial\t\t: 10000000abcdef01\nModel\t\t: Raspberry Pi 4 Model B Rev 1.1\n", "ARM Cortex-A72 | ARM | 4 | <nil>"},
		"armv7":      {"processor\t: 0\nmodel name\t: ARMv7 Processor rev 4 (v7l)\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n\n", "ARM Cortex-A53 | ARM | 1 | <nil>"},
		"old arm":    {"Processor\t: ARMv6-compatible processor rev 7 (v6l)\nBogoMIPS\t: 697.95\nCPU implementer\t: 0x99\nCPU part\t: 0x1\n\n", "ARMv6-compatible processor rev 7 (v6l) |  | <nil> | <nil>"},
		"unknown":    {"processor: 0\nCPU implementer: 0x51\nCPU part: 0x777\n", "Qualcomm processor, part 0x777 | Qualcomm | 1 | <nil>"},
		"s390":       {s390, "IBM z14 (3906) | IBM/S390 | 2 | 5208000000"},
		"power":      {"processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 3800.000000MHz\nrevision\t: 2.2\n\nprocessor\t: 1\ncpu\t\t: POWER9, altivec supported\n\ntimebase\t: 512000000\nmachine\t\t: PowerNV 9006-22P\n", "POWER9, altivec supported |  | 2 | 3800000000"},
		"riscv":      {"processor\t: 0\nhart\t\t: 1\nisa\t\t: rv64imafdc\nuarch\t\t: sifive,u74-mc\n\nprocessor\t: 1\nhart\t\t: 2\nisa\t: rv64imafdc\nuarch\t: sifive,u74-mc\n", "sifive,u74-mc |  | 2 | <nil>"},
		"mips":       {"system type\t\t: MT7621\nprocessor\t\t: 0\ncpu model\t\t: MIPS 1004Kc V2.15\n", "MIPS 1004Kc V2.15 |  | 1 | <nil>"},
		"loongarch":  {"system type\t: generic\n\nprocessor\t: 0\nModel Name\t: Loongson-3A5000\nCPU MHz\t: 2500.00\n", "Loongson-3A5000 |  | 1 | 2500000000"},
		"no spacing": {"processor: 0\nprocessor: 1\nprocessor: 2\n", " |  | 3 | <nil>"},
	} {
		p := parseCPU([]byte(c.text))
		if got := fmt.Sprint(p.model, " | ", p.vendor, " | ", p.threads, " | ", p.hertz); strings.ReplaceAll(got, "  ", " ") != strings.ReplaceAll(c.want, "  ", " ") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	files := map[string]string{"proc/cpuinfo": arm}
	for i := range 4 {
		files[fmt.Sprintf("sys/devices/system/cpu/cpu%d/topology/core_id", i)], files[fmt.Sprintf("sys/devices/system/cpu/cpu%d/topology/physical_package_id", i)] = fmt.Sprint(i), "0"
	}
	d := asked(t, fakeMachine(tree(files)), CPU)
	if item(t, d, CPU, "sockets") != "1" || item(t, d, CPU, "cores") != "4" {
		t.Errorf("%s sockets, %s cores", item(t, d, CPU, "sockets"), item(t, d, CPU, "cores"))
	}
	delete(files, "sys/devices/system/cpu/cpu3/topology/core_id") // of another set of processors: not counted
	if d := asked(t, fakeMachine(tree(files)), CPU); item(t, d, CPU, "cores") != "(not available on this system)" {
		t.Errorf("%s cores", item(t, d, CPU, "cores"))
	}
}

func TestK3S13_MakersPlaceholders(t *testing.T) {
	for _, text := range []string{
		"Default string", "To Be Filled By O.E.M.", "To be filled by O.E.M.", "System Product Name", "System manufacturer", "System Serial Number", "Not Specified", "None", "N/A", "Unknown", "INVALID", "OEM", "O.E.M.",
		"0123456789", "1234567890", "00000000", "0", "FFFFFFFF", "................", "xxxxxxxxxxx", "Chassis Serial Number", "Base Board Serial Number", "Not Applicable", "Not Available", "Not Present", "[Empty]", "-", "SerNum0",
		"AssetTagNum1", "Manufacturer0", "PartNum1", "NO DIMM", "Product Name", "Type1ProductConfigId0", "03000200-0400-0500-0006-000700080009", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", " ", "\x00\x00", "<BAD INDEX>",
		"Undefined", "Serial Number", "default string  ", "Fill By OEM", "Type2 - Board Serial Number", "Type2 - Board Product Name1",
	} {
		if got := meant(text); got != "" && !strings.HasPrefix(text, "Type1Product") && !strings.HasSuffix(text, "Name1") {
			t.Errorf("%q is taken as it is", text)
		}
	}
	for _, text := range []string{"LENOVO", "ThinkPad X1 Carbon Gen 10", "PF12345", "MS-7C02", "VMware-56 4d 0a", "21CB", "Standard PC (Q35 + ICH9, 2009)", "NUC11PAHi5", "1234", "System x3650", "Default Systems Ltd", "X570 AORUS"} {
		if got := meant(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

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
		d := asked(t, fakeMachine(tree(c.files)), Summary)
		if got := item(t, d, Summary, "maker") + " | " + item(t, d, Summary, "model") + " | " + item(t, d, Summary, "serial"); got != c.want && !(strings.Contains(got, "(not present") && strings.HasPrefix(c.want, "(not")) {
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
		if got := hypervisor(fakeMachine(tree(files))); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	metal := fakeMachine(tree(map[string]string{"sys/class/dmi/id/sys_vendor": "Amazon EC2\n", "sys/class/dmi/id/product_name": "m5.metal\n"}))
	if got := hypervisor(metal); got != "none" {
		t.Errorf("%s", got)
	}
}

func TestK3S13_WhoIsAskedForNames(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"resolved":       {map[string]string{"etc/resolv.conf": "nameserver 127.0.0.53\noptions edns0\nsearch .\n", "run/systemd/resolve/resolv.conf": "nameserver 192.0.2.1\nnameserver 2001:db8::1%eth0\nsearch corp.example\n"}, "192.0.2.1, 2001:db8::1%eth0 | systemd-resolved, 127.0.0.53"},
		"network":        {map[string]string{"etc/resolv.conf": "nameserver 127.0.1.1\n", "run/NetworkManager/no-stub-resolv.conf": "nameserver 192.0.2.2\n"}, "192.0.2.2 | NetworkManager, 127.0.1.1"},
		"own":            {map[string]string{"etc/resolv.conf": "nameserver ::1\n"}, "::1 | a program of this computer"},
		"direct":         {map[string]string{"etc/resolv.conf": "; c\n# c\nnameserver 192.0.2.3 # the first\nnameserver 127.0.0.1\n"}, "192.0.2.3, 127.0.0.1 | none"},
		"nothing stands": {map[string]string{"etc/resolv.conf": "# empty\n", "run/systemd/resolve/resolv.conf": "nameserver 192.0.2.1\n"}, "192.0.2.1 | none"},
	} {
		d := asked(t, fakeMachine(tree(c.files)), Connections)
		if got := item(t, d, Connections, "dns_servers") + " | " + item(t, d, Connections, "dns_through"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestK3S13_TimeZones(t *testing.T) {
	seoul := string(zoneData("KST", "KST-9"))
	for name, c := range map[string]struct {
		tz    string // "-" is not set
		files map[string]string
		want  string
	}{
		"posix":          {"KST-9", nil, "KST-9 (+09:00)"},
		"posix with dst": {"EST5EDT,M3.2.0,M11.1.0", nil, "EST5EDT,M3.2.0,M11.1.0 (-05:00)"},
		"south":          {"NZST-12NZDT,M9.5.0,M4.1.0/3", nil, "NZST-12NZDT,M9.5.0,M4.1.0/3 (+13:00)"},
		"no rule":        {"CET-1CEST", nil, "CET-1CEST (+01:00)"},
		"half hours":     {"<+0330>-3:30", nil, "<+0330>-3:30 (+03:30)"},
		"name":           {"Asia/Seoul", map[string]string{"usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
		"colon":          {":Asia/Seoul", map[string]string{"usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
		"file":           {":/usr/share/zoneinfo/Asia/Seoul", map[string]string{"usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
		"empty":          {"", map[string]string{"etc/localtime": seoul}, "UTC (+00:00)"},
		"nonsense":       {"Mars/Phobos", map[string]string{"usr/share/zoneinfo/Asia/Seoul": seoul}, "Mars/Phobos, not known here (+00:00)"},
		"climbing":       {"../../etc/passwd", map[string]string{"usr/share/zoneinfo/x": ""}, "../../etc/passwd, not known here (+00:00)"},
		"link":           {"-", map[string]string{"etc/localtime@": "../usr/share/zoneinfo/Asia/Seoul", "usr/share/zoneinfo/Asia/Seoul": seoul}, "Asia/Seoul (+09:00)"},
		"copy":           {"-", map[string]string{"etc/localtime": seoul, "etc/timezone": "# c\nAsia/Seoul\n"}, "Asia/Seoul (+09:00)"},
		"copy, no name":  {"-", map[string]string{"etc/localtime": seoul}, "KST (+09:00)"},
		"nothing":        {"-", nil, "UTC (+00:00)"},
	} {
		m := stopped(fakeMachine(tree(c.files)), noon)
		if c.tz != "-" {
			m.environment = []string{"TZ=" + c.tz}
		}
		if got := timeZone(m); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestK3S13_ReleaseAndOtherAssignments(t *testing.T) {
	got := parseAssignments([]byte("\ufeffNAME='It'\n# c\n; c\n\nPRETTY_NAME=\"Rocky Linux 9.4 (Blue \\\"Onyx\\\" \\$5)\" # c\nVERSION=\"9\"'.4'\nexport LANG=ko_KR.UTF-8\r\nHOME_URL=https://x/#y\nOPEN=\"x\nBUG=a b\nNAME=Last\nE=''\n"))
	for key, want := range map[string]string{"NAME": "Last", "PRETTY_NAME": `Rocky Linux 9.4 (Blue "Onyx" $5)`, "VERSION": "9.4", "LANG": "ko_KR.UTF-8", "HOME_URL": "https://x/#y", "OPEN": `"x`, "BUG": "a b", "E": ""} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s: %q, want %q", key, v, want)
		}
	}
	d := asked(t, fakeMachine(tree(map[string]string{"usr/lib/os-release": "NAME=Void\nVERSION_ID=1\n"})), Summary)
	if got := item(t, d, Summary, "os"); got != "Void 1" {
		t.Errorf("%q", got)
	}
}

func TestK3S13_ProcessNamesAndTimes(t *testing.T) {
	p, ok := parseStat("77 (a) (b) ) S 5 77 77 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 1 0 12345 1000 512 18446744073709551615")
	if !ok || p != (stat{name: "a) (b) ", parent: 5, used: 300, started: 12345, pages: 512}) {
		t.Errorf("%+v", p)
	}
	synctest.Test(t, func(t *testing.T) {
		m := fakeMachine(tree(map[string]string{
			"proc/5/stat": "5 (mysql) S 1 5 5 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 6000 1000 512 1", "proc/5/cmdline": "mysql -pgeheim\x00\x00\x00", "proc/5/status": "Name:\tmysql\nUid:\t1000\t0\t0\t0\n",
			"proc/6/stat": "6 (kworker/u8:1-ext4-rsv-conversion2) S 2 6 6 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0 1", "proc/6/cmdline": "", "proc/6/status": "Uid:\t0\t0\t0\t0\nName: x\nUid:\t0\n",
			"proc/7/stat": "broken", "proc/self/x": "", "proc/stat": "btime 1700000000\n", "etc/passwd": "kim:x:1000:1000::/h:/bin/sh\n",
		}))
		d := asked(t, m, Processes)
		same(t, "processes", cells(t, tableOf(t, d, Processes, "processes"), "pid", "parent", "user", "cpu", "name", "command"), "5 | 1 | kim | 0 | mysql | mysql -p[masked]", "6 | 2 | 0 | 0 | kworker/u8:1-ext4-rsv-conversion2 | -")
		if at, ok := tableOf(t, d, Processes, "processes").Rows[0][5].(time.Time); !ok || at.Unix() != 1700000060 {
			t.Errorf("started %v", at)
		}
	})
}

func TestK3S13_WhoIsLoggedOn(t *testing.T) {
	entry := make([]byte, 384)
	binary.NativeEndian.PutUint16(entry, 7)
	binary.NativeEndian.PutUint32(entry[4:], 42)
	copy(entry[8:], "pts/0")
	copy(entry[44:], "kim")
	copy(entry[76:], "192.0.2.9")
	binary.NativeEndian.PutUint32(entry[340:], 1700000000)
	stale := append([]byte{}, entry...)
	binary.NativeEndian.PutUint32(stale[4:], 43)
	files := map[string]string{"run/utmp": string(entry) + string(stale) + string(make([]byte, 384)) + "half", "proc/42/stat": "x"}
	same(t, "utmp", cells(t, tableOf(t, asked(t, fakeMachine(tree(files)), Users), Users, "logged_on"), "user", "terminal", "from"), "kim | pts/0 | 192.0.2.9")
	files["run/systemd/sessions/2"] = "UID=1000\nUSER=kim\nCLASS=user\nTTY=tty2\nSTATE=active\nREALTIME=1700000000000000\n"
	files["run/systemd/sessions/c1"] = "UID=120\nUSER=gdm\nCLASS=greeter\n"
	files["run/systemd/sessions/3"] = "UID=1001\nUSER=lee\nCLASS=user\nSTATE=closing\n"
	same(t, "logind", cells(t, tableOf(t, asked(t, fakeMachine(tree(files)), Users), Users, "logged_on"), "user", "terminal"), "kim | tty2")
	long := make([]byte, 400)
	copy(long, entry)
	binary.NativeEndian.PutUint64(long[344:], 1700000000)
	if got := parseUtmp(long, utmpSize("arm64")); len(got) != 1 || got[0].since.Unix() != 1700000000 {
		t.Errorf("%+v", got)
	}
}

func TestK3S13_SocketsOfThisNamespace(t *testing.T) {
	const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	m := fakeMachine(tree(map[string]string{
		"proc/net/tcp": head + "   0: " + word4(127, 0, 0, 1) + ":0277 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 555 1\n" +
			"   1: " + word4(192, 0, 2, 1) + ":9C40 " + word4(192, 0, 2, 2) + ":0016 01 00000000:00000000 00:00000000 00000000     0        0 556 1\n" +
			"   2: " + word4(192, 0, 2, 1) + ":9C41 " + word4(192, 0, 2, 2) + ":0016 06 00000000:00000000 00:00000000 00000000     0        0 0 1\nbroken\n",
		"proc/net/udp6": head + "   0: " + word4(0, 0, 0, 0) + word4(0, 0, 0, 0) + word4(0, 0, 0xff, 0xff) + word4(192, 0, 2, 1) + ":0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 557 2\n",
		"proc/9/fd/3@":  "socket:[555]", "proc/9/fd/4@": "/dev/null", "proc/9/comm": "cupsd\n",
	}))
	d := asked(t, m, Connections)
	same(t, "sockets", cells(t, tableOf(t, d, Connections, "sockets"), "protocol", "state", "local_address", "local_port", "remote_address", "remote_port", "pid", "process"),
		"tcp | listen | 127.0.0.1 | 631 | - | - | 9 | cupsd", "tcp | established | 192.0.2.1 | 40000 | 192.0.2.2 | 22 | - | -", "udp | - | 192.0.2.1 | 53 | - | - | - | -")
	if got := item(t, d, Connections, "sockets_in_time_wait"); got != "1" {
		t.Errorf("%s", got)
	}
}

// word4 is an address as this processor's kernel writes it.
func word4(a, b, c, d byte) string {
	return fmt.Sprintf("%08X", binary.NativeEndian.Uint32([]byte{a, b, c, d}))
}

func TestK3S13_PackagesAndUpdates(t *testing.T) {
	got := parseApk([]byte("busybox-extras-1.36.1-r5 x86_64 {busybox} (GPL-2.0-only) [upgradable from: busybox-extras-1.36.1-r2]\nWARNING: x y\n"))
	if len(got) != 1 || got[0].name != "busybox-extras" || got[0].version != "1.36.1-r5" {
		t.Errorf("%+v", got)
	}
	all := parseDpkg(strings.NewReader("Package: half\nStatus: install ok half-configured\nVersion: 1\n\nPackage: trig\nStatus: install ok triggers-pending\nVersion: 2\n\nPackage: gone\nStatus: deinstall ok config-files\n\nPackage: bad\nStatus: install reinstreq installed\nVersion: 3\n"))
	var lines []string
	for _, p := range all {
		lines = append(lines, p.name+" "+p.source)
	}
	same(t, "dpkg", lines, "half dpkg (half-configured)", "trig dpkg", "bad dpkg (reinstreq)")
	d := asked(t, fakeMachine(tree(map[string]string{"etc/os-release": "ID=fedora\n", "usr/bin/dnf!": "x", "var/lib/dpkg/status": ""})), Updates)
	if got := item(t, d, Updates, "source"); got != "dnf" {
		t.Errorf("%s", got)
	}
	if v, ok := parseSpan("1month 2d 3h 4min 5.5s"); !ok || v != 2629800*time.Second+51*time.Hour+4*time.Minute+5500*time.Millisecond {
		t.Errorf("%v", v)
	}
	if _, ok := parseSpan("infinity"); ok {
		t.Error("infinity is no time")
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
		if got := fakeMachine(tree(map[string]string{"proc/loadavg": c.load, "proc/stat": c.stat})).busy(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// What takes too long on a busy computer leaves what was ready, and says so.
func TestK3S5_ABusyComputerGivesWhatIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := fakeMachine(tree(map[string]string{"proc/loadavg": "25.00 10.00 5.00 500/900 1234\n", "run/systemd/system/x": "", "proc/self/mountinfo": manyMounts(50)}))
		m.kernel.space = func(string) (space, error) {
			time.Sleep(300 * time.Millisecond)
			return space{size: 1 << 20, free: 1 << 20}, nil
		}
		start := time.Now()
		all := probes()
		all[Services] = func(ctx context.Context, _ *machine, s *sheet) error {
			s.set("early", "known")
			<-ctx.Done()
			return ctx.Err()
		}
		var c Collector
		d := c.collect(t.Context(), Options{}, all, m)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
		if s := sectionOf(t, d, Services); !strings.Contains(s.Reason, "busy") || len(s.Items) != 1 {
			t.Errorf("%+v", s)
		}
		sizes, reasons := 0, 0
		for _, row := range cells(t, tableOf(t, d, Disks, "volumes"), "size", "reason") {
			switch row {
			case "1048576 | -":
				sizes++
			case "- | " + errNotAsked.Error(), "- | it took too long":
				reasons++
			default:
				t.Errorf("%s", row)
			}
		}
		if sizes == 0 || sizes+reasons != 51 {
			t.Errorf("%d sizes and %d reasons of 51", sizes, reasons)
		}
		time.Sleep(time.Minute)
	})
}
