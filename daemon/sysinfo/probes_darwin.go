package sysinfo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"howett.net/plist"
)

// entry is an object of system_profiler, whose keys are not translated.
type entry map[string]any

func (e entry) text(key string) string {
	t, _ := e[key].(string)
	return t
}

// number is a number of JSON or of a property list; nil when there is none.
func (e entry) number(key string) any {
	switch n := e[key].(type) {
	case float64:
		return int64(n)
	case uint64, int64:
		return n
	}
	return nil
}

func (e entry) object(key string) entry {
	o, _ := e[key].(map[string]any)
	return o
}

func (e entry) list(key string) (all []entry) {
	items, _ := e[key].([]any)
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

// profile asks system_profiler for one kind of data.
func (m *machine) profile(ctx context.Context, kind string) ([]entry, error) {
	out, err := m.tool(ctx, "system_profiler", "-json", "-detailLevel", "full", kind)
	if err != nil {
		return nil, err
	}
	var answer map[string]any
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, err
	}
	return entry(answer).list(kind), nil
}

// one is the first entry of a kind.
func (m *machine) one(ctx context.Context, kind string) (entry, error) {
	all, err := m.profile(ctx, kind)
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, errUnknown
	}
	return all[0], nil
}

// properties reads a property list; nil when there is none.
func (m *machine) properties(file string) entry {
	text, err := m.read(file)
	if err != nil {
		return nil
	}
	var values map[string]any
	if plist.NewDecoder(bytes.NewReader(text)).Decode(&values) != nil {
		return nil
	}
	return values
}

// peopleOf are those who have a home directory.
func peopleOf(ctx context.Context, m *machine) (p people) {
	for _, name := range m.list("/Users") {
		if name != "Shared" && !strings.HasPrefix(name, ".") {
			p.names = append(p.names, name)
		}
	}
	for _, a := range accounts(m) { // /etc/passwd has the accounts of the system
		p.service = append(p.service, a.name)
	}
	if out, err := m.tool(ctx, "dscl", "-plist", ".", "-readall", "/Users", "RecordName", "RealName", "UniqueID", "UserShell"); err == nil {
		for _, r := range parseDirectory(out) {
			if r.person() {
				p.names = append(p.names, r.name, r.full)
			}
		}
	}
	p.names = append(p.names, m.variable("USER", "LOGNAME"))
	return p
}

const systemVersion = "/System/Library/CoreServices/SystemVersion.plist"

func probeSummary(ctx context.Context, m *machine, s *sheet) error {
	host, err := m.hostname()
	s.try("host", host, err)
	version := m.properties(systemVersion)
	hardware, err := m.one(ctx, "SPHardwareDataType")
	s.set("maker", "Apple")
	s.try("model", strings.TrimSpace(hardware.text("machine_name")+" "+hardware.text("machine_model")), err)
	s.try("serial", hardware.text("serial_number"), err, Serials)
	s.set("os", strings.TrimSpace(version.text("ProductName")+" "+version.text("ProductVersion")))
	boot, err := bootTime()
	if err != nil {
		s.fail("uptime", err)
	} else {
		s.set("uptime", m.now().Sub(boot).Round(time.Second))
	}
	s.set("time_zone", timeZone(m))
	s.set("locale", cmp.Or(m.properties(m.variable("HOME")+"/Library/Preferences/.GlobalPreferences.plist").text("AppleLocale"), m.variable("LANG")))
	s.try("last_boot", boot, err)
	s.set("user", m.variable("USER", "LOGNAME"), UserNames)
	return nil
}

func bootTime() (time.Time, error) {
	t, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return time.Time{}, err
	}
	return time.Unix(t.Unix()), nil
}

func probeOS(ctx context.Context, m *machine, s *sheet) error {
	version := m.properties(systemVersion)
	s.set("name", version.text("ProductName"))
	s.set("version", strings.TrimSpace(version.text("ProductVersion")+" ("+version.text("ProductBuildVersion")+")"))
	s.set("id", "macos")
	setSysctl(s, "kernel", "kern.osrelease")
	setSysctl(s, "kernel_build", "kern.version")
	setSysctl(s, "architecture", "hw.machine")
	software, err := m.one(ctx, "SPSoftwareDataType")
	s.try("boot_mode", software.text("boot_mode"), err)
	s.try("integrity_protection", software.text("system_integrity"), err)
	s.try("secure_virtual_memory", software.text("secure_vm"), err)
	return nil
}

func setSysctl(s *sheet, item, name string) {
	text, err := unix.Sysctl(name)
	s.try(item, text, err)
}

// probeUpdates reads what the last search of the system found; nothing is
// fetched.
func probeUpdates(ctx context.Context, m *machine, s *sheet) error {
	found := m.properties("/Library/Preferences/com.apple.SoftwareUpdate.plist")
	pending := found.list("RecommendedUpdates")
	if found == nil {
		s.fail("pending", errUnknown)
	} else {
		s.set("pending", len(pending))
	}
	s.set("source", "softwareupdate")
	s.fail("reboot_required", errUnknown)
	s.set("lists_refreshed", found["LastSuccessfulDate"])
	t := s.table("packages", col("name"), col("version"))
	for _, u := range pending {
		t.add(u.text("Display Name"), u.text("Display Version"))
	}
	installed := s.table("installed", col("name"), col("version"), col("installed"))
	history, err := m.profile(ctx, "SPInstallHistoryDataType")
	installed.fail(err)
	for _, h := range history {
		installed.add(h.text("_name"), h.text("install_version"), h.text("install_date"))
	}
	return nil
}

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

// homes are the home directories that may be read.
func homes(m *machine) (homes []string) {
	for _, name := range m.list("/Users") {
		homes = append(homes, path.Join("/Users", name))
	}
	return homes
}
