package sysinfo

import (
	"bytes"
	"strings"
)

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
