package system

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/hardware"
	"supportd/daemon/sysinfo/machine"
)

// hypervisor names what this virtual machine runs on; "none" on bare metal.
func hypervisor(m *machine.Machine) string {
	if strings.Contains(m.Line("/proc/xen/capabilities"), "control_d") { // the system that runs the others
		return "none"
	}
	if name := m.Line("/sys/hypervisor/type"); name != "" {
		return name
	}
	host := hardware.Mainframe(m)
	if program := host["VM00 Control Program"]; program != "" { // "z/VM    7.2.0", "KVM/Linux"
		return strings.ToLower(strings.Join(strings.Fields(program), " "))
	}
	if host["LPAR Name"] != "" {
		return "lpar"
	}
	if m.MicrosoftKernel() {
		return "hyper-v (wsl)"
	}
	vendor := strings.ToLower(m.Line(hardware.DMI+"sys_vendor") + " " + m.Line(hardware.DMI+"product_name") + " " + m.Line(hardware.DMI+"bios_vendor"))
	for _, v := range [][2]string{
		{"qemu", "qemu"}, {"kvm", "kvm"}, {"vmware", "vmware"}, {"virtualbox", "virtualbox"}, {"innotek", "virtualbox"}, {"parallels", "parallels"},
		{"bochs", "bochs"}, {"bhyve", "bhyve"}, {"google compute", "google compute"}, {"openstack", "openstack"}, {"alibaba cloud", "alibaba cloud"},
		{"nutanix ahv", "nutanix"}, {"apple virtualization", "apple virtualization"}, {"firecracker", "firecracker"}, {"digitalocean", "digitalocean"}, {"hetzner vserver", "hetzner"},
	} {
		if strings.Contains(vendor, v[0]) {
			return v[1]
		}
	}
	if slices.Contains(strings.Fields(vendor), "xen") { // and not a maker who is called Xenon
		return "xen"
	}
	text, _ := m.Read("/proc/cpuinfo")
	flagged := bytes.Contains(text, []byte(" hypervisor"))
	switch {
	case strings.Contains(vendor, "amazon ec2") && !strings.Contains(vendor, ".metal"):
		return "amazon ec2"
	case strings.Contains(vendor, "virtual machine") && strings.Contains(vendor, "microsoft"):
		return "hyper-v"
	case strings.Contains(hardware.DeviceTree(m, "hypervisor/compatible"), "xen"):
		return "xen"
	case hardware.DeviceTree(m, "hypervisor/compatible") != "":
		return hardware.DeviceTree(m, "hypervisor/compatible")
	case strings.Contains(hardware.DeviceTree(m, "compatible"), "qemu"), strings.HasPrefix(hardware.DeviceTree(m, "model"), "linux,dummy-virt"):
		return "qemu"
	case flagged:
		return "yes, of unknown kind"
	}
	return "none"
}

// containerStart is when the first process of this container started; zero
// where there is no container.
func containerStart(m *machine.Machine) time.Time {
	if kind := m.Container(); kind == "none" || kind == "wsl" {
		return time.Time{}
	}
	p, ok := formats.ProcessStat(m.Line("/proc/1/stat"))
	if !ok {
		return time.Time{}
	}
	return machine.TicksAfter(m.KernelStart(), p.Started)
}
