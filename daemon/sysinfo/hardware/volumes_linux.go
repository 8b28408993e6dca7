package hardware

import (
	"cmp"
	"path"
	"slices"
	"sort"
	"strings"

	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// stacked reports whether a file system only shows the files of others, whose
// space it uses.
func stacked(fstype string) bool {
	switch fstype {
	case "overlay", "aufs", "unionfs", "ecryptfs", "fuse.unionfs-fuse", "fuse.unionfs", "fuse.fuse-overlayfs", "fuse.bindfs", "shiftfs":
		return true
	}
	return false
}

// mountedVolumes are the file systems of this process's own namespace, each once, by
// the mount that shows most of it.
func mountedVolumes(m *machine.Machine) ([]volume, error) {
	text, err := m.Read("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	seen := slices.DeleteFunc(formats.Visible(formats.Mounts(text)), func(d formats.Mount) bool {
		return virtualVolume(d.FSType, d.At) || stacked(d.FSType) && d.At != "/"
	})
	sort.SliceStable(seen, func(i, j int) bool {
		a, b := &seen[i], &seen[j]
		return cmp.Or(cmp.Compare(order(a.Root != "/"), order(b.Root != "/")), cmp.Compare(len(a.At), len(b.At))) < 0
	})
	var all []volume
	at := map[string]int{}
	for _, d := range seen {
		if i, ok := at[d.Device]; ok {
			all[i].also = append(all[i].also, d.At)
			continue
		}
		at[d.Device] = len(all)
		all = append(all, volume{mount: d.At, device: deviceName(m, d), fstype: d.FSType, readOnly: d.ReadOnly, part: d.Root != "/"})
	}
	return foldRoot(all, seen), nil
}

func order(b bool) int {
	if b {
		return 1
	}
	return 0
}

// foldRoot folds an overlay at / into the volume that its upper layer lies on, where that
// is mounted too, as on a router or a live system. In a container it is not.
func foldRoot(all []volume, seen []formats.Mount) []volume {
	i := slices.IndexFunc(all, func(v volume) bool { return v.mount == "/" && stacked(v.fstype) })
	j := slices.IndexFunc(seen, func(d formats.Mount) bool { return d.At == "/" })
	if i < 0 || j < 0 {
		return all
	}
	upper := ""
	for _, o := range seen[j].Super {
		if v, ok := strings.CutPrefix(o, "upperdir="); ok {
			upper = v
		}
	}
	best := -1
	for k, v := range all {
		if k != i && (upper == v.mount || strings.HasPrefix(upper, v.mount+"/")) && (best < 0 || len(v.mount) > len(all[best].mount)) {
			best = k
		}
	}
	if best < 0 {
		return all
	}
	all[best].also = append([]string{"/"}, all[best].also...)
	return slices.Delete(all, i, i+1)
}

// deviceName is the device that was mounted. The kernel names the disk of its first
// mount /dev/root, which is no device; then it is found by its number.
func deviceName(m *machine.Machine, d formats.Mount) string {
	if d.Source == "/dev/root" || d.Source == "rootfs" {
		if at := m.Link("/sys/dev/block/" + d.Device); at != "" {
			return "/dev/" + path.Base(at)
		}
	}
	return d.Source
}
