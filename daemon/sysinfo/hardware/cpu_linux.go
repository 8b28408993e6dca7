package hardware

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// CPU fills the category CPU: model, cores, speed, load.
func CPU(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	text, err := m.Read("/proc/cpuinfo")
	if err != nil {
		return err
	}
	before, _ := readCPUTimes(m)
	start := m.Now()
	p := parseCPU(text)
	if p.sockets == nil {
		p.sockets, p.cores = topology(m, p.threads)
	}
	s.Set("model", p.model)
	s.Set("vendor", p.vendor)
	s.Set("sockets", p.sockets)
	s.Set("cores", p.cores)
	s.Set("threads", p.threads)
	s.Set("speed", p.hertz, document.Hertz)
	if fastest := fastestCore(m); fastest > 0 {
		s.Set("max_speed", fastest*1000, document.Hertz)
	} else {
		s.Fail("max_speed", document.ErrUnknown, document.Hertz)
	}
	s.Set("microcode", p.microcode)
	setQuota(m, s, p.threads)
	setLoad(m, s)
	if before.total == 0 {
		s.Fail("usage", document.ErrUnknown, document.Percent)
		return nil
	}
	select {
	case <-time.After(100*time.Millisecond - m.Now().Sub(start)):
	case <-ctx.Done():
	}
	after, _ := readCPUTimes(m)
	if after.total <= before.total {
		s.Fail("usage", document.ErrUnknown, document.Percent)
		return nil
	}
	idle := float64(after.idle-min(before.idle, after.idle)) / float64(after.total-before.total)
	s.Set("usage", document.Round(100*max(1-idle, 0)), document.Percent)
	return nil
}

// cpuTimes are ticks since the kernel's start, of all processors together.
type cpuTimes struct{ idle, total uint64 }

func readCPUTimes(m *machine.Machine) (t cpuTimes, ok bool) {
	text, _ := m.Read("/proc/stat")
	first, _, _ := strings.Cut(string(text), "\n")
	f := strings.Fields(first)
	if len(f) < 5 || f[0] != "cpu" {
		return t, false
	}
	for i, v := range f[1:min(len(f), 9)] { // guest time is in user time already
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			return t, false
		}
		t.total += n
		if i == 3 || i == 4 { // idle, and waiting for a disk
			t.idle += n
		}
	}
	return t, true
}

// setLoad sets how many programs wanted to run on average.
func setLoad(m *machine.Machine, s *document.Sheet) {
	f := strings.Fields(m.Line("/proc/loadavg"))
	for i, name := range []string{"load_1_min", "load_5_min", "load_15_min"} {
		var load any
		if i < len(f) {
			if v, err := strconv.ParseFloat(f[i], 64); err == nil {
				load = v
			}
		}
		s.Set(name, load)
	}
}

// fastestCore is the highest speed of any core, in kHz; 0 when none tells. Cores of one
// processor may differ: on ARM the first ones are often the slow ones.
func fastestCore(m *machine.Machine) (most int64) {
	files := m.Glob("/sys/devices/system/cpu/cpufreq/policy*/cpuinfo_max_freq")
	if len(files) == 0 {
		files = m.Glob("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/cpuinfo_max_freq")
	}
	for _, file := range files {
		n, _ := m.Number(file).(int64)
		most = max(most, n)
	}
	return most
}

// setQuota sets how many processors this program may use: a container or a service may
// have a share of their time, or only some of them. cgroup v2's cpu.max is "quota period"
// or "max period", v1 has a file for each.
func setQuota(m *machine.Machine, s *document.Sheet, threads any) {
	f := strings.Fields(m.Line("/sys/fs/cgroup/cpu.max"))
	if len(f) != 2 {
		f = []string{m.Line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), m.Line("/sys/fs/cgroup/cpu/cpu.cfs_period_us")}
	}
	allowed := math.Inf(1)
	quota, err1 := strconv.ParseFloat(f[0], 64)
	period, err2 := strconv.ParseFloat(f[1], 64)
	if err1 == nil && err2 == nil && quota > 0 && period > 0 {
		allowed = quota / period
	}
	status, _ := m.Read("/proc/self/status")
	_, list, _ := strings.Cut(string(status), "\nCpus_allowed_list:")
	list, _, _ = strings.Cut(list, "\n")
	if some, all := countList(strings.TrimSpace(list)), asInt(threads); some > 0 && some < all {
		allowed = min(allowed, float64(some))
	}
	if math.IsInf(allowed, 1) {
		s.Set("processors_allowed", "all")
		return
	}
	s.Set("processors_allowed", strconv.FormatFloat(math.Round(allowed*100)/100, 'f', -1, 64))
}

func asInt(v any) int {
	n, _ := v.(int)
	return n
}

