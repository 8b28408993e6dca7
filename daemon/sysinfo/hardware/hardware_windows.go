package hardware

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// CPU fills the category CPU: model, cores, speed, load.
func CPU(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	used, usedErr := cpu.PercentWithContext(ctx, 100*time.Millisecond, false)
	const key = `HARDWARE\DESCRIPTION\System\CentralProcessor\0`
	s.Set("model", strings.TrimSpace(machine.RegText(registry.LOCAL_MACHINE, key, "ProcessorNameString")))
	s.Set("vendor", machine.RegText(registry.LOCAL_MACHINE, key, "VendorIdentifier"))
	sockets, err := machine.Query[struct {
		NumberOfCores, NumberOfLogicalProcessors, CurrentClockSpeed, MaxClockSpeed uint32
	}](ctx, m, machine.CIMv2, "Win32_Processor", "")
	if err == nil && len(sockets) == 0 {
		err = document.ErrUnknown
	}
	var cores, threads, speed, fastest uint64
	for _, p := range sockets {
		cores += uint64(p.NumberOfCores)
		threads += uint64(p.NumberOfLogicalProcessors)
		speed, fastest = uint64(p.CurrentClockSpeed)*1e6, uint64(p.MaxClockSpeed)*1e6
	}
	s.Try("sockets", len(sockets), err)
	s.Try("cores", machine.Some(cores), err)
	s.Try("threads", machine.Some(threads), err)
	s.Try("speed", machine.Some(speed), err, document.Hertz)
	s.Try("max_speed", machine.Some(fastest), err, document.Hertz)
	for _, name := range []string{"load_1_min", "load_5_min", "load_15_min"} {
		s.Fail(name, document.ErrUnknown)
	}
	if usedErr != nil || len(used) == 0 {
		s.Fail("usage", document.ErrUnknown, document.Percent)
		return nil
	}
	s.Set("usage", document.Round(used[0]), document.Percent)
	return nil
}

// Memory fills the category Memory: RAM, swap, modules.
func Memory(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	if err := setMemory(ctx, s); err != nil {
		return err
	}
	t := s.Table("modules", document.Col("slot"), document.Col("size", document.Bytes), document.Col("kind"), document.Col("speed_mt_s"),
		document.Col("maker"), document.Col("part"), document.Col("serial", document.Serials))
	modules, err := machine.Query[struct {
		DeviceLocator, Manufacturer, PartNumber, SerialNumber string
		Capacity                                              uint64
		Speed, SMBIOSMemoryType                               uint32
	}](ctx, m, machine.CIMv2, "Win32_PhysicalMemory", "")
	t.Fail(err)
	for _, d := range modules {
		t.Add(d.DeviceLocator, machine.Some(d.Capacity), formats.MemoryKind(byte(d.SMBIOSMemoryType)), machine.Some(d.Speed), formats.Meant(d.Manufacturer),
			formats.Meant(d.PartNumber), formats.Meant(d.SerialNumber))
	}
	return nil
}

// Disks fills the category Disks: volumes with their sizes, physical disks with
// their health.
func Disks(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	all, err := mountedVolumes(ctx, m)
	if err != nil {
		s.Table("volumes", document.Col("mount")).Fail(err)
	} else {
		addVolumes(ctx, m, s, all)
	}
	t := s.Table("physical_disks", document.Col("name"), document.Col("model"), document.Col("size", document.Bytes), document.Col("kind"),
		document.Col("bus"), document.Col("health"), document.Col("serial", document.Serials))
	disks, err := machine.Query[struct {
		DeviceId, FriendlyName, SerialNumber string
		Size                                 uint64
		MediaType, BusType, HealthStatus     uint16
	}](ctx, m, machine.Storage, "MSFT_PhysicalDisk", "")
	t.Fail(err)
	for _, d := range disks {
		if d.BusType == 15 || d.BusType == 16 { // a file, or made of other disks
			continue
		}
		t.Add(d.DeviceId, d.FriendlyName, machine.Some(d.Size), machine.NameOf(d.MediaType, map[uint16]string{3: "hdd", 4: "ssd", 5: "scm"}),
			machine.NameOf(d.BusType, map[uint16]string{1: "scsi", 3: "ata", 7: "usb", 8: "raid", 9: "iscsi", 10: "sas", 11: "sata", 12: "sd", 13: "mmc", 14: "virtual", 17: "nvme"}),
			machine.NameOf(d.HealthStatus, map[uint16]string{0: "passed", 1: "warning", 2: "failed"}), formats.Meant(d.SerialNumber))
	}
	return nil
}

