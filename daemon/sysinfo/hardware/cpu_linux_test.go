package hardware

import (
	"fmt"
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// bigCPU is /proc/cpuinfo of a server with 8 sockets of 60 cores, 1.6 MB.
func bigCPU() string {
	var b strings.Builder
	for i := range 960 {
		fmt.Fprintf(&b, "processor\t: %d\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Platinum 8490H\nmicrocode\t: 0x2b0004b1\ncpu MHz\t\t: 1900.000\n"+
			"physical id\t: %d\ncore id\t\t: %d\nflags\t\t: %s\n\n", i, i/120, i%60, strings.Repeat("fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca ", 27))
	}
	return b.String()
}

func TestK3S3_NineHundredSixtyThreads(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{"proc/cpuinfo": bigCPU()}))
	d := probes().Ask(t, m, document.CPU)
	for name, want := range map[string]string{"threads": "960", "cores": "480", "sockets": "8", "model": "Intel(R) Xeon(R) Platinum 8490H", "speed": "1900000000"} {
		if got := machinetest.Item(t, d, document.CPU, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if reason := machinetest.SectionOf(t, d, document.CPU).Reason; reason != "" {
		t.Errorf("%q", reason)
	}
}

// The limits of a container are its own, whatever the computer has.
func TestK3S12_LimitsOfAContainer(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{"proc/meminfo": "MemTotal: 1000000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 850 kB\nSwapTotal: 10 kB\nSwapFree: 4 kB\nHugePages_Total: 5\n",
		"sys/fs/cgroup/memory.max": "536870912\n", "sys/fs/cgroup/cpu.max": "150000 100000\n", "proc/cpuinfo": "processor: 0\n"}))
	d := probes().Ask(t, m, document.Memory, document.CPU)
	for name, want := range map[string]string{"total": "1024000000", "available": "1024000", "swap_used": "6144", "limit": "536870912"} {
		if got := machinetest.Item(t, d, document.Memory, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := machinetest.Item(t, d, document.CPU, "processors_allowed"); got != "1.5" {
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
	d := probes().Ask(t, machinetest.New(machinetest.Tree(files)), document.CPU)
	if machinetest.Item(t, d, document.CPU, "sockets") != "1" || machinetest.Item(t, d, document.CPU, "cores") != "4" {
		t.Errorf("%s sockets, %s cores", machinetest.Item(t, d, document.CPU, "sockets"), machinetest.Item(t, d, document.CPU, "cores"))
	}
	delete(files, "sys/devices/system/cpu/cpu3/topology/core_id") // of another set of processors: not counted
	if d := probes().Ask(t, machinetest.New(machinetest.Tree(files)), document.CPU); machinetest.Item(t, d, document.CPU, "cores") != "(not available on this system)" {
		t.Errorf("%s cores", machinetest.Item(t, d, document.CPU, "cores"))
	}
}

func FuzzHardware(f *testing.F) {
	f.Add([]byte("processor : 0\nphysical id : 0\ncore id : 1\ncpu MHz : 2e3\n\n"))
	f.Add([]byte("MemTotal: 5 kB\n"))
	f.Add([]byte("printer-state=3 a='b c' word d=e"))
	f.Fuzz(func(t *testing.T, b []byte) {
		parseCPU(b)
		parseMeminfo(b)
		parseOptions(string(b))
	})
}
