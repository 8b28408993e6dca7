package hardware

import (
	"cmp"
	"context"
	"path"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Graphics fills the category Graphics: adapters and displays.
func Graphics(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	adapters := s.Table("adapters", document.Col("name"), document.Col("vendor"), document.Col("slot"), document.Col("driver"), document.Col("memory", document.Bytes))
	for _, d := range pciDevices(m, pciNames(m)) {
		if strings.HasPrefix(d.class, "03") {
			adapters.Add(cmp.Or(d.device, d.id), d.vendor, d.slot, d.driver, m.Number("/sys/bus/pci/devices/"+d.slot+"/mem_info_vram_total"))
		}
	}
	for _, card := range m.Glob("/sys/class/drm/card[0-9]*") {
		if strings.Contains(path.Base(card), "-") || m.Exists(card+"/device/class") { // a connector, or on PCI
			continue
		}
		compatible, _, _ := strings.Cut(m.Line(card+"/device/of_node/compatible"), "\x00") // "brcm,bcm2711-vc5"
		vendor, name, _ := strings.Cut(compatible, ",")
		driver := baseOf(m.Link(card + "/device/driver"))
		if name = cmp.Or(name, driver); name != "" {
			adapters.Add(name, vendor, path.Base(card), driver, nil)
		}
	}
	displays := s.Table("displays", document.Col("connector"), document.Col("state"), document.Col("name"), document.Col("resolution"),
		document.Col("serial", document.Serials))
	for _, dir := range m.Glob("/sys/class/drm/card*-*") {
		edid, _ := m.Read(dir + "/edid")
		name, serial := formats.EDID(edid)
		mode, _, _ := strings.Cut(m.Line(dir+"/modes"), "\n")
		displays.Add(path.Base(dir), m.Line(dir+"/status"), name, mode, formats.Meant(serial))
	}
	return nil
}
