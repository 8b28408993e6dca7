package machine

import (
	"bytes"
	"strings"
)

// MicrosoftKernel reports whether the kernel is that of WSL.
func (m *Machine) MicrosoftKernel() bool {
	return strings.Contains(strings.ToLower(m.Line("/proc/sys/kernel/osrelease")), "microsoft")
}

// Container names what keeps this process apart from the computer it runs on, from the
// sources of systemd-detect-virt: first what the container's manager says of itself, then
// what managers leave in the container.
func (m *Machine) Container() string {
	said := ""
	first, _ := m.Read("/proc/1/environ")
	for variable := range strings.SplitSeq(string(first), "\x00") {
		if v, ok := strings.CutPrefix(variable, "container="); ok {
			said = v
		}
	}
	for _, file := range []string{"/run/host/container-manager", "/run/systemd/container"} {
		if said == "" {
			said = m.Line(file)
		}
	}
	groups := m.Line("/proc/1/cgroup") + "\n" + m.Line("/proc/self/cgroup")
	mounts, _ := m.Read("/proc/self/mountinfo")
	switch {
	case said != "" && said != "oci":
		return strings.ToLower(said)
	case m.Exists("/.dockerenv"), m.Exists("/.dockerinit"):
		return "docker"
	case m.Exists("/run/.containerenv"):
		return "podman"
	case m.Exists("/proc/vz") && !m.Exists("/proc/bc"):
		return "openvz"
	case strings.Contains(groups, "kubepods"), m.Exists("/var/run/secrets/kubernetes.io"):
		return "kubernetes"
	case strings.Contains(groups, "/docker"), strings.Contains(groups, "/libpod"):
		return "docker"
	case strings.Contains(groups, "/lxc"), strings.Contains(groups, "lxc.payload"):
		return "lxc"
	case strings.Contains(groups, "/machine.slice/machine-"):
		return "systemd-nspawn"
	case m.Exists("/dev/lxd"), m.Exists("/dev/incus"), bytes.Contains(mounts, []byte(" fuse.lxcfs ")):
		return "lxc"
	case m.MicrosoftKernel():
		return "wsl"
	case said != "":
		return said
	}
	return "none"
}
