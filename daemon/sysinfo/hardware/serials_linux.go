package hardware

import (
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Serials are the numbers that tell this computer from all others. They are searched for
// in all texts, also when the categories that list them are not collected.
func Serials(m *machine.Machine) (all []string) {
	files := []string{"/etc/machine-id", "/var/lib/dbus/machine-id"}
	for _, name := range []string{"product_serial", "board_serial", "chassis_serial", "product_uuid"} {
		files = append(files, DMI+name)
	}
	for _, pattern := range []string{
		"/sys/block/*/device/serial", "/sys/block/*/serial", "/sys/block/*/device/wwid", "/sys/block/*/wwid", "/sys/class/power_supply/*/serial_number",
		"/sys/bus/usb/devices/*/serial", "/sys/class/net/*/phys_switch_id",
	} {
		files = append(files, m.Glob(pattern)...)
	}
	for _, file := range files {
		all = append(all, formats.Meant(m.Line(file)))
	}
	return append(all, Identify(m).Serial)
}
