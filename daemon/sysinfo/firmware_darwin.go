package sysinfo

import (
	"cmp"
	"context"
)

func probeFirmware(ctx context.Context, m *machine, s *sheet) error {
	hardware, err := m.one(ctx, "SPHardwareDataType")
	s.set("bios_vendor", "Apple")
	s.try("bios_version", hardware.text("boot_rom_version"), err)
	s.fail("bios_date", errUnknown)
	s.set("board_maker", "Apple")
	s.try("board_model", hardware.text("machine_model"), err)
	s.fail("board_serial", errUnknown, Serials)
	s.try("system_uuid", hardware.text("platform_UUID"), err, Serials)
	s.fail("chassis_serial", errUnknown, Serials)
	s.fail("uefi", errUnknown)
	bridge, err := m.one(ctx, "SPiBridgeDataType")
	s.try("secure_boot", bridge.text("ibridge_secure_boot"), err)
	s.fail("tpm", errUnknown)
	return nil
}

func probeSensors(ctx context.Context, m *machine, s *sheet) error {
	s.table("temperatures", col("sensor"), col("name"), col("temperature", Celsius)).fail(errUnknown)
	power, err := m.profile(ctx, "SPPowerDataType")
	if err != nil {
		return err
	}
	batteries := s.table("batteries", col("name"), col("state"), col("charge", Percent), col("health"), col("cycles"), col("serial", Serials))
	for _, p := range power {
		if connected := p.text("sppower_battery_charger_connected"); connected != "" {
			s.set("on_mains_power", connected == "TRUE")
		}
		charge, health, model := p.object("sppower_battery_charge_info"), p.object("sppower_battery_health_info"), p.object("sppower_battery_model_info")
		if charge == nil {
			continue
		}
		state := "discharging"
		switch {
		case charge.text("sppower_battery_is_charging") == "TRUE":
			state = "charging"
		case charge.text("sppower_battery_fully_charged") == "TRUE":
			state = "full"
		}
		batteries.add(cmp.Or(model.text("sppower_battery_device_name"), p.text("_name")), state, charge.number("sppower_battery_state_of_charge"),
			health.text("sppower_battery_health_maximum_capacity"), health.number("sppower_battery_cycle_count"), model.text("sppower_battery_serial_number"))
	}
	return nil
}
