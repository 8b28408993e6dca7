package hardware

import (
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S10_SuppliesByScope(t *testing.T) {
	mouse := map[string]string{"hidpp_battery_0/type": "Battery\n", "hidpp_battery_0/scope": "Device\n", "hidpp_battery_0/online": "1\n", "hidpp_battery_0/status": "Discharging\n",
		"hidpp_battery_0/capacity": "80\n", "hidpp_battery_0/model_name": "Wireless Mouse M510\n"}
	laptop := map[string]string{"AC/type": "Mains\n", "AC/online": "0\n", "BAT0/type": "Battery\n", "BAT0/status": "Discharging\n", "BAT0/capacity": "41\n", "BAT0/cycle_count": "0\n", "BAT0/energy_full": "40000000\n",
		"BAT0/energy_full_design": "50000000\n", "BAT0/manufacturer": "SMP  \n", "BAT0/model_name": "LNV-5B10\n", "BAT0/serial_number": " 1234\n"}
	supplies := func(sets ...map[string]string) *machine.Machine {
		files := map[string]string{}
		for _, set := range sets {
			for name, text := range set {
				files["sys/class/power_supply/"+name] = text
			}
		}
		return machinetest.New(machinetest.Tree(files))
	}
	d := probes().Ask(t, supplies(mouse, laptop), document.Sensors)
	if got := machinetest.Item(t, d, document.Sensors, "on_mains_power"); got != "false" {
		t.Errorf("on mains power: %s", got)
	}
	machinetest.Same(t, "batteries", machinetest.Cells(t, machinetest.TableOf(t, d, document.Sensors, "batteries"), "name", "scope", "state", "charge", "health", "cycles", "model", "serial"),
		"BAT0 | system | discharging | 41 | 80 | - | SMP LNV-5B10 | 1234", "hidpp_battery_0 | device | discharging | 80 | - | - | Wireless Mouse M510 | -")
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a desktop with a mouse":      {mouse, "(not available on this system)"},
		"USB-C":                       {map[string]string{"AC/type": "Mains", "AC/online": "0", "ucsi/type": "USB", "ucsi/online": "1", "BAT0/type": "Battery", "BAT0/status": "Charging"}, "true"},
		"a programmable charger":      {map[string]string{"ucsi/type": "USB", "ucsi/online": "2"}, "true"},
		"only a battery, discharging": {map[string]string{"BAT0/type": "Battery", "BAT0/status": "Discharging"}, "false"},
		"only a battery, full":        {map[string]string{"BAT0/type": "Battery", "BAT0/status": "Full"}, "true"},
		"an empty bay":                {map[string]string{"AC/type": "Mains", "AC/online": "1", "BAT1/type": "Battery", "BAT1/present": "0", "BAT1/status": "Discharging"}, "true"},
		"a headset that charges":      {map[string]string{"h/type": "USB", "h/scope": "Device", "h/online": "1", "AC/type": "Mains", "AC/online": "0"}, "false"},
		"nothing":                     {map[string]string{}, "(not available on this system)"},
	} {
		if got := machinetest.Item(t, probes().Ask(t, supplies(c.files), document.Sensors), document.Sensors, "on_mains_power"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	charge := supplies(map[string]string{"BAT0/type": "Battery", "BAT0/charge_now": "500", "BAT0/charge_full": "1000", "BAT0/charge_full_design": "0", "BAT0/serial_number": "00000", "BAT0/model_name": "To Be Filled By O.E.M."})
	machinetest.Same(t, "computed", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, charge, document.Sensors), document.Sensors, "batteries"), "charge", "health", "model", "serial"), "50 | - | - | -")
}

func TestK3S10_EachSensorOnce(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{
		"sys/class/hwmon/hwmon0/name": "coretemp\n", "sys/class/hwmon/hwmon0/temp1_input": "47500\n", "sys/class/hwmon/hwmon0/temp1_label": "Package id 0\n", "sys/class/hwmon/hwmon0/temp1_crit": "100000\n",
		"sys/class/hwmon/hwmon0/temp2_input": "-128000\n", "sys/class/hwmon/hwmon0/temp2_fault": "1\n", "sys/class/hwmon/hwmon0/temp3_input": "-5260\n",
		"sys/class/hwmon/hwmon1/device/name": "old\n", "sys/class/hwmon/hwmon1/device/temp1_input": "30000\n", "sys/class/hwmon/hwmon1/device/fan1_input": "0\n", "sys/class/hwmon/hwmon2/name": "acpitz\n",
		"sys/class/thermal/thermal_zone0/type": "acpitz\n", "sys/class/thermal/thermal_zone0/temp": "27800\n", "sys/class/thermal/thermal_zone0/hwmon2/name": "acpitz\n",
		"sys/class/thermal/thermal_zone1/type": "cpu-thermal\n", "sys/class/thermal/thermal_zone1/temp": "51121\n", "sys/class/thermal/thermal_zone1/trip_point_0_type": "critical\n", "sys/class/thermal/thermal_zone1/trip_point_0_temp": "110000\n",
	}))
	d := probes().Ask(t, m, document.Sensors)
	machinetest.Same(t, "temperatures", machinetest.Cells(t, machinetest.TableOf(t, d, document.Sensors, "temperatures"), "sensor", "name", "temperature", "critical"),
		"coretemp | Package id 0 | 47.5 | 100", "coretemp | temp2 | - | -", "coretemp | temp3 | -5.3 | -", "old | temp1 | 30 | -", "thermal_zone1 | cpu-thermal | 51.1 | 110")
	machinetest.Same(t, "fans", machinetest.Cells(t, machinetest.TableOf(t, d, document.Sensors, "fans"), "sensor", "turns_per_minute"), "old | 0")
}
