package sysinfo

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"golang.org/x/sys/windows/registry"
)

func probeCPU(ctx context.Context, m *machine, s *sheet) error {
	used, usedErr := cpu.PercentWithContext(ctx, 100*time.Millisecond, false)
	const key = `HARDWARE\DESCRIPTION\System\CentralProcessor\0`
	s.set("model", strings.TrimSpace(regText(registry.LOCAL_MACHINE, key, "ProcessorNameString")))
	s.set("vendor", regText(registry.LOCAL_MACHINE, key, "VendorIdentifier"))
	sockets, err := query[struct {
		NumberOfCores, NumberOfLogicalProcessors, CurrentClockSpeed, MaxClockSpeed uint32
	}](ctx, m, cimv2, "Win32_Processor", "")
	if err == nil && len(sockets) == 0 {
		err = errUnknown
	}
	var cores, threads, speed, fastest uint64
	for _, p := range sockets {
		cores += uint64(p.NumberOfCores)
		threads += uint64(p.NumberOfLogicalProcessors)
		speed, fastest = uint64(p.CurrentClockSpeed)*1e6, uint64(p.MaxClockSpeed)*1e6
	}
	s.try("sockets", len(sockets), err)
	s.try("cores", some(cores), err)
	s.try("threads", some(threads), err)
	s.try("speed", some(speed), err, Hertz)
	s.try("max_speed", some(fastest), err, Hertz)
	for _, name := range []string{"load_1_min", "load_5_min", "load_15_min"} {
		s.fail(name, errUnknown)
	}
	if usedErr != nil || len(used) == 0 {
		s.fail("usage", errUnknown, Percent)
		return nil
	}
	s.set("usage", round(used[0]), Percent)
	return nil
}

func probeMemory(ctx context.Context, m *machine, s *sheet) error {
	if err := setMemory(ctx, s); err != nil {
		return err
	}
	t := s.table("modules", col("slot"), col("size", Bytes), col("kind"), col("speed_mt_s"), col("maker"), col("part"), col("serial", Serials))
	modules, err := query[struct {
		DeviceLocator, Manufacturer, PartNumber, SerialNumber string
		Capacity                                              uint64
		Speed, SMBIOSMemoryType                               uint32
	}](ctx, m, cimv2, "Win32_PhysicalMemory", "")
	t.fail(err)
	for _, d := range modules {
		t.add(d.DeviceLocator, some(d.Capacity), memoryKind(byte(d.SMBIOSMemoryType)), some(d.Speed), meant(d.Manufacturer),
			meant(d.PartNumber), meant(d.SerialNumber))
	}
	return nil
}

func probeDisks(ctx context.Context, m *machine, s *sheet) error {
	all, err := mountedVolumes(ctx, m)
	if err != nil {
		s.table("volumes", col("mount")).fail(err)
	} else {
		addVolumes(ctx, m, s, all)
	}
	t := s.table("physical_disks", col("name"), col("model"), col("size", Bytes), col("kind"), col("bus"), col("health"), col("serial", Serials))
	disks, err := query[struct {
		DeviceId, FriendlyName, SerialNumber string
		Size                                 uint64
		MediaType, BusType, HealthStatus     uint16
	}](ctx, m, storage, "MSFT_PhysicalDisk", "")
	t.fail(err)
	for _, d := range disks {
		if d.BusType == 15 || d.BusType == 16 { // a file, or made of other disks
			continue
		}
		t.add(d.DeviceId, d.FriendlyName, some(d.Size), nameOf(d.MediaType, map[uint16]string{3: "hdd", 4: "ssd", 5: "scm"}),
			nameOf(d.BusType, map[uint16]string{1: "scsi", 3: "ata", 7: "usb", 8: "raid", 9: "iscsi", 10: "sas", 11: "sata", 12: "sd", 13: "mmc", 14: "virtual", 17: "nvme"}),
			nameOf(d.HealthStatus, map[uint16]string{0: "passed", 1: "warning", 2: "failed"}), meant(d.SerialNumber))
	}
	return nil
}

