// Package hardware collects what a computer is made of: processor, memory, disks and
// volumes, graphics, devices, firmware, sensors, printers.
//
// Each exported function that takes a sheet fills one category of a document. It
// asks a [machine.Machine] and imports no other collector: those of package system
// ask this one what the computer is sold as.
package hardware

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

const (
	// askVolumes is how many volumes are asked for their size at once, and
	// askShares how many network shares: those only wait for a server.
	askVolumes, askShares = 16, 64
	// maxSilent is how many volumes may give no answer. After that the others are not
	// asked: each may hold a goroutine until its server is back.
	maxSilent = 64
)

// volume is one mounted file system.
type volume struct {
	mount, device, fstype string
	also                  []string // where else it, or a part of it, is mounted
	readOnly              bool
	part                  bool // mount shows a directory or a file of it, not its root
}

// The reasons of a volume without a size.
var (
	errNotAsked = errors.New("not asked: there was no time left for it")
	errSilent   = errors.New("not asked: too many volumes do not answer")
	errNoSpace  = errors.New("this file system has no size")
	errFile     = errors.New("no directory")
)

// addVolumes shows volumes with their sizes. Each is asked on its own, since a
// network share whose server is gone never answers.
func addVolumes(ctx context.Context, m *machine.Machine, s *document.Sheet, all []volume) {
	sort.SliceStable(all, func(i, j int) bool { return all[i].mount < all[j].mount })
	t := s.Table("volumes", document.Col("mount"), document.Col("device"), document.Col("filesystem"), document.Col("size", document.Bytes),
		document.Col("used", document.Bytes), document.Col("free", document.Bytes),
		document.Col("used_percent", document.Percent), document.Col("read_only"), document.Col("also_at"), document.Col("reason"))
	sizes, errs := askSizes(ctx, m, all)
	for i, v := range all {
		u, err := sizes[i], errs[i]
		if errors.Is(err, errFile) { // a file that something else is mounted on
			continue
		}
		var size, used, free, percent, reason any
		switch {
		case err != nil:
			reason = document.Why(err)
		case u.Size == 0:
			reason = document.Why(errNoSpace)
		default:
			size, used, free = u.Size, u.Used, u.Free
			if u.Used+u.Free > 0 {
				percent = document.Round(100 * float64(u.Used) / float64(u.Used+u.Free))
			}
		}
		t.Add(v.mount, v.device, v.fstype, size, used, free, percent, v.readOnly, someOf(v.also), reason)
	}
}

// someOf lists the first of many.
func someOf(all []string) string {
	const shown = 5
	if len(all) > shown {
		return strings.Join(all[:shown], ", ") + fmt.Sprintf(" and %d more", len(all)-shown)
	}
	return strings.Join(all, ", ")
}

func askSizes(ctx context.Context, m *machine.Machine, all []volume) ([]machine.Space, []error) {
	sizes, errs := make([]machine.Space, len(all)), make([]error, len(all))
	if m.Kernel.Space == nil {
		for i := range errs {
			errs[i] = document.ErrUnknown
		}
		return sizes, errs
	}
	ctx, cancel := machine.Soft(ctx)
	defer cancel()
	var silent atomic.Int32
	var shares, disks []int
	for i, v := range all {
		if remote(v.fstype) {
			shares = append(shares, i)
		} else {
			disks = append(disks, i)
		}
	}
	var wait sync.WaitGroup
	work := func(which []int, workers int) {
		next := make(chan int, len(which))
		for _, i := range which {
			next <- i
		}
		close(next)
		for range min(workers, len(which)) {
			wait.Go(func() {
				for i := range next {
					switch {
					case ctx.Err() != nil:
						errs[i] = errNotAsked
					case silent.Load() >= maxSilent:
						errs[i] = errSilent
					default:
						sizes[i], errs[i] = askSize(ctx, m, &all[i])
						if errors.Is(errs[i], context.DeadlineExceeded) {
							silent.Add(1)
						}
					}
				}
			})
		}
	}
	work(shares, askShares)
	work(disks, askVolumes)
	wait.Wait()
	return sizes, errs
}

// askSize asks one volume. Where only parts of it are mounted, the first
// that is a directory is asked: containers have single files mounted.
func askSize(ctx context.Context, m *machine.Machine, v *volume) (machine.Space, error) {
	type answer struct {
		machine.Space
		at []string
	}
	candidates := append([]string{v.mount}, v.also...)
	a, err := machine.Ask(ctx, m.Hanging, "volume "+v.mount, time.Second, func() (a answer, err error) {
		for _, at := range candidates {
			if info, err := fs.Stat(m.Files, strings.TrimPrefix(at, "/")); err != nil || info.IsDir() || at == "/" {
				a.at = append(a.at, at)
			}
		}
		if v.part && len(a.at) == 0 {
			return a, errFile
		}
		if len(a.at) == 0 || !v.part {
			a.at = candidates
		}
		a.Space, err = m.Kernel.Space(a.at[0])
		return a, err
	})
	if len(a.at) > 0 {
		v.mount, v.also = a.at[0], a.at[1:]
	}
	return a.Space, err
}

// remote reports whether a file system of this kind may wait for another
// computer, or for a program.
func remote(fstype string) bool {
	switch fstype {
	case "cifs", "smb3", "smbfs", "ncpfs", "afs", "coda", "ceph", "9p", "lustre", "gpfs", "ocfs2", "gfs2", "beegfs", "glusterfs", "afpfs", "webdav", "davfs",
		"vboxsf", "virtiofs", "prl_fs", "vmhgfs", "macfuse", "osxfuse":
		return true
	}
	return strings.HasPrefix(fstype, "nfs") || strings.HasPrefix(fstype, "fuse.") // fuseblk is a disk
}

// virtualVolume reports whether a mount shows the kernel's or a program's own
// data and no disk.
func virtualVolume(fstype, mount string) bool {
	switch fstype {
	case "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "pstore", "bpf", "tracefs", "debugfs", "configfs",
		"fusectl", "mqueue", "hugetlbfs", "autofs", "binfmt_misc", "efivarfs", "rpc_pipefs", "nsfs", "ramfs", "devfs", "selinuxfs", "squashfs",
		"rootfs", "resctrl", "xenfs", "smackfs", "nfsd", "usbfs", "usbdevfs", "functionfs", "openpromfs", "spufs", "dlmfs", "ocfs2_dlmfs",
		"hypfs", "s390_hypfs", "sockfs", "pipefs", "anon_inodefs", "pidfs", "secretmem", "vmblock",
		"fuse.portal", "fuse.gvfsd-fuse", "fuse.lxcfs", "fuse.snapfuse", "fuse.squashfuse", "fuse.squashfuse_ll", "fuse.vmware-vmblock", "fuse.osspd",
		"fuse.archivemount":
		return true
	}
	switch {
	case mount == "/proc", mount == "/sys", mount == "/dev":
		return true
	case strings.HasPrefix(mount, "/proc/"), strings.HasPrefix(mount, "/sys/"), strings.HasPrefix(mount, "/dev/"):
		return true
	case fstype == "tmpfs" && strings.HasPrefix(mount, "/run/"):
		return true
	}
	return strings.HasPrefix(mount, "/System/Volumes/") && mount != "/System/Volumes/Data"
}
