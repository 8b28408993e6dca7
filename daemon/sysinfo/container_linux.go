package sysinfo

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// hypervisor names what this virtual machine runs on; "none" on bare metal.
func hypervisor(m *machine) string {
	if strings.Contains(m.line("/proc/xen/capabilities"), "control_d") { // the system that runs the others
		return "none"
	}
	if name := m.line("/sys/hypervisor/type"); name != "" {
		return name
	}
	host := parseHost(m)
	if program := host["VM00 Control Program"]; program != "" { // "z/VM    7.2.0", "KVM/Linux"
		return strings.ToLower(strings.Join(strings.Fields(program), " "))
	}
	if host["LPAR Name"] != "" {
		return "lpar"
	}
	if m.microsoftKernel() {
		return "hyper-v (wsl)"
	}
	vendor := strings.ToLower(m.line(dmi+"sys_vendor") + " " + m.line(dmi+"product_name") + " " + m.line(dmi+"bios_vendor"))
	for _, v := range [][2]string{
		{"qemu", "qemu"}, {"kvm", "kvm"}, {"vmware", "vmware"}, {"virtualbox", "virtualbox"}, {"innotek", "virtualbox"}, {"xen", "xen"}, {"parallels", "parallels"},
		{"bochs", "bochs"}, {"bhyve", "bhyve"}, {"google compute", "google compute"}, {"openstack", "openstack"}, {"alibaba cloud", "alibaba cloud"},
		{"nutanix", "nutanix"}, {"apple virtualization", "apple virtualization"}, {"firecracker", "firecracker"}, {"digitalocean", "digitalocean"}, {"hetzner vserver", "hetzner"},
	} {
		if strings.Contains(vendor, v[0]) {
			return v[1]
		}
	}
	text, _ := m.read("/proc/cpuinfo")
	flagged := bytes.Contains(text, []byte(" hypervisor"))
	switch {
	case strings.Contains(vendor, "amazon ec2") && !strings.Contains(vendor, ".metal"):
		return "amazon ec2"
	case strings.Contains(vendor, "virtual machine") && strings.Contains(vendor, "microsoft"):
		return "hyper-v"
	case strings.Contains(deviceTree(m, "hypervisor/compatible"), "xen"):
		return "xen"
	case deviceTree(m, "hypervisor/compatible") != "":
		return deviceTree(m, "hypervisor/compatible")
	case strings.Contains(deviceTree(m, "compatible"), "qemu"), strings.HasPrefix(deviceTree(m, "model"), "linux,dummy-virt"):
		return "qemu"
	case flagged:
		return "yes, of unknown kind"
	}
	return "none"
}

// microsoftKernel reports whether the kernel is that of WSL.
func (m *machine) microsoftKernel() bool {
	return strings.Contains(strings.ToLower(m.line("/proc/sys/kernel/osrelease")), "microsoft")
}

// container names what keeps this process apart from the computer it runs on, by
// the sources of systemd-detect-virt: what the container's manager says of
// itself, then traces that managers leave.
func (m *machine) container() string {
	said := ""
	first, _ := m.read("/proc/1/environ")
	for variable := range strings.SplitSeq(string(first), "\x00") {
		if v, ok := strings.CutPrefix(variable, "container="); ok {
			said = v
		}
	}
	for _, file := range []string{"/run/host/container-manager", "/run/systemd/container"} {
		if said == "" {
			said = m.line(file)
		}
	}
	groups := m.line("/proc/1/cgroup") + "\n" + m.line("/proc/self/cgroup")
	mounts, _ := m.read("/proc/self/mountinfo")
	switch {
	case said != "" && said != "oci":
		return strings.ToLower(said)
	case m.exists("/.dockerenv"), m.exists("/.dockerinit"):
		return "docker"
	case m.exists("/run/.containerenv"):
		return "podman"
	case m.exists("/proc/vz") && !m.exists("/proc/bc"):
		return "openvz"
	case strings.Contains(groups, "kubepods"), m.exists("/var/run/secrets/kubernetes.io"):
		return "kubernetes"
	case strings.Contains(groups, "/docker"), strings.Contains(groups, "/libpod"):
		return "docker"
	case strings.Contains(groups, "/lxc"), strings.Contains(groups, "lxc.payload"):
		return "lxc"
	case strings.Contains(groups, "/machine.slice/machine-"):
		return "systemd-nspawn"
	case m.exists("/dev/lxd"), m.exists("/dev/incus"), bytes.Contains(mounts, []byte(" fuse.lxcfs ")):
		return "lxc"
	case m.microsoftKernel():
		return "wsl"
	case said != "":
		return said
	}
	return "none"
}

// uptime is what /proc/uptime says, which in a container that has one of its own
// is the container's.
func (m *machine) uptime() (time.Duration, error) {
	text, err := m.read("/proc/uptime")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), " ")
	seconds, err := strconv.ParseFloat(strings.TrimSpace(first), 64)
	if err != nil || seconds < 0 || seconds > 1e10 {
		return 0, errUnknown
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// kernelStart is when the kernel started. In a container that is long before what
// /proc/uptime says; times of processes and of the kernel's log count from it.
func (m *machine) kernelStart() time.Time {
	if m.kernel.sinceBoot != nil {
		if since, err := m.kernel.sinceBoot(); err == nil {
			return m.now().Add(-since)
		}
	}
	text, _ := m.read("/proc/stat")
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "btime "); ok {
			if sec, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err == nil {
				return time.Unix(sec, 0)
			}
		}
	}
	if up, err := m.uptime(); err == nil {
		return m.now().Add(-up)
	}
	return time.Time{}
}

// containerStart is when the first process of this container started; zero
// where there is no container.
func containerStart(m *machine) time.Time {
	if kind := m.container(); kind == "none" || kind == "wsl" {
		return time.Time{}
	}
	p, ok := parseStat(m.line("/proc/1/stat"))
	if !ok {
		return time.Time{}
	}
	return ticksAfter(m.kernelStart(), p.started)
}

// ticksPerSecond is what the kernel counts for programs in, whatever it uses
// itself.
const ticksPerSecond = 100

func ticksAfter(boot time.Time, ticks uint64) time.Time {
	if boot.IsZero() || ticks > 1<<50 {
		return time.Time{}
	}
	return boot.Add(time.Duration(ticks) * (time.Second / ticksPerSecond)).Round(time.Second)
}