func probeGraphics(ctx context.Context, m *machine, s *sheet) error {
	displays := s.table("displays", col("connector"), col("name"), col("serial", Serials))
	const root = `SYSTEM\CurrentControlSet\Enum\DISPLAY`
	for _, model := range regKeys(registry.LOCAL_MACHINE, root) {
		for _, instance := range regKeys(registry.LOCAL_MACHINE, root+`\`+model) {
			k, err := registry.OpenKey(registry.LOCAL_MACHINE, root+`\`+model+`\`+instance+`\Device Parameters`, registry.QUERY_VALUE)
			if err != nil {
				continue
			}
			if edid, _, err := k.GetBinaryValue("EDID"); err == nil {
				name, serial := parseEDID(edid)
				displays.add(instance, cmp.Or(name, model), meant(serial))
			}
			k.Close()
		}
	}
	adapters := s.table("adapters", col("name"), col("vendor"), col("driver"), col("memory", Bytes), col("resolution"))
	found, err := query[struct {
		Name, AdapterCompatibility, DriverVersion, VideoModeDescription string
		AdapterRAM                                                      uint32
	}](ctx, m, cimv2, "Win32_VideoController", "")
	adapters.fail(err)
	for _, a := range found {
		adapters.add(a.Name, a.AdapterCompatibility, a.DriverVersion, some(a.AdapterRAM), a.VideoModeDescription)
	}
	return nil
}

// hardwareID finds the numbers of vendor and device in a plug-and-play id.
var hardwareID = regexp.MustCompile(`(?:VEN|VID)_([0-9A-Fa-f]{4})&(?:DEV|PID)_([0-9A-Fa-f]{4})`)

func probeDevices(ctx context.Context, m *machine, s *sheet) error {
	all, err := query[struct {
		Name, Manufacturer, PNPDeviceID, PNPClass, Service string
		ConfigManagerErrorCode                             uint32
	}](ctx, m, cimv2, "Win32_PnPEntity", "")
	if err != nil {
		return err
	}
	pci := s.table("pci", col("class"), col("vendor"), col("device"), col("id"), col("driver"))
	usb := s.table("usb", col("class"), col("maker"), col("product"), col("id"), col("driver"), col("serial", Serials))
	problems := s.table("problems", col("device"), col("code"), col("id"))
	for _, d := range all {
		bus, rest, _ := strings.Cut(d.PNPDeviceID, `\`)
		_, instance, _ := strings.Cut(rest, `\`)
		id := rest
		if found := hardwareID.FindStringSubmatch(rest); found != nil {
			id = strings.ToLower(found[1] + ":" + found[2])
		}
		switch bus {
		case "PCI":
			pci.add(d.PNPClass, d.Manufacturer, d.Name, id, d.Service)
		case "USB":
			serial := instance
			if strings.Contains(instance, "&") { // made up by Windows: the device has none
				serial = ""
			}
			usb.add(d.PNPClass, d.Manufacturer, d.Name, id, d.Service, serial)
		}
		if d.ConfigManagerErrorCode != 0 {
			problems.add(d.Name, d.ConfigManagerErrorCode, id)
		}
	}
	return nil
}

func probeSensors(ctx context.Context, m *machine, s *sheet) error {
	batteries := s.table("batteries", col("name"), col("state"), col("charge", Percent))
	found, err := query[struct {
		Name                     string
		EstimatedChargeRemaining uint16
		BatteryStatus            uint16
	}](ctx, m, cimv2, "Win32_Battery", "")
	batteries.fail(err)
	mains := true
	for _, b := range found {
		mains = mains && b.BatteryStatus != 1 && b.BatteryStatus != 4 && b.BatteryStatus != 5 // low and critical discharge too
		batteries.add(b.Name, nameOf(b.BatteryStatus, map[uint16]string{1: "discharging", 2: "on mains", 3: "full", 4: "low", 5: "critical",
			6: "charging", 7: "charging", 8: "charging", 9: "charging"}), b.EstimatedChargeRemaining)
	}
	s.try("on_mains_power", mains, err)
	t := s.table("temperatures", col("name"), col("temperature", Celsius))
	zones, err := query[struct {
		InstanceName       string
		CurrentTemperature uint32
	}](ctx, m, acpi, "MSAcpi_ThermalZoneTemperature", "")
	t.fail(err)
	for _, z := range zones {
		t.add(z.InstanceName, round(float64(z.CurrentTemperature)/10-273.15))
	}
	return nil
}
