package sysinfo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	psnet "github.com/shirou/gopsutil/v3/net"
)

func probeCPU(ctx context.Context, m *machine, s *sheet) error {
	text, err := m.read("/proc/cpuinfo")
	if err != nil {
		return err
	}
	c := parseCPU(text)
	s.set("model", c.model)
	s.set("vendor", c.vendor)
	s.set("sockets", c.sockets)
	s.set("cores", c.cores)
	s.set("threads", c.threads)
	s.set("speed", c.hertz, Hertz)
	fastest, _ := m.number("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq").(int64) // kHz
	if fastest > 0 {
		s.set("max_speed", fastest*1000, Hertz)
	} else {
		s.fail("max_speed", errUnknown, Hertz)
	}
	s.set("microcode", c.microcode)
	setLoad(ctx, s)
	used, err := cpu.PercentWithContext(ctx, 100*time.Millisecond, false)
	if err != nil || len(used) == 0 {
		s.fail("usage", errUnknown, Percent)
		return nil
	}
	s.set("usage", round(used[0]), Percent)
	return nil
}

// processor is what /proc/cpuinfo says.
type processor struct {
	model, vendor, microcode string
	sockets, cores, threads  any
	hertz                    any
}

func parseCPU(text []byte) processor {
	var p processor
	threads, sockets, cores := 0, map[string]bool{}, map[string]bool{}
	wanted := []string{"processor", "model name", "Hardware", "Model", "vendor_id", "microcode", "physical id", "core id", "cpu MHz"}
	parseBlocks(bytes.NewReader(text), ":", wanted, func(b map[string]string) {
		p.model = cmp.Or(p.model, b["model name"], b["Model"], b["Hardware"])
		p.vendor = cmp.Or(p.vendor, b["vendor_id"])
		p.microcode = cmp.Or(p.microcode, b["microcode"])
		if _, ok := b["processor"]; !ok {
			return
		}
		threads++
		if id, ok := b["physical id"]; ok {
			sockets[id] = true
			cores[id+"/"+b["core id"]] = true
		}
		if mhz, err := strconv.ParseFloat(b["cpu MHz"], 64); err == nil && p.hertz == nil {
			p.hertz = uint64(mhz * 1e6)
		}
	})
	if threads > 0 {
		p.threads = threads
	}
	if len(sockets) > 0 {
		p.sockets, p.cores = len(sockets), len(cores)
	}
	return p
}

func probeMemory(ctx context.Context, m *machine, s *sheet) error {
	if err := setMemory(ctx, s); err != nil {
		return err
	}
	t := s.table("modules", col("slot"), col("size", Bytes), col("kind"), col("speed_mt_s"), col("maker"), col("part"), col("serial", Serials))
	raw, err := m.read("/sys/firmware/dmi/tables/DMI")
	t.fail(err)
	for _, d := range parseModules(raw) {
		t.add(d.slot, d.size, d.kind, d.speed, d.maker, d.part, d.serial)
	}
	return nil
}

func probeDisks(ctx context.Context, m *machine, s *sheet) error {
	if err := addVolumes(ctx, m, s); err != nil {
		return err
	}
	t := s.table("physical_disks", col("name"), col("model"), col("size", Bytes), col("kind"), col("bus"), col("health"), col("removable"),
		col("read_only"), col("serial", Serials))
	var health error
	for _, name := range m.list("/sys/block") {
		dir := "/sys/block/" + name
		if virtualDisk(name) || m.line(dir+"/size") == "0" {
			continue
		}
		size, _ := m.number(dir + "/size").(int64) // in units of 512 bytes whatever the disk has
		state, err := m.smart(ctx, name)
		if err != nil {
			health = err
		}
		vendor := m.line(dir + "/device/vendor")
		if strings.HasPrefix(vendor, "0x") { // virtio has a number there
			vendor = ""
		}
		t.add(name, strings.TrimSpace(vendor+" "+m.line(dir+"/device/model")), uint64(size)*512, m.diskKind(dir),
			m.diskBus(dir), state, m.line(dir+"/removable") == "1", m.line(dir+"/ro") == "1",
			cmp.Or(m.line(dir+"/device/serial"), m.line(dir+"/serial"), m.line(dir+"/device/wwid"), m.line(dir+"/wwid")))
	}
	s.try("disk_health", "see physical disks", health)
	return nil
}

func virtualDisk(name string) bool {
	return slices.ContainsFunc([]string{"loop", "ram", "zram", "dm-", "md", "nbd", "sr", "fd"}, func(p string) bool { return strings.HasPrefix(name, p) })
}

func (m *machine) diskKind(dir string) string {
	if bus := m.diskBus(dir); bus == "virtio" || bus == "xen" {
		return "virtual"
	}
	switch m.line(dir + "/queue/rotational") {
	case "1":
		return "hdd"
	case "0":
		return "ssd"
	}
	return ""
}

// diskBus is read from where the disk hangs in the device tree.
func (m *machine) diskBus(dir string) string {
	at := m.link(dir)
	for _, bus := range []string{"nvme", "usb", "ata", "virtio", "mmc", "xen", "sas"} {
		if strings.Contains(at, "/"+bus) {
			return bus
		}
	}
	return ""
}

// smart asks the disk for its own judgement: "passed" or "failed".
func (m *machine) smart(ctx context.Context, name string) (any, error) {
	out, err := m.tool(ctx, "smartctl", "--json", "--health", "/dev/"+name)
	var answer struct {
		Status *struct {
			Passed bool `json:"passed"`
		} `json:"smart_status"`
	}
	if json.Unmarshal(out, &answer) != nil || answer.Status == nil {
		if err == nil {
			err = errUnknown
		}
		return nil, err
	}
	if answer.Status.Passed {
		return "passed", nil
	}
	return "failed", nil
}

func probeGraphics(_ context.Context, m *machine, s *sheet) error {
	adapters := s.table("adapters", col("name"), col("vendor"), col("slot"), col("driver"), col("memory", Bytes))
	names := m.pciNames()
	for _, d := range m.pciDevices(names) {
		if strings.HasPrefix(d.class, "03") {
			adapters.add(cmp.Or(d.device, d.id), d.vendor, d.slot, d.driver, m.number("/sys/bus/pci/devices/"+d.slot+"/mem_info_vram_total"))
		}
	}
	displays := s.table("displays", col("connector"), col("state"), col("name"), col("resolution"), col("serial", Serials))
	for _, dir := range m.glob("/sys/class/drm/card*-*") {
		edid, _ := m.read(dir + "/edid")
		name, serial := parseEDID(edid)
		mode, _, _ := strings.Cut(m.line(dir+"/modes"), "\n")
		displays.add(path.Base(dir), m.line(dir+"/status"), name, mode, serial)
	}
	return nil
}

func probeNetwork(ctx context.Context, m *machine, s *sheet) error {
	stats, err := psnet.IOCountersWithContext(ctx, true)
	return addAdapters(s, stats, err, func(i net.Interface) adapterDetail {
		dir := "/sys/class/net/" + i.Name
		d := adapterDetail{state: m.line(dir + "/operstate"), kind: "virtual"}
		if d.state == "unknown" {
			d.state = "" // loopback and tunnels do not say
		}
		switch {
		case i.Flags&net.FlagLoopback != 0:
			d.kind = "loopback"
		case m.exists(dir + "/wireless"):
			d.kind = "wireless"
		case m.exists(dir + "/device"):
			d.kind = "ethernet"
		}
		if mbit, _ := m.number(dir + "/speed").(int64); mbit > 0 {
			d.speed = uint64(mbit) * 1e6
		}
		return d
	})
}
