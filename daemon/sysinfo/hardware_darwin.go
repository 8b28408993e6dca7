package sysinfo

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
)

func probeCPU(ctx context.Context, _ *machine, s *document.Sheet) error {
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

func probeMemory(ctx context.Context, m *machine, s *document.Sheet) error {
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return err
	}
	out, err := m.tool(ctx, "vm_stat")
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
	t := s.Table("modules", document.Col("slot"), document.Col("size"), document.Col("kind"), document.Col("speed"), document.Col("maker"), document.Col("part"), document.Col("serial", document.Serials))
	all, err := m.profile(ctx, "SPMemoryDataType")
	t.Fail(err)
	for _, bank := range all {
		for _, d := range append(bank.list("_items"), bank) {
			if size := cmp.Or(d.text("dimm_size"), d.text("SPMemoryDataType")); size != "" {
				t.Add(d.text("_name"), size, d.text("dimm_type"), d.text("dimm_speed"), d.text("dimm_manufacturer"), d.text("dimm_part_number"), d.text("dimm_serial_number"))
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

func probeDisks(ctx context.Context, m *machine, s *document.Sheet) error {
	all, err := mountedVolumes(ctx, m)
	if err != nil {
		s.Table("volumes", document.Col("mount")).Fail(err)
	} else {
		addVolumes(ctx, m, s, all)
	}
	t := s.Table("physical_disks", document.Col("name"), document.Col("model"), document.Col("size", document.Bytes), document.Col("kind"), document.Col("bus"), document.Col("health"), document.Col("removable"), document.Col("serial", document.Serials))
	for _, kind := range []string{"SPNVMeDataType", "SPSerialATADataType"} {
		controllers, err := m.profile(ctx, kind)
		t.Fail(err)
		for _, c := range controllers {
			for _, d := range c.list("_items") {
				t.Add(d.text("bsd_name"), cmp.Or(d.text("device_model"), d.text("_name")), d.number("size_in_bytes"), d.text("spsata_medium_type"),
					strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(kind, "SP"), "DataType")), strings.ToLower(d.text("smart_status")),
					d.text("removable_media") == "yes", strings.TrimSpace(d.text("device_serial")))
			}
		}
	}
	return nil
}

func probeGraphics(ctx context.Context, m *machine, s *document.Sheet) error {
	adapters := s.Table("adapters", document.Col("name"), document.Col("vendor"), document.Col("bus"), document.Col("memory"))
	displays := s.Table("displays", document.Col("connector"), document.Col("name"), document.Col("resolution"), document.Col("serial", document.Serials))
	all, err := m.profile(ctx, "SPDisplaysDataType")
	for _, a := range all {
		adapters.Add(cmp.Or(a.text("sppci_model"), a.text("_name")), a.text("spdisplays_vendor"), a.text("sppci_bus"), a.text("spdisplays_vram"))
		for _, d := range a.list("spdisplays_ndrvs") {
			displays.Add(d.text("spdisplays_connection_type"), d.text("_name"), cmp.Or(d.text("_spdisplays_resolution"), d.text("_spdisplays_pixels")),
				d.text("_spdisplays_display-serial-number"))
		}
	}
	return err
}

func probeDevices(ctx context.Context, m *machine, s *document.Sheet) error {
	usb := s.Table("usb", document.Col("port"), document.Col("maker"), document.Col("product"), document.Col("id"), document.Col("speed"), document.Col("serial", document.Serials))
	buses, err := m.profile(ctx, "SPUSBDataType")
	usb.Fail(err)
	var walk func(all []entry, depth int)
	walk = func(all []entry, depth int) {
		for _, d := range all {
			if id := d.text("vendor_id"); id != "" {
				usb.Add(d.text("location_id"), d.text("manufacturer"), d.text("_name"), id+":"+d.text("product_id"), d.text("device_speed"), d.text("serial_num"))
			}
			if depth < 8 { // hubs behind hubs: USB allows seven
				walk(d.list("_items"), depth+1)
			}
		}
	}
	walk(buses, 0)
	pci := s.Table("pci", document.Col("slot"), document.Col("class"), document.Col("vendor"), document.Col("device"), document.Col("id"), document.Col("driver"))
	cards, err := m.profile(ctx, "SPPCIDataType")
	pci.Fail(err)
	for _, d := range cards {
		pci.Add(d.text("sppci_slot_name"), d.text("sppci_device_type"), d.text("sppci_vendor-id"), cmp.Or(d.text("sppci_name"), d.text("_name")),
			d.text("sppci_device-id"), d.text("sppci_driver_installed"))
	}
	return nil
}
