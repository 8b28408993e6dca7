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

// DMI is where Linux shows the firmware's tables, one text in a file.
const DMI = "/sys/class/dmi/id/"

// setBoard sets an item from what the firmware says.
func setBoard(m *machine.Machine, s *document.Sheet, item, file string, marks ...document.Mark) {
	text, err := m.Read(DMI + file)
	s.Try(item, formats.Meant(string(text)), err, marks...)
}

// DeviceTree is a text of the device tree, which ends with a zero byte. Of a list the
// first counts.
func DeviceTree(m *machine.Machine, name string) string {
	for _, dir := range []string{"/proc/device-tree/", "/sys/firmware/devicetree/base/"} {
		text, _ := m.Read(dir + name)
		first, _, _ := strings.Cut(string(text), "\x00")
		if first = formats.Meant(first); first != "" {
			return first
		}
	}
	return ""
}

// Identity is what a computer is sold as.
type Identity struct{ Maker, Model, Serial string }

// Identify takes the best source that this kind of computer has: the firmware's
// tables, the board where the tables of the system were never filled in, the
// device tree, the hypervisor of a mainframe.
func Identify(m *machine.Machine) (id Identity) {
	read := func(file string) string { return formats.Meant(m.Line(DMI + file)) }
	id = Identity{read("sys_vendor"), read("product_name"), read("product_serial")}
	if strings.EqualFold(id.Maker, "lenovo") { // the name stands in the version, the product is a number
		if version := read("product_version"); strings.Contains(version, " ") {
			id.Model = strings.TrimSpace(version + " " + id.Model)
		}
	}
	if id.Model == "" {
		id.Model = read("board_name")
		id.Maker = cmp.Or(id.Maker, read("board_vendor"))
	}
	id.Maker = cmp.Or(id.Maker, read("board_vendor"), read("chassis_vendor"))
	id.Serial = cmp.Or(id.Serial, read("board_serial"), read("chassis_serial"))
	host := Mainframe(m)
	id.Maker = cmp.Or(id.Maker, host["Manufacturer"], DeviceTree(m, "vendor"))
	id.Model = cmp.Or(id.Model, DeviceTree(m, "model"), machineName(host["Type"]))
	id.Serial = cmp.Or(id.Serial, DeviceTree(m, "serial-number"), DeviceTree(m, "system-id"), strings.TrimLeft(formats.Meant(host["Sequence Code"]), "0"))
	if id.Maker == "" {
		maker, _, _ := strings.Cut(DeviceTree(m, "compatible"), ",") // "raspberrypi,4-model-b"
		id.Maker = maker
	}
	if id.Model == "" || id.Serial == "" {
		text, _ := m.Read("/proc/cpuinfo")
		p := parseCPU(text)
		if strings.HasPrefix(p.model, "IBM ") { // a mainframe is its processor
			p.board = p.model
		}
		id.Model, id.Serial = cmp.Or(id.Model, p.board), cmp.Or(id.Serial, formats.Meant(p.serial))
	}
	return id
}

// Mainframe reads /proc/sysinfo of a mainframe: "Key: value" lines.
func Mainframe(m *machine.Machine) map[string]string {
	text, err := m.Read("/proc/sysinfo")
	if err != nil {
		return nil
	}
	values := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok {
			values[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return values
}

// machineName names a mainframe by its type.
func machineName(kind string) string {
	name, ok := map[string]string{
		"2064": "z900", "2066": "z800", "2084": "z990", "2086": "z890", "2094": "z9 EC", "2096": "z9 BC", "2097": "z10 EC", "2098": "z10 BC",
		"2817": "z196", "2818": "z114", "2827": "zEC12", "2828": "zBC12", "2964": "z13", "2965": "z13s", "3906": "z14", "3907": "z14 ZR1",
		"8561": "z15", "8562": "z15 T02", "3931": "z16", "3932": "z16 A02", "9175": "z17", "9176": "z17 ME1",
	}[kind]
	switch {
	case kind == "":
		return ""
	case ok:
		return "IBM " + name + " (" + kind + ")"
	}
	return "IBM machine " + kind
}

// Firmware fills the category Firmware: BIOS, board, secure boot, TPM.
func Firmware(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	setBoard(m, s, "bios_vendor", "bios_vendor")
	setBoard(m, s, "bios_version", "bios_version")
	setBoard(m, s, "bios_date", "bios_date")
	setBoard(m, s, "board_maker", "board_vendor")
	setBoard(m, s, "board_model", "board_name")
	setBoard(m, s, "board_serial", "board_serial", document.Serials)
	setBoard(m, s, "system_uuid", "product_uuid", document.Serials)
	setBoard(m, s, "chassis_serial", "chassis_serial", document.Serials)
	const secureBoot = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
	switch v, err := m.Read(secureBoot); {
	case m.Exists("/sys/firmware/efi"):
		s.Set("uefi", true)
		if err == nil && len(v) != 5 { // four bytes of attributes, then the value
			err = document.ErrUnknown
		}
		s.Try("secure_boot", err == nil && v[4] == 1, err)
	case m.Container() != "none" || len(m.List("/sys/firmware")) == 0: // it is hidden there, which says nothing
		s.Fail("uefi", document.ErrUnknown)
		s.Fail("secure_boot", document.ErrUnknown)
	default:
		s.Set("uefi", false)
		s.Fail("secure_boot", err)
	}
	chips := m.List("/sys/class/tpm")
	s.Set("tpm", len(chips) > 0)
	if len(chips) > 0 {
		s.Set("tpm_version", m.Line(path.Join("/sys/class/tpm", chips[0], "tpm_version_major")))
	}
	return nil
}
