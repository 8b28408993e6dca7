package hardware

import (
	"fmt"
	"strings"
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

// S3: fast and slow cores, a mainframe's books, architectures without blocks.
func TestK3S3_CoresThatDiffer(t *testing.T) {
	little := strings.ReplaceAll(armBlock, "0xd08", "0xd03")
	files := map[string]string{
		"proc/cpuinfo": fmt.Sprintf(little, 0) + fmt.Sprintf(little, 1) + fmt.Sprintf(armBlock, 2) + fmt.Sprintf(armBlock, 3) + "Hardware\t: ODROID-XU4\n",
		"sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq": "1400000\n", "sys/devices/system/cpu/cpufreq/policy2/cpuinfo_max_freq": "1800000\n",
	}
	d := probes().Ask(t, machinetest.New(machinetest.Tree(files)), document.CPU)
	for name, want := range map[string]string{"model": "ARM Cortex-A53 + ARM Cortex-A72", "threads": "4", "max_speed": "1800000000"} {
		if got := machinetest.Item(t, d, document.CPU, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if id := Identify(machinetest.New(machinetest.Tree(files))); id.Model != "ODROID-XU4" {
		t.Errorf("%+v", id)
	}
	files = map[string]string{"proc/cpuinfo": "cpu\t\t: SPARC-M7\nncpus probed\t: 4\nncpus active\t: 4\n"}
	if got := machinetest.Item(t, probes().Ask(t, machinetest.New(machinetest.Tree(files)), document.CPU), document.CPU, "threads"); got != "4" {
		t.Errorf("sparc: %s", got)
	}
	files = map[string]string{"proc/cpuinfo": "vendor_id : IBM/S390\n# processors : 8\n"}
	for i := range 8 { // two books, two sockets in each, two cores in each
		dir := fmt.Sprintf("sys/devices/system/cpu/cpu%d/topology/", i)
		files[dir+"core_id"], files[dir+"book_id"], files[dir+"drawer_id"], files[dir+"physical_package_id"] = fmt.Sprint(i), fmt.Sprint(i/4), "0", fmt.Sprint(i/2%2)
	}
	d = probes().Ask(t, machinetest.New(machinetest.Tree(files)), document.CPU)
	if got := machinetest.Item(t, d, document.CPU, "sockets") + " " + machinetest.Item(t, d, document.CPU, "cores"); got != "4 8" {
		t.Errorf("books: %s", got)
	}
}

// S12: a share of the processors' time, or only some of them.
func TestK3S12_ProcessorsOfAContainer(t *testing.T) {
	four := "processor: 0\n\nprocessor: 1\n\nprocessor: 2\n\nprocessor: 3\n"
	for name, c := range map[string]struct{ max, list, want string }{
		"a hundred":    {"10000000 100000", "0-3", "100"},
		"a third":      {"33333 100000", "0-3", "0.33"},
		"twelve":       {"1250000 100000", "", "12.5"},
		"two of four":  {"max 100000", "1,3", "2"},
		"the less":     {"150000 100000", "0-1", "1.5"},
		"all of them":  {"max 100000", "0-3", "all"},
		"not readable": {"", "0-3,x", "all"},
	} {
		m := machinetest.New(machinetest.Tree(map[string]string{"proc/cpuinfo": four, "sys/fs/cgroup/cpu.max": c.max + "\n", "proc/self/status": "Name:\tx\nCpus_allowed:\tf\nCpus_allowed_list:\t" + c.list + "\nMems_allowed_list:\t0\n"}))
		if got := machinetest.Item(t, probes().Ask(t, m, document.CPU), document.CPU, "processors_allowed"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// S11: what only looks like a disk, one that is broken, and one of another computer.
func TestK3S11_DisksOfMemoryAndOfOthers(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{
		"devices/debug/size": "2048\n",
		"sys/block/sda@":     "../devices/pseudo_0/adapter0/host0/target0:0:0/0:0:0:0/block/sda", "sys/block/sdb@": "../devices/tcm_loop_0/tcm_loop_adapter_0/host1/block/sdb",
		"sys/block/nvme0n1@": "../devices/virtual/nvme-fabrics/ctl/nvme0/nvme0n1", "sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0n1/device/transport": "tcp\n",
		"sys/block/nvme1n1@": "../devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1", "sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1/device/nvme1/transport": "rdma\n",
		"sys/block/nvme2n1@": "../devices/pci0000:00/0000:00:1d.0/nvme/nvme2/nvme2n1", "sys/devices/pci0000:00/0000:00:1d.0/nvme/nvme2/nvme2n1/device/transport": "pcie\n",
		"sys/block/sdc/size": "0\n", "sys/block/sdc/removable": "1\n", "sys/block/sdd/size": "0\n", "sys/block/sdd/removable": "0\n",
	}))
	var got []string
	for _, name := range physicalDisks(m) {
		got = append(got, strings.TrimSpace(name+" "+diskBus(m, "/sys/block/"+name)))
	}
	machinetest.Same(t, "disks", got, "nvme0n1 nvme over tcp", "nvme1n1 nvme over rdma", "nvme2n1 nvme", "sdd")
}
