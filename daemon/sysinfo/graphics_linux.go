package sysinfo

import (
	"cmp"
	"context"
	"path"
	"strings"
)

func probeGraphics(_ context.Context, m *machine, s *sheet) error {
	adapters := s.table("adapters", col("name"), col("vendor"), col("slot"), col("driver"), col("memory", Bytes))
	for _, d := range pciDevices(m, pciNames(m)) {
		if strings.HasPrefix(d.class, "03") {
			adapters.add(cmp.Or(d.device, d.id), d.vendor, d.slot, d.driver, m.number("/sys/bus/pci/devices/"+d.slot+"/mem_info_vram_total"))
		}
	}
	for _, card := range m.glob("/sys/class/drm/card[0-9]*") {
		if strings.Contains(path.Base(card), "-") || m.exists(card+"/device/class") { // a connector, or on PCI
			continue
		}
		compatible, _, _ := strings.Cut(m.line(card+"/device/of_node/compatible"), "\x00") // "brcm,bcm2711-vc5"
		vendor, name, _ := strings.Cut(compatible, ",")
		driver := baseOf(m.link(card + "/device/driver"))
		if name = cmp.Or(name, driver); name != "" {
			adapters.add(name, vendor, path.Base(card), driver, nil)
		}
	}
	displays := s.table("displays", col("connector"), col("state"), col("name"), col("resolution"), col("serial", Serials))
	for _, dir := range m.glob("/sys/class/drm/card*-*") {
		edid, _ := m.read(dir + "/edid")
		name, serial := parseEDID(edid)
		mode, _, _ := strings.Cut(m.line(dir+"/modes"), "\n")
		displays.add(path.Base(dir), m.line(dir+"/status"), name, mode, meant(serial))
	}
	return nil
}
