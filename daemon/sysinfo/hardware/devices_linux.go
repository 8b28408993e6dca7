package hardware

import (
	"context"
	"errors"
	"path"
	"strconv"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// pciDevice is one device of the PCI bus.
type pciDevice struct {
	slot, class, id        string // class: six hexadecimal digits; id: vendor:device
	vendor, device, driver string
}

// Devices fills the category Devices: PCI and USB.
func Devices(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	pci := s.Table("pci", document.Col("slot"), document.Col("class"), document.Col("vendor"), document.Col("device"), document.Col("id"), document.Col("driver"))
	names := pciNames(m)
	for _, d := range pciDevices(m, names) {
		pci.Add(d.slot, className(d.class), d.vendor, d.device, d.id, d.driver)
	}
	if len(names) == 0 {
		s.Fail("pci_names", errors.New("no list of device names is installed (pci.ids)"))
	}
	usb := s.Table("usb", document.Col("port"), document.Col("maker"), document.Col("product"), document.Col("id"),
		document.Col("speed", document.BitsPerSec), document.Col("driver"), document.Col("serial", document.Serials))
	for _, dir := range m.Glob("/sys/bus/usb/devices/*") {
		id := m.Line(dir + "/idVendor")
		if id == "" { // an interface of a device
			continue
		}
		var speed any
		if mbit, err := strconv.ParseFloat(m.Line(dir+"/speed"), 64); err == nil { // the slowest is 1.5
			speed = uint64(mbit * 1e6)
		}
		usb.Add(path.Base(dir), m.Line(dir+"/manufacturer"), m.Line(dir+"/product"), id+":"+m.Line(dir+"/idProduct"), speed,
			baseOf(m.Link(dir+"/driver")), formats.Meant(m.Line(dir+"/serial")))
	}
	return nil
}

// baseOf is the last part of a path, "" of none.
func baseOf(name string) string {
	if name == "" {
		return ""
	}
	return path.Base(name)
}

func pciDevices(m *machine.Machine, names map[string]string) (found []pciDevice) {
	for _, slot := range m.List("/sys/bus/pci/devices") {
		dir := "/sys/bus/pci/devices/" + slot
		hex := func(file string) string { return strings.TrimPrefix(m.Line(dir+"/"+file), "0x") }
		vendor, device := hex("vendor"), hex("device")
		d := pciDevice{slot: slot, class: hex("class"), id: vendor + ":" + device, vendor: names[vendor], device: names[vendor+":"+device]}
		d.driver = baseOf(m.Link(dir + "/driver"))
		found = append(found, d)
	}
	return found
}

// pciNames reads the names of the devices that are present from the list that
// distributions install; nil when there is none.
func pciNames(m *machine.Machine) map[string]string {
	wanted := map[string]bool{}
	for _, d := range pciDevices(m, nil) {
		wanted[d.id] = true
	}
	for _, file := range []string{"/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids"} {
		f, err := m.Open(file)
		if err != nil {
			continue
		}
		defer f.Close()
		names, vendor := map[string]string{}, ""
		formats.Lines(f, func(line string) bool {
			id, name, ok := strings.Cut(strings.TrimPrefix(line, "\t"), "  ")
			switch {
			case !ok || line[0] == '#' || strings.HasPrefix(line, "\t\t"):
			case line[0] == 'C': // classes come last
				return false
			case line[0] != '\t':
				vendor, names[id] = id, name
			case wanted[vendor+":"+id]:
				names[vendor+":"+id] = name
			}
			return true
		})
		return names
	}
	return nil
}

// className names the base classes of the PCI standard.
func className(class string) string {
	if len(class) < 2 {
		return ""
	}
	switch class[:2] {
	case "01":
		return "storage"
	case "02":
		return "network"
	case "03":
		return "display"
	case "04":
		return "multimedia"
	case "05":
		return "memory"
	case "06":
		return "bridge"
	case "07":
		return "communication"
	case "08":
		return "system"
	case "09":
		return "input"
	case "0c":
		return "serial bus"
	case "0d":
		return "wireless"
	case "10":
		return "encryption"
	case "12":
		return "accelerator"
	}
	return "other (" + class + ")"
}
