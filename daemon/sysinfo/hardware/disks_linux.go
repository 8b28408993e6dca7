package hardware

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Disks fills the category Disks: volumes with their sizes, physical disks with
// their health.
func Disks(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	volumes, err := mountedVolumes(m)
	if err != nil {
		s.Table("volumes", document.Col("mount")).Fail(err)
	} else {
		addVolumes(ctx, m, s, volumes)
	}
	t := s.Table("physical_disks", document.Col("name"), document.Col("model"), document.Col("size", document.Bytes), document.Col("kind"),
		document.Col("bus"), document.Col("health"), document.Col("removable"),
		document.Col("read_only"), document.Col("serial", document.Serials))
	names := physicalDisks(m)
	health, err := healthOf(ctx, m, names)
	for i, name := range names {
		dir := "/sys/block/" + name
		size, _ := m.Number(dir + "/size").(int64) // in units of 512 bytes whatever the disk has
		vendor := m.Line(dir + "/device/vendor")
		if strings.HasPrefix(vendor, "0x") { // virtio has a number there
			vendor = ""
		}
		model := strings.TrimSpace(vendor + " " + m.Line(dir+"/device/model"))
		t.Add(deviceOf(name), cmp.Or(model, m.Line(dir+"/device/name")), uint64(max(size, 0))*512, diskKind(m, dir), diskBus(m, dir), health[i],
			m.Line(dir+"/removable") == "1", m.Line(dir+"/ro") == "1", diskSerial(m, dir))
	}
	s.Try("disk_health", "see physical disks", err)
	return nil
}

// deviceOf is a disk's name below /dev. Where that has a slash, sysfs writes an
// exclamation mark.
func deviceOf(name string) string { return strings.ReplaceAll(name, "!", "/") }

func diskSerial(m *machine.Machine, dir string) string {
	return cmp.Or(formats.Meant(m.Line(dir+"/device/serial")), formats.Meant(m.Line(dir+"/serial")), formats.Meant(m.Line(dir+"/device/wwid")), formats.Meant(m.Line(dir+"/wwid")))
}

// madeUp are block devices that programs or the kernel make out of something
// else: a file, memory, other disks, another computer.
var madeUp = regexp.MustCompile(`^(?:loop|ram|zram|dm-|md|nbd|sr|fd|zd|drbd|rbd|bcache|mtdblock|ubiblock|nullb|ublkb|vdo)_?[0-9]|^md[_p]|^etherd!` +
	`|^mmcblk[0-9]+(?:boot[0-9]+|rpmb|gp[0-9]+)$`) // parts of a memory card

// physicalDisks are the disks that are real devices, and those that a hypervisor
// gives a virtual machine in their place.
func physicalDisks(m *machine.Machine) (names []string) {
	seen := map[string]bool{}
	for _, name := range m.List("/sys/block") {
		dir := "/sys/block/" + name
		size := m.Line(dir + "/size")
		empty := size == "0" && m.Line(dir+"/removable") != "0" // a reader without a card; a fixed disk is broken
		if madeUp.MatchString(name) || virtual(m.Link(dir)) || empty || m.Line(dir+"/hidden") == "1" {
			continue
		}
		if id := m.Line(dir + "/device/wwid"); id != "" && multipath(m, dir) {
			if seen[id] { // another way to the same disk
				continue
			}
			seen[id] = true
		}
		names = append(names, name)
	}
	return names
}

// virtual reports whether a disk at that place in the device tree is none: the kernel's
// own, and tests of SCSI in memory. NVMe with several paths has a virtual head.
func virtual(at string) bool {
	return strings.Contains(at, "/devices/virtual/") && !strings.HasPrefix(path.Base(at), "nvme") ||
		strings.Contains(at, "/devices/pseudo_") || strings.Contains(at, "/devices/tcm_loop_")
}

// multipath reports whether several ways lead to the disk.
func multipath(m *machine.Machine, dir string) bool {
	return slices.ContainsFunc(m.List(dir+"/holders"), func(holder string) bool {
		return strings.HasPrefix(m.Line("/sys/block/"+holder+"/dm/uuid"), "mpath-")
	})
}

func diskKind(m *machine.Machine, dir string) string {
	switch diskBus(m, dir) {
	case "virtio", "xen", "hyper-v":
		return "virtual"
	}
	switch m.Line(dir + "/queue/rotational") {
	case "1":
		return "hdd"
	case "0":
		return "ssd"
	}
	return ""
}

// diskBus is read from the disk's path in the device tree. The bus nearest to the
// disk counts: a USB stick is on USB, and behind that on PCI.
func diskBus(m *machine.Machine, dir string) string {
	at := m.Link(dir)
	for _, file := range append(m.Glob(dir+"/device/nvme*/transport"), dir+"/device/transport") {
		if way := m.Line(file); way != "" && way != "pcie" && strings.Contains(at, "/nvme") { // a disk of another computer
			return "nvme over " + way
		}
	}
	for _, bus := range [][2]string{
		{"/nvme", "nvme"}, {"/usb", "usb"}, {"/ata", "ata"}, {"/virtio", "virtio"}, {"/mmc", "mmc"}, {"/vbd-", "xen"}, {"/xen", "xen"},
		{"/session", "iscsi"}, {"/end_device-", "sas"}, {"/rport-", "fibre channel"}, {"/VMBUS", "hyper-v"}, {"/vmbus", "hyper-v"}, {"/css", "ccw"}, {"/rbd", "rbd"},
	} {
		if strings.Contains(at, bus[0]) {
			return bus[1]
		}
	}
	return ""
}

// healthOf asks each disk whether it is healthy, a few at a time: a storage server
// has sixty. The error is why some did not answer.
func healthOf(ctx context.Context, m *machine.Machine, names []string) (states []any, failed error) {
	states = make([]any, len(names))
	errs := make([]error, len(names))
	ctx, cancel := machine.Soft(ctx)
	defer cancel()
	var wait sync.WaitGroup
	slots := make(chan struct{}, 3)
	for i, name := range names {
		slots <- struct{}{}
		if i > 0 && errors.Is(errs[0], exec.ErrNotFound) { // asked and there is no such tool: it is the same for all
			<-slots
			break
		}
		run := func() {
			defer func() { <-slots }()
			states[i], errs[i] = smart(ctx, m, name)
		}
		if i == 0 {
			run()
		} else {
			wait.Go(run)
		}
	}
	wait.Wait()
	for _, err := range errs {
		failed = cmp.Or(failed, err)
	}
	return states, failed
}

// smart asks one disk: "passed" or "failed". One that sleeps is not woken.
func smart(ctx context.Context, m *machine.Machine, name string) (any, error) {
	out, err := m.Tool(ctx, "smartctl", "--json", "--nocheck=standby", "--health", "/dev/"+deviceOf(name))
	var answer struct {
		Status *struct {
			Passed bool `json:"passed"`
		} `json:"smart_status"`
		Power *struct{} `json:"power_mode"`
	}
	switch unread := json.Unmarshal(out, &answer); {
	case unread == nil && answer.Status != nil && answer.Status.Passed:
		return "passed", nil
	case unread == nil && answer.Status != nil:
		return "failed", nil
	case unread == nil && answer.Power != nil:
		return "asleep, not asked", nil
	}
	return nil, cmp.Or(err, document.ErrUnknown)
}
