package hardware

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// CPU fills the category CPU: model, cores, speed, load.
func CPU(ctx context.Context, _ *machine.Machine, s *document.Sheet) error {
	for _, item := range [][2]string{{"model", "machdep.cpu.brand_string"}, {"vendor", "machdep.cpu.vendor"}} {
		text, err := unix.Sysctl(item[1])
		s.Try(item[0], text, err)
	}
	for _, item := range [][2]string{{"sockets", "hw.packages"}, {"cores", "hw.physicalcpu"}, {"threads", "hw.logicalcpu"}} {
		n, err := unix.SysctlUint32(item[1])
		s.Try(item[0], n, err)
	}
	speed, err := unix.SysctlUint64("hw.cpufrequency") // not on Apple's own processors
	s.Try("speed", speed, err, document.Hertz)
	fastest, err := unix.SysctlUint64("hw.cpufrequency_max")
	s.Try("max_speed", fastest, err, document.Hertz)
	setLoad(ctx, s)
	s.Fail("usage", document.ErrUnknown, document.Percent)
	return nil
}

// Memory fills the category Memory: RAM, swap, modules.
func Memory(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return err
	}
	out, err := m.Tool(ctx, "vm_stat")
	available := parsePages(out)
	s.Set("total", total, document.Bytes)
	if available == 0 {
		for _, name := range []string{"available", "used"} {
			s.Fail(name, cmp.Or(err, document.ErrUnknown), document.Bytes)
		}
	} else {
		s.Set("available", available, document.Bytes)
		s.Set("used", total-min(available, total), document.Bytes)
		s.Set("used_percent", document.Round(100-100*float64(available)/float64(total)), document.Percent)
	}
	swap, err := unix.SysctlRaw("vm.swapusage") // total, available, used
	if err == nil && len(swap) < 24 {
		err = document.ErrUnknown
	}
	if err != nil {
		s.Fail("swap_total", err, document.Bytes)
		s.Fail("swap_used", err, document.Bytes)
	} else {
		s.Set("swap_total", binary.LittleEndian.Uint64(swap), document.Bytes)
		s.Set("swap_used", binary.LittleEndian.Uint64(swap[16:]), document.Bytes)
	}
	t := s.Table("modules", document.Col("slot"), document.Col("size"), document.Col("kind"), document.Col("speed"), document.Col("maker"),
		document.Col("part"), document.Col("serial", document.Serials))
	all, err := m.Profile(ctx, "SPMemoryDataType")
	t.Fail(err)
	for _, bank := range all {
		for _, d := range append(bank.List("_items"), bank) {
			if size := cmp.Or(d.Text("dimm_size"), d.Text("SPMemoryDataType")); size != "" {
				t.Add(d.Text("_name"), size, d.Text("dimm_type"), d.Text("dimm_speed"), d.Text("dimm_manufacturer"), d.Text("dimm_part_number"), d.Text("dimm_serial_number"))
			}
		}
	}
	return nil
}

// parsePages reads vm_stat: what is free or can be made free, in bytes.
func parsePages(out []byte) (available uint64) {
	size := uint64(4096)
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		if _, rest, ok := strings.Cut(line, "page size of "); ok {
			digits, _, _ := strings.Cut(rest, " ")
			if n, err := strconv.ParseUint(digits, 10, 32); err == nil {
				size = n
			}
			return true
		}
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "Pages free", "Pages inactive", "Pages speculative", "Pages purgeable":
			n, _ := strconv.ParseUint(strings.Trim(value, " ."), 10, 50)
			available += n
		}
		return true
	})
	return available * size
}

// Disks fills the category Disks: volumes with their sizes, physical disks with
// their health.
func Disks(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	all, err := mountedVolumes(ctx, m)
	if err != nil {
		s.Table("volumes", document.Col("mount")).Fail(err)
	} else {
		addVolumes(ctx, m, s, all)
	}
	t := s.Table("physical_disks", document.Col("name"), document.Col("model"), document.Col("size", document.Bytes), document.Col("kind"),
		document.Col("bus"), document.Col("health"), document.Col("removable"), document.Col("serial", document.Serials))
	for _, kind := range []string{"SPNVMeDataType", "SPSerialATADataType"} {
		controllers, err := m.Profile(ctx, kind)
		t.Fail(err)
		for _, c := range controllers {
			for _, d := range c.List("_items") {
				t.Add(d.Text("bsd_name"), cmp.Or(d.Text("device_model"), d.Text("_name")), d.Number("size_in_bytes"), d.Text("spsata_medium_type"),
					strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(kind, "SP"), "DataType")), strings.ToLower(d.Text("smart_status")),
					d.Text("removable_media") == "yes", strings.TrimSpace(d.Text("device_serial")))
			}
		}
	}
	return nil
}

// Graphics fills the category Graphics: adapters and displays.
func Graphics(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	adapters := s.Table("adapters", document.Col("name"), document.Col("vendor"), document.Col("bus"), document.Col("memory"))
	displays := s.Table("displays", document.Col("connector"), document.Col("name"), document.Col("resolution"), document.Col("serial", document.Serials))
	all, err := m.Profile(ctx, "SPDisplaysDataType")
	for _, a := range all {
		adapters.Add(cmp.Or(a.Text("sppci_model"), a.Text("_name")), a.Text("spdisplays_vendor"), a.Text("sppci_bus"), a.Text("spdisplays_vram"))
		for _, d := range a.List("spdisplays_ndrvs") {
			displays.Add(d.Text("spdisplays_connection_type"), d.Text("_name"), cmp.Or(d.Text("_spdisplays_resolution"), d.Text("_spdisplays_pixels")),
				d.Text("_spdisplays_display-serial-number"))
		}
	}
	return err
}

// Devices fills the category Devices: PCI and USB.
func Devices(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	usb := s.Table("usb", document.Col("port"), document.Col("maker"), document.Col("product"), document.Col("id"), document.Col("speed"),
		document.Col("serial", document.Serials))
	buses, err := m.Profile(ctx, "SPUSBDataType")
	usb.Fail(err)
	var walk func(all []machine.Profile, depth int)
	walk = func(all []machine.Profile, depth int) {
		for _, d := range all {
			if id := d.Text("vendor_id"); id != "" {
				usb.Add(d.Text("location_id"), d.Text("manufacturer"), d.Text("_name"), id+":"+d.Text("product_id"), d.Text("device_speed"), d.Text("serial_num"))
			}
			if depth < 8 { // hubs behind hubs: USB allows seven
				walk(d.List("_items"), depth+1)
			}
		}
	}
	walk(buses, 0)
	pci := s.Table("pci", document.Col("slot"), document.Col("class"), document.Col("vendor"), document.Col("device"), document.Col("id"), document.Col("driver"))
	cards, err := m.Profile(ctx, "SPPCIDataType")
	pci.Fail(err)
	for _, d := range cards {
		pci.Add(d.Text("sppci_slot_name"), d.Text("sppci_device_type"), d.Text("sppci_vendor-id"), cmp.Or(d.Text("sppci_name"), d.Text("_name")),
			d.Text("sppci_device-id"), d.Text("sppci_driver_installed"))
	}
	return nil
}
