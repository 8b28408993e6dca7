package sysinfo

import (
	"fmt"
	"strings"
	"testing"
)

func TestK3S11_OneFileSystemOnce(t *testing.T) {
	docker := "1 0 0:50 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/var/lib/docker/overlay2/x/diff,workdir=/w\n2 1 0:51 / /proc rw - proc proc rw\n" +
		"3 1 0:52 / /dev rw - tmpfs tmpfs rw\n4 3 0:53 / /dev/shm rw - tmpfs shm rw\n5 1 8:1 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n" +
		"6 1 8:1 /var/lib/docker/containers/x/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n7 2 0:54 / /proc/acpi ro - tmpfs tmpfs ro\n8 1 8:1 /srv/data /data rw - ext4 /dev/sda1 rw\n"
	lxc := "1 0 0:40 / / rw - zfs rpool/data/subvol-101-disk-0 rw\n2 1 0:41 /proc/cpuinfo /proc/cpuinfo rw - fuse.lxcfs lxcfs rw\n3 1 0:41 /proc/meminfo /proc/meminfo rw - fuse.lxcfs lxcfs rw\n" +
		"4 1 0:41 / /var/lib/lxcfs rw - fuse.lxcfs lxcfs rw\n5 1 0:6 /full /dev/full rw - devtmpfs udev rw\n"
	host := "1 0 0:30 /@ / rw - btrfs /dev/sda2 rw,subvol=/@\n2 1 0:30 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home\n3 1 0:30 /@log /var/log rw - btrfs /dev/sda2 rw\n" +
		"4 1 0:60 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/x/diff\n5 1 0:30 /@home/kim/x /mnt/bind rw - btrfs /dev/sda2 rw\n" +
		"6 1 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro\n7 1 8:17 / /boot rw - ext4 /dev/sdb1 rw\n8 1 0:70 / /usr/share/x rw - overlay overlay rw\n"
	router := "1 0 31:5 / /rom ro - squashfs /dev/root ro\n2 0 0:20 / /overlay rw - ubifs /dev/ubi0_1 rw\n3 0 0:21 / / rw - overlay overlayfs:/overlay rw,lowerdir=/,upperdir=/overlay/upper,workdir=/overlay/work\n"
	wsl := "1 0 8:32 / / rw - ext4 /dev/sdc rw\n2 1 0:30 / /mnt/wslg rw - tmpfs none rw\n3 2 8:32 / /mnt/wslg/distro ro - ext4 /dev/sdc rw\n4 1 0:31 / /usr/lib/wsl/drivers ro - 9p drivers ro\n" +
		"5 1 0:32 / /usr/lib/wsl/lib rw - overlay none rw,upperdir=/gpu\n6 1 0:33 / /mnt/c rw - 9p C:\\134 rw,aname=drvfs\n7 1 0:34 /init /init ro - rootfs rootfs ro\n"
	covered := "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:40 / /mnt/a rw - tmpfs lower rw\n3 1 0:41 / /mnt/a rw - tmpfs upper rw\n4 1 0:42 / /srv/x rw - tmpfs hidden rw\n5 1 0:43 / /srv rw - tmpfs above rw\n6 5 0:44 / /srv/y rw - tmpfs seen rw\n"
	for name, c := range map[string]struct {
		mounts string
		want   []string
	}{
		"docker":  {docker, []string{"/ | overlay | -", "/data | /dev/sda1 | -"}},
		"lxc":     {lxc, []string{"/ | rpool/data/subvol-101-disk-0 | -"}},
		"host":    {host, []string{"/ | /dev/sda2 | /home, /var/log, /mnt/bind", "/boot | /dev/sdb1 | -"}},
		"router":  {router, []string{"/overlay | /dev/ubi0_1 | /"}},
		"wsl":     {wsl, []string{"/ | /dev/sdc | /mnt/wslg/distro", "/mnt/c | C:\\ | -", "/mnt/wslg | none | -", "/usr/lib/wsl/drivers | drivers | -"}},
		"covered": {covered, []string{"/ | /dev/sda1 | -", "/mnt/a | upper | -", "/srv | above | -", "/srv/y | seen | -"}},
	} {
		m := everySize(fakeMachine(tree(map[string]string{"proc/self/mountinfo": c.mounts, "etc/hosts": "x", "etc/resolv.conf": "x", "data/x": "", "home/x": "", "init": "x"})))
		same(t, name, cells(t, tableOf(t, asked(t, m, Disks), Disks, "volumes"), "mount", "device", "also_at"), c.want...)
	}
	// hundreds of data sets are as many volumes
	var zfs strings.Builder
	for i := range 700 {
		fmt.Fprintf(&zfs, "%d 1 0:%d / /tank/%d rw - zfs tank/%d rw,xattr\n", 50+i, 50+i, i, i)
	}
	m := everySize(fakeMachine(tree(map[string]string{"proc/self/mountinfo": zfs.String()})))
	if n := len(tableOf(t, asked(t, m, Disks), Disks, "volumes").Rows); n != 700 {
		t.Errorf("%d of 700 data sets", n)
	}
}

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
	d := asked(t, fakeMachine(tree(files)), Disks)
	same(t, "disks", cells(t, tableOf(t, d, Disks, "physical_disks"), "name", "size"),
		"cciss/c0d0 | 1048576", "dasda | 1048576", "hda | 1048576", "mmcblk0 | 1048576", "nvme0n1 | 1048576", "pmem0 | 1048576", "sda | 1048576", "sdaa | 1048576", "sdp | 1048576", "vda | 1048576", "xvda | 1048576")
}

func TestK3S11_DisksByWhereTheyHang(t *testing.T) {
	m := fakeMachine(tree(map[string]string{
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
	same(t, "disks", got, "dasda ccw", "nvme1n1 nvme", "sda ata", "sdb usb", "sdc sas", "sdd iscsi", "vdb virtio")
}