// countList counts the numbers of a list such as "0-3,8"; 0 when it is none.
func countList(list string) (count int) {
	for part := range strings.SplitSeq(list, ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || b < a {
			return 0
		}
		count += b - a + 1
	}
	return count
}

// topology counts sockets and cores where cpuinfo does not tell: on every
// architecture but x86. It counts only when it has as many
// processors as cpuinfo.
func topology(m *machine.Machine, threads any) (sockets, cores any) {
	packages, seen, count := map[string]bool{}, map[string]bool{}, 0
	for _, dir := range m.Glob("/sys/devices/system/cpu/cpu[0-9]*") {
		id := m.Line(dir + "/topology/core_id")
		if id == "" || m.Line(dir+"/online") == "0" {
			continue
		}
		count++
		socket := m.Line(dir+"/topology/drawer_id") + "/" + m.Line(dir+"/topology/book_id") + "/" + m.Line(dir+"/topology/physical_package_id")
		packages[socket] = true // a mainframe counts them in each book anew
		seen[socket+"/"+m.Line(dir+"/topology/die_id")+"/"+m.Line(dir+"/topology/cluster_id")+"/"+id] = true
	}
	if n, ok := threads.(int); !ok || n != count || count == 0 {
		return nil, nil
	}
	return len(packages), len(seen)
}

// processor is what /proc/cpuinfo says.
type processor struct {
	model, vendor, microcode string
	board, serial            string // of the computer: some boards have no other place for it
	sockets, cores, threads  any
	hertz                    any
}

// parseCPU reads /proc/cpuinfo, which every architecture writes in its own way.
func parseCPU(text []byte) processor {
	var p processor
	threads, sockets, cores := 0, map[string]bool{}, map[string]bool{}
	one := map[string]string{} // the block that is being read
	var general, plain, kind, chip string
	var kinds []string
	flush := func() {
		_, x86 := one["processor"]
		_, s390 := one["cpu number"]
		if id, ok := one["physical id"]; ok && x86 {
			sockets[id] = true
			cores[id+"/"+one["core id"]] = true
		}
		if x86 || s390 {
			threads++
		}
		clear(one)
	}
	number := 0 // of processors, as a mainframe says it
	formats.Lines(bytes.NewReader(text), func(line string) bool {
		key, value, ok := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case strings.TrimSpace(line) == "":
			flush()
			return true
		case !ok:
			return true
		}
		if _, again := one[key]; again && key == "processor" { // no empty line between them
			flush()
		}
		switch key {
		case "processor":
			if _, err := strconv.Atoi(value); err != nil { // "Processor" of an old ARM kernel, in lower case
				plain = cmp.Or(plain, value)
				return true
			}
		case "model name", "Model Name", "cpu model", "uarch": // x86 and ARM, LoongArch, MIPS, RISC-V
			general = cmp.Or(general, value)
		case "cpu": // POWER, SPARC
			general = cmp.Or(general, value)
		case "Processor":
			plain = cmp.Or(plain, value)
		case "vendor_id":
			p.vendor = cmp.Or(p.vendor, value)
		case "CPU implementer":
			p.vendor = cmp.Or(p.vendor, armMaker(value))
			one["implementer"] = value
		case "CPU part":
			if name := armName(one["implementer"], value); name != "" && !slices.Contains(kinds, name) {
				kinds = append(kinds, name) // fast and slow cores
			}
		case "isa":
			plain = cmp.Or(plain, value)
		case "Model": // a board, such as the Raspberry Pi
			p.board = cmp.Or(p.board, value)
		case "Serial":
			p.serial = value
		case "Hardware": // of an old kernel for ARM, where there is no device tree
			chip = value
		case "machine", "system type":
			p.board = cmp.Or(p.board, value)
		case "cpu number", "physical id", "core id":
		case "microcode":
			p.microcode = cmp.Or(p.microcode, value)
		case "# processors", "ncpus active", "cpus active": // a mainframe, SPARC, Alpha
			number, _ = strconv.Atoi(value)
		case "cpu MHz", "cpu MHz dynamic", "cpu MHz static", "clock", "CPU MHz":
			mhz, err := strconv.ParseFloat(strings.TrimSuffix(value, "MHz"), 64)
			if err == nil && p.hertz == nil && mhz > 0 && mhz < 1e6 {
				p.hertz = uint64(mhz * 1e6)
			}
		default:
			if strings.HasPrefix(key, "processor ") { // "processor 0: version = FF, identification = …, machine = 3906"
				if _, machine, ok := strings.Cut(value, "machine = "); ok {
					kind = cmp.Or(kind, machineName(strings.TrimSpace(machine)))
				}
			}
			return true
		}
		one[key] = value
		return true
	})
	flush()
	kind = cmp.Or(kind, strings.Join(kinds, " + "))
	p.board = cmp.Or(p.board, formats.Meant(chip))
	if threads = max(threads, number); threads > 0 {
		p.threads = threads
	}
	if len(sockets) > 0 {
		p.sockets, p.cores = len(sockets), len(cores)
	}
	if strings.HasPrefix(general, "ARMv") && kind != "" { // the name of all of its kind
		general = ""
	}
	p.model = cmp.Or(general, kind, plain)
	if strings.HasPrefix(p.model, "IBM ") && p.vendor == "" {
		p.vendor = "IBM/S390"
	}
	return p
}