// Graphics fills the category Graphics: adapters and displays.
func Graphics(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	displays := s.Table("displays", document.Col("connector"), document.Col("name"), document.Col("serial", document.Serials))
	const root = `SYSTEM\CurrentControlSet\Enum\DISPLAY`
	for _, model := range machine.RegKeys(registry.LOCAL_MACHINE, root) {
		for _, instance := range machine.RegKeys(registry.LOCAL_MACHINE, root+`\`+model) {
			k, err := registry.OpenKey(registry.LOCAL_MACHINE, root+`\`+model+`\`+instance+`\Device Parameters`, registry.QUERY_VALUE)
			if err != nil {
				continue
			}
			if edid, _, err := k.GetBinaryValue("EDID"); err == nil {
				name, serial := formats.EDID(edid)
				displays.Add(instance, cmp.Or(name, model), formats.Meant(serial))
			}
			k.Close()
		}
	}
	adapters := s.Table("adapters", document.Col("name"), document.Col("vendor"), document.Col("driver"), document.Col("memory", document.Bytes),
		document.Col("resolution"))
	found, err := machine.Query[struct {
		Name, AdapterCompatibility, DriverVersion, VideoModeDescription string
		AdapterRAM                                                      uint32
	}](ctx, m, machine.CIMv2, "Win32_VideoController", "")
	adapters.Fail(err)
	for _, a := range found {
		adapters.Add(a.Name, a.AdapterCompatibility, a.DriverVersion, machine.Some(a.AdapterRAM), a.VideoModeDescription)
	}
	return nil
}

// hardwareID finds the numbers of vendor and device in a plug-and-play id.
var hardwareID = regexp.MustCompile(`(?:VEN|VID)_([0-9A-Fa-f]{4})&(?:DEV|PID)_([0-9A-Fa-f]{4})`)

// Devices fills the category Devices: PCI and USB.
func Devices(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	all, err := machine.Query[struct {
		Name, Manufacturer, PNPDeviceID, PNPClass, Service string
		ConfigManagerErrorCode                             uint32
	}](ctx, m, machine.CIMv2, "Win32_PnPEntity", "")
	if err != nil {
		return err
	}
	pci := s.Table("pci", document.Col("class"), document.Col("vendor"), document.Col("device"), document.Col("id"), document.Col("driver"))
	usb := s.Table("usb", document.Col("class"), document.Col("maker"), document.Col("product"), document.Col("id"), document.Col("driver"),
		document.Col("serial", document.Serials))
	problems := s.Table("problems", document.Col("device"), document.Col("code"), document.Col("id"))
	for _, d := range all {
		bus, rest, _ := strings.Cut(d.PNPDeviceID, `\`)
		_, instance, _ := strings.Cut(rest, `\`)
		id := rest
		if found := hardwareID.FindStringSubmatch(rest); found != nil {
			id = strings.ToLower(found[1] + ":" + found[2])
		}
		switch bus {
		case "PCI":
			pci.Add(d.PNPClass, d.Manufacturer, d.Name, id, d.Service)
		case "USB":
			serial := instance
			if strings.Contains(instance, "&") { // made up by Windows: the device has none
				serial = ""
			}
			usb.Add(d.PNPClass, d.Manufacturer, d.Name, id, d.Service, serial)
		}
		if d.ConfigManagerErrorCode != 0 {
			problems.Add(d.Name, d.ConfigManagerErrorCode, id)
		}
	}
	return nil
}

// Sensors fills the category Sensors: temperatures, fans, batteries.
func Sensors(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	batteries := s.Table("batteries", document.Col("name"), document.Col("state"), document.Col("charge", document.Percent))
	found, err := machine.Query[struct {
		Name                     string
		EstimatedChargeRemaining uint16
		BatteryStatus            uint16
	}](ctx, m, machine.CIMv2, "Win32_Battery", "")
	batteries.Fail(err)
	mains := true
	for _, b := range found {
		mains = mains && b.BatteryStatus != 1 && b.BatteryStatus != 4 && b.BatteryStatus != 5 // low and critical discharge too
		batteries.Add(b.Name, machine.NameOf(b.BatteryStatus, map[uint16]string{1: "discharging", 2: "on mains", 3: "full", 4: "low", 5: "critical",
			6: "charging", 7: "charging", 8: "charging", 9: "charging"}), b.EstimatedChargeRemaining)
	}
	s.Try("on_mains_power", mains, err)
	t := s.Table("temperatures", document.Col("name"), document.Col("temperature", document.Celsius))
	zones, err := machine.Query[struct {
		InstanceName       string
		CurrentTemperature uint32
	}](ctx, m, machine.ACPI, "MSAcpi_ThermalZoneTemperature", "")
	t.Fail(err)
	for _, z := range zones {
		t.Add(z.InstanceName, document.Round(float64(z.CurrentTemperature)/10-273.15))
	}
	return nil
}
