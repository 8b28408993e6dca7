package hardware

import (
	"testing"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S11_PhysicalDisksOnly(t *testing.T) {
	files := map[string]string{}
	for _, name := range []string{"loop0", "ram0", "zram0", "dm-0", "md127", "md_d0", "nbd0", "sr0", "fd0", "zd0", "zd16", "drbd0", "rbd0", "bcache0", "mtdblock0", "nullb0", "ublkb0", "mmcblk0boot0", "mmcblk0rpmb",
		"sda", "cciss!c0d0", "nvme0n1", "vda", "xvda", "mmcblk0", "dasda", "hda", "pmem0", "sdaa"} {
		files["sys/block/"+name+"/size"] = "2048\n"
	}
	files["sys/block/nvme0c0n1/hidden"], files["sys/block/nvme0c0n1/size"] = "1\n", "2048\n"
	files["sys/block/sdz/size"] = "0\n"
	for _, name := range []string{"sdp", "sdq"} { // two ways to one disk
		files["sys/block/"+name+"/size"], files["sys/block/"+name+"/device/wwid"], files["sys/block/"+name+"/holders/dm-9/x"] = "2048\n", "naa.5000c500", ""
	}
	files["sys/block/dm-9/dm/uuid"], files["sys/block/dm-9/size"] = "mpath-35000c500\n", "2048\n"
	d := probes().Ask(t, machinetest.New(machinetest.Tree(files)), document.Disks)
	machinetest.Same(t, "disks", machinetest.Cells(t, machinetest.TableOf(t, d, document.Disks, "physical_disks"), "name", "size"),
		"cciss/c0d0 | 1048576", "dasda | 1048576", "hda | 1048576", "mmcblk0 | 1048576", "nvme0n1 | 1048576", "pmem0 | 1048576", "sda | 1048576", "sdaa | 1048576", "sdp | 1048576", "vda | 1048576", "xvda | 1048576")
}

func TestK3S11_DisksByWhereTheyHang(t *testing.T) {
	m := machinetest.New(machinetest.Tree(map[string]string{
		"sys/block/sda@": "../devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda", "sys/block/sdb@": "../devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/block/sdb",
		"sys/block/sdc@": "../devices/pci0000:00/0000:03:00.0/host1/port-1:0/end_device-1:0/block/sdc", "sys/block/new0@": "../devices/virtual/block/new0",
		"sys/block/nvme1n1@": "../devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n1", "sys/block/sdd@": "../devices/platform/host3/session1/target/block/sdd",
		"sys/block/vdb@":   "../devices/pci0000:00/0000:00:05.0/virtio2/block/vdb",
		"sys/block/dasda@": "../devices/css0/0.0.0001/0.0.0100/block/dasda",
	}))
	var got []string
	for _, name := range physicalDisks(m) {
		got = append(got, name+" "+diskBus(m, "/sys/block/"+name))
	}
	machinetest.Same(t, "disks", got, "dasda ccw", "nvme1n1 nvme", "sda ata", "sdb usb", "sdc sas", "sdd iscsi", "vdb virtio")
}
