package sysinfo

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v3/disk"
	psnet "github.com/shirou/gopsutil/v3/net"
)

// probes are the collectors of this system; most have a file for each.
func probes() map[Category]probe {
	return map[Category]probe{
		Summary: probeSummary, OS: probeOS, Updates: probeUpdates, CPU: probeCPU, Memory: probeMemory, Disks: probeDisks,
		Graphics: probeGraphics, Network: probeNetwork, Connections: probeConnections, Devices: probeDevices, Firmware: probeFirmware,
		Sensors: probeSensors, Processes: probeProcesses, Services: probeServices, Startup: probeStartup, Software: probeSoftware,
		Users: probeUsers, Environment: probeEnvironment, Security: probeSecurity, Log: probeLog, Printers: probePrinters,
	}
}

// probeEnvironment lists the variables of the customer's session.
func probeEnvironment(_ context.Context, m *machine, s *sheet) error {
	if m.environment == nil {
		return errUnknown
	}
	t := s.table("variables", col("name"), col("value"))
	for _, entry := range m.environment {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" { // Windows keeps its drives' directories in "=C:"
			continue
		}
		t.add(name, maskVariable(name, value))
	}
	t.byName()
	return nil
}

// variable is the value of an environment variable of the customer's session.
func (m *machine) variable(names ...string) string {
	for _, name := range names {
		for _, entry := range m.environment {
			if key, value, _ := strings.Cut(entry, "="); strings.EqualFold(key, name) && value != "" {
				return value
			}
		}
	}
	return ""
}

// round keeps one decimal.
func round(v float64) float64 { return float64(int64(v*10+0.5)) / 10 }

// addVolumes lists mounted volumes. Each is asked for its size on its own, since
// a network share whose server is gone never answers.
func addVolumes(ctx context.Context, m *machine, s *sheet) error {
	all, err := disk.PartitionsWithContext(ctx, true)
	if err != nil && len(all) == 0 {
		return err
	}
	all = slices.DeleteFunc(all, func(p disk.PartitionStat) bool { return virtualVolume(p.Fstype, p.Mountpoint) })
	slices.SortStableFunc(all, func(a, b disk.PartitionStat) int { return cmp.Compare(a.Mountpoint, b.Mountpoint) })
	t := s.table("volumes", col("mount"), col("device"), col("filesystem"), col("size", Bytes), col("used", Bytes), col("free", Bytes),
		col("used_percent", Percent), col("read_only"), col("reason"))
	type answer struct {
		usage *disk.UsageStat
		err   error
	}
	answers := make([]answer, len(all))
	var wait sync.WaitGroup
	for i, p := range all[:min(len(all), maxVolumes)] {
		wait.Go(func() {
			u, err := ask(ctx, m.hanging, "volume "+p.Mountpoint, time.Second, func() (*disk.UsageStat, error) {
				return disk.UsageWithContext(ctx, p.Mountpoint)
			})
			answers[i] = answer{u, err}
		})
	}
	wait.Wait()
	for i, p := range all {
		readOnly := slices.Contains(p.Opts, "ro")
		switch a := answers[i]; {
		case a.err != nil:
			t.add(p.Mountpoint, p.Device, p.Fstype, nil, nil, nil, nil, readOnly, why(a.err))
		case a.usage == nil || a.usage.Total == 0:
			t.add(p.Mountpoint, p.Device, p.Fstype, nil, nil, nil, nil, readOnly, nil)
		default:
			u := a.usage
			t.add(p.Mountpoint, p.Device, p.Fstype, u.Total, u.Used, u.Free, round(u.UsedPercent), readOnly, nil)
		}
	}
	return nil
}

// virtualVolume reports whether a mount shows the kernel's own data and no disk.
func virtualVolume(fstype, mount string) bool {
	switch fstype {
	case "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "pstore", "bpf", "tracefs", "debugfs", "configfs",
		"fusectl", "mqueue", "hugetlbfs", "autofs", "binfmt_misc", "efivarfs", "rpc_pipefs", "nsfs", "ramfs", "devfs", "fuse.portal",
		"fuse.gvfsd-fuse", "selinuxfs", "squashfs":
		return true
	case "tmpfs":
		return strings.HasPrefix(mount, "/run/") || strings.HasPrefix(mount, "/sys/") || strings.HasPrefix(mount, "/dev")
	}
	return strings.HasPrefix(mount, "/System/Volumes/") && mount != "/System/Volumes/Data"
}

