package hardware

import (
	"cmp"
	"context"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// Firmware fills the category Firmware: BIOS, board, secure boot, TPM.
func Firmware(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	hardware, err := m.FirstProfile(ctx, "SPHardwareDataType")
	s.Set("bios_vendor", "Apple")
	s.Try("bios_version", hardware.Text("boot_rom_version"), err)
	s.Fail("bios_date", document.ErrUnknown)
	s.Set("board_maker", "Apple")
	s.Try("board_model", hardware.Text("machine_model"), err)
	s.Fail("board_serial", document.ErrUnknown, document.Serials)
	s.Try("system_uuid", hardware.Text("platform_UUID"), err, document.Serials)
	s.Fail("chassis_serial", document.ErrUnknown, document.Serials)
	s.Fail("uefi", document.ErrUnknown)
	bridge, err := m.FirstProfile(ctx, "SPiBridgeDataType")
	s.Try("secure_boot", bridge.Text("ibridge_secure_boot"), err)
	s.Fail("tpm", document.ErrUnknown)
	return nil
}

// Sensors fills the category Sensors: temperatures, fans, batteries.
func Sensors(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	s.Table("temperatures", document.Col("sensor"), document.Col("name"), document.Col("temperature", document.Celsius)).Fail(document.ErrUnknown)
	power, err := m.Profile(ctx, "SPPowerDataType")
	if err != nil {
		return err
	}
	batteries := s.Table("batteries", document.Col("name"), document.Col("state"), document.Col("charge", document.Percent), document.Col("health"),
		document.Col("cycles"), document.Col("serial", document.Serials))
	for _, p := range power {
		if connected := p.Text("sppower_battery_charger_connected"); connected != "" {
			s.Set("on_mains_power", connected == "TRUE")
		}
		charge, health, model := p.Object("sppower_battery_charge_info"), p.Object("sppower_battery_health_info"), p.Object("sppower_battery_model_info")
		if charge == nil {
			continue
		}
		state := "discharging"
		switch {
		case charge.Text("sppower_battery_is_charging") == "TRUE":
			state = "charging"
		case charge.Text("sppower_battery_fully_charged") == "TRUE":
			state = "full"
		}
		batteries.Add(cmp.Or(model.Text("sppower_battery_device_name"), p.Text("_name")), state, charge.Number("sppower_battery_state_of_charge"),
			health.Text("sppower_battery_health_maximum_capacity"), health.Number("sppower_battery_cycle_count"), model.Text("sppower_battery_serial_number"))
	}
	return nil
}