// armMaker and armName name what ARM's identification register says, by the
// numbers of the makers.
func armMaker(code string) string {
	return map[string]string{
		"0x41": "ARM", "0x42": "Broadcom", "0x43": "Cavium", "0x46": "Fujitsu", "0x48": "HiSilicon", "0x4e": "NVIDIA", "0x50": "Applied Micro", "0x51": "Qualcomm",
		"0x53": "Samsung", "0x56": "Marvell", "0x61": "Apple", "0x66": "Faraday", "0x69": "Intel", "0x6d": "Microsoft", "0x70": "Phytium", "0xc0": "Ampere",
	}[strings.ToLower(code)]
}

func armName(maker, part string) string {
	name := map[string]string{
		"0x41/0x920": "ARM920T", "0x41/0x926": "ARM926", "0x41/0xb36": "ARM1136", "0x41/0xb76": "ARM1176", "0x41/0xc05": "Cortex-A5", "0x41/0xc07": "Cortex-A7",
		"0x41/0xc08": "Cortex-A8", "0x41/0xc09": "Cortex-A9", "0x41/0xc0d": "Cortex-A17", "0x41/0xc0e": "Cortex-A17", "0x41/0xc0f": "Cortex-A15",
		"0x41/0xd01": "Cortex-A32", "0x41/0xd02": "Cortex-A34", "0x41/0xd03": "Cortex-A53", "0x41/0xd04": "Cortex-A35", "0x41/0xd05": "Cortex-A55",
		"0x41/0xd06": "Cortex-A65", "0x41/0xd07": "Cortex-A57", "0x41/0xd08": "Cortex-A72", "0x41/0xd09": "Cortex-A73", "0x41/0xd0a": "Cortex-A75",
		"0x41/0xd0b": "Cortex-A76", "0x41/0xd0c": "Neoverse-N1", "0x41/0xd0d": "Cortex-A77", "0x41/0xd0e": "Cortex-A76AE", "0x41/0xd40": "Neoverse-V1",
		"0x41/0xd41": "Cortex-A78", "0x41/0xd42": "Cortex-A78AE", "0x41/0xd44": "Cortex-X1", "0x41/0xd46": "Cortex-A510", "0x41/0xd47": "Cortex-A710",
		"0x41/0xd48": "Cortex-X2", "0x41/0xd49": "Neoverse-N2", "0x41/0xd4a": "Neoverse-E1", "0x41/0xd4b": "Cortex-A78C", "0x41/0xd4c": "Cortex-X1C",
		"0x41/0xd4d": "Cortex-A715", "0x41/0xd4e": "Cortex-X3", "0x41/0xd4f": "Neoverse-V2", "0x41/0xd80": "Cortex-A520", "0x41/0xd81": "Cortex-A720",
		"0x41/0xd82": "Cortex-X4", "0x41/0xd84": "Neoverse-V3", "0x41/0xd85": "Cortex-X925", "0x41/0xd87": "Cortex-A725", "0x41/0xd8e": "Neoverse-N3",
		"0x42/0x516": "ThunderX2", "0x43/0x0a1": "ThunderX", "0x43/0x0af": "ThunderX2", "0x46/0x001": "A64FX", "0x48/0xd01": "TaiShan v110",
		"0x48/0xd02": "TaiShan v120", "0x4e/0x004": "Carmel", "0x51/0x800": "Kryo 2xx Gold", "0x51/0x801": "Kryo 2xx Silver", "0x51/0x802": "Kryo 3xx Gold",
		"0x51/0x803": "Kryo 3xx Silver", "0x51/0x804": "Kryo 4xx Gold", "0x51/0x805": "Kryo 4xx Silver", "0x51/0xc00": "Falkor", "0x51/0x001": "Oryon",
		"0x61/0x022": "Icestorm (M1)", "0x61/0x023": "Firestorm (M1)", "0x61/0x032": "Blizzard (M2)", "0x61/0x033": "Avalanche (M2)",
		"0x70/0x662": "FTC662", "0x70/0x663": "FTC663", "0xc0/0xac3": "Ampere-1", "0xc0/0xac4": "Ampere-1A",
	}[strings.ToLower(maker+"/"+part)]
	switch {
	case name == "" && armMaker(maker) == "":
		return ""
	case name == "":
		return armMaker(maker) + " processor, part " + part
	}
	return strings.TrimSpace(armMaker(maker) + " " + name)
}