// adapterDetail is what only the system knows about an adapter.
type adapterDetail struct {
	kind  string // ethernet, wireless, virtual, loopback …
	state string
	speed uint64 // bits per second, 0 when not known
}

// addAdapters lists network adapters with their addresses and counters.
func addAdapters(s *sheet, stats []psnet.IOCountersStat, statsErr error, detail func(net.Interface) adapterDetail) error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	counters := map[string]psnet.IOCountersStat{}
	for _, c := range stats {
		counters[c.Name] = c
	}
	t := s.table("adapters", col("name"), col("kind"), col("state"), col("mac_address", Addresses), col("ip_addresses", Addresses),
		col("mtu"), col("speed", BitsPerSec), col("received", Bytes), col("sent", Bytes), col("errors"))
	for _, i := range interfaces {
		d := detail(i)
		if d.state == "" {
			d.state = "down"
			if i.Flags&net.FlagRunning != 0 {
				d.state = "up"
			}
		}
		var speed, received, sent, errors any
		if d.speed > 0 {
			speed = d.speed
		}
		if c, ok := counters[i.Name]; ok {
			received, sent, errors = c.BytesRecv, c.BytesSent, c.Errin+c.Errout
		}
		t.add(i.Name, d.kind, d.state, i.HardwareAddr.String(), addressesOf(i), i.MTU, speed, received, sent, errors)
	}
	t.fail(statsErr)
	return nil
}

func addressesOf(i net.Interface) string {
	found, _ := i.Addrs()
	texts := make([]string, 0, len(found))
	for _, a := range found {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, ", ")
}

// maxLooking bounds one slow part of a category, so that there is time left to
// show the rest of it.
const maxLooking = 2 * time.Second

// addSockets lists listening and open sockets; listening ones come first.
func addSockets(ctx context.Context, m *machine, s *sheet, read func() ([]psnet.ConnectionStat, error), process func(pid int32) string) {
	t := s.table("sockets", col("protocol"), col("state"), col("local_address", Addresses), col("local_port"),
		col("remote_address", Addresses), col("remote_port"), col("pid"), col("process"))
	all, err := ask(ctx, m.hanging, "sockets", maxLooking, read)
	t.fail(err)
	// What is left of connections that are over is a number, not a page.
	before := len(all)
	all = slices.DeleteFunc(all, func(c psnet.ConnectionStat) bool { return c.Status == "TIME_WAIT" })
	s.set("sockets_in_time_wait", before-len(all))
	slices.SortStableFunc(all, func(a, b psnet.ConnectionStat) int {
		return cmp.Or(cmp.Compare(stateOrder(a.Status), stateOrder(b.Status)), cmp.Compare(a.Laddr.Port, b.Laddr.Port))
	})
	names := map[int32]string{}
	for _, c := range all {
		var pid, name, remote, remotePort any
		if c.Pid > 0 {
			if _, ok := names[c.Pid]; !ok {
				names[c.Pid] = process(c.Pid)
			}
			pid, name = c.Pid, names[c.Pid]
		}
		if c.Raddr.Port != 0 {
			remote, remotePort = c.Raddr.IP, c.Raddr.Port
		}
		state := strings.ToLower(c.Status)
		if state == "none" {
			state = ""
		}
		t.add(protocol(c), state, c.Laddr.IP, c.Laddr.Port, remote, remotePort, pid, name)
	}
}

func stateOrder(state string) int {
	switch state {
	case "LISTEN":
		return 0
	case "ESTABLISHED":
		return 1
	case "NONE":
		return 3
	}
	return 2
}

func protocol(c psnet.ConnectionStat) string {
	const datagram = 2
	name := "tcp"
	if c.Type == datagram {
		name = "udp"
	}
	if strings.Contains(c.Laddr.IP, ":") {
		name += "6"
	}
	return name
}
