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

// Sensors fills the category Sensors: temperatures, fans, batteries.
func Sensors(_ context.Context, m *machine.Machine, s *document.Sheet) error {
	t := s.Table("temperatures", document.Col("sensor"), document.Col("name"), document.Col("temperature", document.Celsius),
		document.Col("critical", document.Celsius))
	fans := s.Table("fans", document.Col("sensor"), document.Col("name"), document.Col("turns_per_minute"))
	for _, chip := range m.Glob("/sys/class/hwmon/hwmon*") {
		if len(m.Glob(chip+"/*_input")) == 0 { // a kernel before 3.14 kept them with the device
			chip += "/device"
		}
		sensor := cmp.Or(m.Line(chip+"/name"), m.Line(path.Dir(chip)+"/name"), path.Base(chip))
		for _, file := range m.Glob(chip + "/temp*_input") {
			base := strings.TrimSuffix(file, "_input")
			t.Add(sensor, cmp.Or(m.Line(base+"_label"), path.Base(base)), sensorReading(m, base, milli(m, file)), milli(m, base+"_crit"))
		}
		for _, file := range m.Glob(chip + "/fan*_input") {
			base := strings.TrimSuffix(file, "_input")
			fans.Add(sensor, cmp.Or(m.Line(base+"_label"), path.Base(base)), sensorReading(m, base, m.Number(file)))
		}
	}
	for _, zone := range m.Glob("/sys/class/thermal/thermal_zone*") {
		if len(m.Glob(zone+"/hwmon*")) == 0 { // else it stands above already
			t.Add(path.Base(zone), m.Line(zone+"/type"), milli(m, zone+"/temp"), criticalTrip(m, zone))
		}
	}
	addSupplies(m, s)
	return nil
}

// sensorReading is nil where the chip says that the sensor is broken or absent.
func sensorReading(m *machine.Machine, base string, v any) any {
	if m.Line(base+"_fault") == "1" || m.Line(base+"_enable") == "0" {
		return nil
	}
	return v
}

// criticalTrip is the temperature at which the computer turns itself off.
func criticalTrip(m *machine.Machine, zone string) any {
	for _, file := range m.Glob(zone + "/trip_point_*_type") {
		if m.Line(file) == "critical" {
			return milli(m, strings.TrimSuffix(file, "_type")+"_temp")
		}
	}
	return nil
}

// addSupplies lists batteries, and says whether the computer runs on mains. What
// feeds a mouse or a headset has the scope "Device" and tells nothing about the
// computer: Documentation/ABI/testing/sysfs-class-power.
func addSupplies(m *machine.Machine, s *document.Sheet) {
	t := s.Table("batteries", document.Col("name"), document.Col("state"), document.Col("charge", document.Percent),
		document.Col("health", document.Percent), document.Col("cycles"),
		document.Col("model"), document.Col("serial", document.Serials), document.Col("scope"))
	online, offline, discharging, known := false, false, false, false
	for _, dir := range m.Glob("/sys/class/power_supply/*") {
		kind, scope, state := m.Line(dir+"/type"), strings.ToLower(m.Line(dir+"/scope")), strings.ToLower(m.Line(dir+"/status"))
		if scope != "device" {
			scope = "system"
		}
		if kind == "Battery" || kind == "UPS" {
			if m.Line(dir+"/present") == "0" {
				state = "not present"
			}
			t.Add(path.Base(dir), state, batteryCharge(m, dir), batteryHealth(m, dir), batteryCycles(m, dir),
				strings.TrimSpace(formats.Meant(m.Line(dir+"/manufacturer"))+" "+formats.Meant(m.Line(dir+"/model_name"))), formats.Meant(m.Line(dir+"/serial_number")), scope)
			if scope == "system" && state != "not present" {
				known = true
				discharging = discharging || state == "discharging"
			}
			continue
		}
		feeds := kind == "Mains" || strings.HasPrefix(kind, "USB") || kind == "Wireless" || kind == "BrickID"
		n, ok := m.Number(dir + "/online").(int64) // 2 is a charger whose voltage can be set
		switch {
		case scope == "device" || !feeds || !ok:
		case n > 0:
			online, known = true, true
		default:
			offline, known = true, true
		}
	}
	if !known {
		s.Fail("on_mains_power", document.ErrUnknown)
		return
	}
	s.Set("on_mains_power", online || !offline && !discharging)
}

// batteryCharge is the percentage that the battery tells, or what follows from its
// energy.
func batteryCharge(m *machine.Machine, dir string) any {
	if n, ok := m.Number(dir + "/capacity").(int64); ok && n >= 0 && n <= 110 {
		return min(n, 100)
	}
	return ratio(m, dir, "_now", "_full", 110)
}

// batteryHealth is how many percent a full charge is of a full charge when the
// battery was new; nil when it does not tell.
func batteryHealth(m *machine.Machine, dir string) any {
	return ratio(m, dir, "_full", "_full_design", 200)
}

// ratio is the percentage that one value of a battery is of another, nil when they
// make no sense.
func ratio(m *machine.Machine, dir, a, b string, most float64) any {
	for _, kind := range []string{"energy", "charge"} {
		part, ok1 := m.Number(dir + "/" + kind + a).(int64)
		all, ok2 := m.Number(dir + "/" + kind + b).(int64)
		if p := 100 * float64(part) / float64(all); ok1 && ok2 && all > 0 && part >= 0 && p <= most {
			return document.Round(p)
		}
	}
	return nil
}

// batteryCycles is nil for 0, the answer of batteries that do not count them.
func batteryCycles(m *machine.Machine, dir string) any {
	if n, ok := m.Number(dir + "/cycle_count").(int64); ok && n > 0 {
		return n
	}
	return nil
}

// milli reads a file with thousandths of a unit.
func milli(m *machine.Machine, file string) any {
	n, ok := m.Number(file).(int64)
	if !ok {
		return nil
	}
	return document.Round(float64(n) / 1000)
}
