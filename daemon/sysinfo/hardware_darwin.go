package sysinfo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func probeCPU(ctx context.Context, _ *machine, s *sheet) error {
	for _, item := range [][2]string{{"model", "machdep.cpu.brand_string"}, {"vendor", "machdep.cpu.vendor"}} {
		text, err := unix.Sysctl(item[1])
		s.try(item[0], text, err)
	}
	for _, item := range [][2]string{{"sockets", "hw.packages"}, {"cores", "hw.physicalcpu"}, {"threads", "hw.logicalcpu"}} {
		n, err := unix.SysctlUint32(item[1])
		s.try(item[0], n, err)
	}
	speed, err := unix.SysctlUint64("hw.cpufrequency") // not on Apple's own processors
	s.try("speed", speed, err, Hertz)
	fastest, err := unix.SysctlUint64("hw.cpufrequency_max")
	s.try("max_speed", fastest, err, Hertz)
	setLoad(ctx, s)
	s.fail("usage", errUnknown, Percent)
	return nil
}

func probeMemory(ctx context.Context, m *machine, s *sheet) error {
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return err
	}
	out, err := m.tool(ctx, "vm_stat")
	available := parsePages(out)
	s.set("total", total, Bytes)
	if available == 0 {
		for _, name := range []string{"available", "used"} {
			s.fail(name, cmp.Or(err, errUnknown), Bytes)
		}
	} else {
		s.set("available", available, Bytes)
		s.set("used", total-min(available, total), Bytes)
		s.set("used_percent", round(100-100*float64(available)/float64(total)), Percent)
	}
	swap, err := unix.SysctlRaw("vm.swapusage") // total, available, used
	if err == nil && len(swap) < 24 {
		err = errUnknown
	}
	if err != nil {
		s.fail("swap_total", err, Bytes)
		s.fail("swap_used", err, Bytes)
	} else {
		s.set("swap_total", binary.LittleEndian.Uint64(swap), Bytes)
		s.set("swap_used", binary.LittleEndian.Uint64(swap[16:]), Bytes)
	}
	t := s.table("modules", col("slot"), col("size"), col("kind"), col("speed"), col("maker"), col("part"), col("serial", Serials))
	all, err := m.profile(ctx, "SPMemoryDataType")
	t.fail(err)
	for _, bank := range all {
		for _, d := range append(bank.list("_items"), bank) {
			if size := cmp.Or(d.text("dimm_size"), d.text("SPMemoryDataType")); size != "" {
				t.add(d.text("_name"), size, d.text("dimm_type"), d.text("dimm_speed"), d.text("dimm_manufacturer"), d.text("dimm_part_number"), d.text("dimm_serial_number"))
			}
		}
	}
	return nil
}

// parsePages reads vm_stat: what is free or can be made free, in bytes.
func parsePages(out []byte) (available uint64) {
	size := uint64(4096)
	lines(bytes.NewReader(out), func(line string) bool {
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

func probeDisks(ctx context.Context, m *machine, s *sheet) error {
	all, err := mountedVolumes(ctx, m)
	if err != nil {
		s.table("volumes", col("mount")).fail(err)
	} else {
		addVolumes(ctx, m, s, all)
	}
	t := s.table("physical_disks", col("name"), col("model"), col("size", Bytes), col("kind"), col("bus"), col("health"), col("removable"), col("serial", Serials))
	for _, kind := range []string{"SPNVMeDataType", "SPSerialATADataType"} {
		controllers, err := m.profile(ctx, kind)
		t.fail(err)
		for _, c := range controllers {
			for _, d := range c.list("_items") {
				t.add(d.text("bsd_name"), cmp.Or(d.text("device_model"), d.text("_name")), d.number("size_in_bytes"), d.text("spsata_medium_type"),
					strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(kind, "SP"), "DataType")), strings.ToLower(d.text("smart_status")),
					d.text("removable_media") == "yes", strings.TrimSpace(d.text("device_serial")))
			}
		}
	}
	return nil
}

func probeGraphics(ctx context.Context, m *machine, s *sheet) error {
	adapters := s.table("adapters", col("name"), col("vendor"), col("bus"), col("memory"))
	displays := s.table("displays", col("connector"), col("name"), col("resolution"), col("serial", Serials))
	all, err := m.profile(ctx, "SPDisplaysDataType")
	for _, a := range all {
		adapters.add(cmp.Or(a.text("sppci_model"), a.text("_name")), a.text("spdisplays_vendor"), a.text("sppci_bus"), a.text("spdisplays_vram"))
		for _, d := range a.list("spdisplays_ndrvs") {
			displays.add(d.text("spdisplays_connection_type"), d.text("_name"), cmp.Or(d.text("_spdisplays_resolution"), d.text("_spdisplays_pixels")),
				d.text("_spdisplays_display-serial-number"))
		}
	}
	return err
}

func probeDevices(ctx context.Context, m *machine, s *sheet) error {
	usb := s.table("usb", col("port"), col("maker"), col("product"), col("id"), col("speed"), col("serial", Serials))
	buses, err := m.profile(ctx, "SPUSBDataType")
	usb.fail(err)
	var walk func(all []entry, depth int)
	walk = func(all []entry, depth int) {
		for _, d := range all {
			if id := d.text("vendor_id"); id != "" {
				usb.add(d.text("location_id"), d.text("manufacturer"), d.text("_name"), id+":"+d.text("product_id"), d.text("device_speed"), d.text("serial_num"))
			}
			if depth < 8 { // hubs behind hubs: USB allows seven
				walk(d.list("_items"), depth+1)
			}
		}
	}
	walk(buses, 0)
	pci := s.table("pci", col("slot"), col("class"), col("vendor"), col("device"), col("id"), col("driver"))
	cards, err := m.profile(ctx, "SPPCIDataType")
	pci.fail(err)
	for _, d := range cards {
		pci.add(d.text("sppci_slot_name"), d.text("sppci_device_type"), d.text("sppci_vendor-id"), cmp.Or(d.text("sppci_name"), d.text("_name")),
			d.text("sppci_device-id"), d.text("sppci_driver_installed"))
	}
	return nil
}
