package hardware

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/machinetest"
)

func TestK3S4_EveryMountHasASizeOrAReason(t *testing.T) {
	for _, n := range []int{120, 1000} {
		var most, now atomic.Int32
		m := machinetest.New(machinetest.Tree(map[string]string{"proc/self/mountinfo": machinetest.Mounts(n)}))
		m.Kernel.Space = func(string) (machine.Space, error) {
			if v := now.Add(1); v > most.Load() {
				most.Store(v)
			}
			defer now.Add(-1)
			return machine.Space{Size: 1 << 20, Free: 1 << 20}, nil
		}
		table := machinetest.TableOf(t, probes().Ask(t, m, document.Disks), document.Disks, "volumes")
		if len(table.Rows) != n+1 {
			t.Errorf("%d rows of %d", len(table.Rows), n+1)
		}
		for _, row := range machinetest.Cells(t, table, "mount", "size", "reason") {
			if !strings.HasSuffix(row, " | 1048576 | -") {
				t.Errorf("%s", row)
			}
		}
		if most.Load() > askVolumes {
			t.Errorf("%d asked at once", most.Load())
		}
	}
}

func TestK3S4_SharesThatNeverAnswer(t *testing.T) { synctest.Test(t, sharesThatNeverAnswer) }

func sharesThatNeverAnswer(t *testing.T) {
	var b strings.Builder
	b.WriteString("22 1 8:1 / / rw - ext4 /dev/sda1 rw\n")
	for i := range 300 {
		fmt.Fprintf(&b, "%d 22 0:%d / /net/%03d rw - nfs4 server:/x%d rw\n", 100+i, 100+i, i, i)
	}
	m := machinetest.New(machinetest.Tree(map[string]string{"proc/self/mountinfo": b.String()}))
	release := make(chan struct{})
	m.Kernel.Space = func(path string) (machine.Space, error) {
		if path != "/" {
			<-release
		}
		return machine.Space{Size: 1 << 20, Free: 1 << 20}, nil
	}
	start := time.Now()
	table := machinetest.TableOf(t, probes().Ask(t, m, document.Disks), document.Disks, "volumes")
	close(release)
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("took %v", took)
	}
	count := map[string]int{}
	for _, row := range machinetest.Cells(t, table, "size", "reason") {
		count[row]++
	}
	if len(table.Rows) != 301 || count["1048576 | -"] != 1 || count["- | it took too long"] == 0 || count["- | it took too long"]+count["- | "+errSilent.Error()]+count["- | "+errNotAsked.Error()] != 300 {
		t.Errorf("%d rows: %v", len(table.Rows), count)
	}
}

func TestK3S9_MountsAreUnescaped(t *testing.T) {
	m := machinetest.EverySize(machinetest.New(machinetest.Tree(map[string]string{"proc/self/mountinfo": "22 1 8:1 / / rw - ext4 /dev/root rw\n" +
		`30 22 0:30 / /mnt/My\040"Disk" rw - tmpfs my\040source rw` + "\n" +
		`31 22 0:31 / /mnt/back\134slash rw - tmpfs tmpfs rw` + "\n" +
		`32 22 0:32 / /mnt/tab\011and\012line rw - tmpfs tmpfs rw` + "\n" +
		"33 22 0:33 / /mnt/cp949\\040\xc7\xd1\xb1\xdb rw shared:5 master:1 - tmpfs tmpfs rw\n" +
		`34 22 0:34 / /mnt/share ro,relatime - cifs //server/Shared\040Docs rw,vers=3.0` + "\n" +
		"35 22 0:35 / /mnt/none rw - tmpfs  rw,size=1024k\n" + // the source is empty
		`36 22 0:36 / /mnt/it's\040\0431\040-\040x rw - tmpfs tmpfs rw` + "\n" +
		`37 22 0:37 / /mnt/한글\040USB rw - vfat /dev/sdb1 rw` + "\nbroken\n1 2 3\n",
		"sys/dev/block/8:1@": "../../devices/pci0000:00/ata1/host0/block/sda/sda1"})))
	machinetest.Same(t, "volumes", machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, m, document.Disks), document.Disks, "volumes"), "mount", "device", "size", "read_only"),
		"/ | /dev/sda1 | 104857600 | false", `/mnt/My "Disk" | my source | 104857600 | false`, `/mnt/back\slash | tmpfs | 104857600 | false`,
		`/mnt/cp949 \xc7ѱ\xdb | tmpfs | 104857600 | false`, "/mnt/it's #1 - x | tmpfs | 104857600 | false", "/mnt/none | - | 104857600 | false",
		"/mnt/share | //server/Shared Docs | 104857600 | true", "/mnt/tab\tand\nline | tmpfs | 104857600 | false", "/mnt/한글 USB | /dev/sdb1 | 104857600 | false")
}

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
		m := machinetest.EverySize(machinetest.New(machinetest.Tree(map[string]string{"proc/self/mountinfo": c.mounts, "etc/hosts": "x", "etc/resolv.conf": "x", "data/x": "", "home/x": "", "init": "x"})))
		machinetest.Same(t, name, machinetest.Cells(t, machinetest.TableOf(t, probes().Ask(t, m, document.Disks), document.Disks, "volumes"), "mount", "device", "also_at"), c.want...)
	}
	// hundreds of data sets are as many volumes
	var zfs strings.Builder
	for i := range 700 {
		fmt.Fprintf(&zfs, "%d 1 0:%d / /tank/%d rw - zfs tank/%d rw,xattr\n", 50+i, 50+i, i, i)
	}
	m := machinetest.EverySize(machinetest.New(machinetest.Tree(map[string]string{"proc/self/mountinfo": zfs.String()})))
	if n := len(machinetest.TableOf(t, probes().Ask(t, m, document.Disks), document.Disks, "volumes").Rows); n != 700 {
		t.Errorf("%d of 700 data sets", n)
	}
}
