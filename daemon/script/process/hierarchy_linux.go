package process

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"supportd/library/disk"
)

// hierarchy is a tree of control groups (cgroups(7)) as seen from our own group
// in it, below which the groups of runs are made. It is used through a descriptor
// and not through a path, because it may be mounted nowhere.
type hierarchy struct {
	own     *os.Root
	unified bool // version 2
}

func (h hierarchy) close() { _ = h.own.Close() }

// membership is our own group in a hierarchy, a line of /proc/self/cgroup.
type membership struct {
	unified bool
	path    string
}

// memberships lists those hierarchies that may limit the number of processes.
func memberships() (all []membership) {
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(own)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		switch {
		case len(f) != 3:
		case slices.Contains(strings.Split(f[1], ","), "pids"):
			all = append(all, membership{false, f[2]})
		case f[1] == "":
			all = append(all, membership{true, f[2]})
		}
	}
	return all
}

// mountedHierarchies opens those that are mounted where this process can see
// them. The caller closes them.
func mountedHierarchies() (all []hierarchy) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	for _, m := range memberships() {
		for line := range strings.Lines(string(mounts)) {
			at, ok := m.in(line)
			if !ok {
				continue
			}
			if own, err := openGroup(at, m.unified); err == nil {
				all = append(all, hierarchy{own, m.unified})
			}
		}
	}
	return all
}

// in reports where our group is below the mount that a line of mountinfo tells
// of, see proc_pid_mountinfo(5). A container often sees only a part of the tree.
func (m membership) in(line string) (at string, ok bool) {
	mount, rest, ok := strings.Cut(line, " - ")
	f, kind := strings.Fields(mount), strings.Fields(rest)
	const root, point, options = 3, 4, 2
	if !ok || len(f) <= point || len(kind) <= options {
		return "", false
	}
	switch {
	case m.unified && kind[0] == "cgroup2":
	case !m.unified && kind[0] == "cgroup" && slices.Contains(strings.Split(kind[options], ","), "pids"):
	default:
		return "", false
	}
	below, err := filepath.Rel(f[root], m.path)
	if err != nil || !filepath.IsLocal(below) {
		return "", false
	}
	return filepath.Join(unescapeMount(f[point]), below), true
}

// unescapeMount undoes what the kernel does to blanks in a path.
func unescapeMount(path string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}

// openGroup opens a control group's directory. Another file system in its place would
// take what we write and limit nothing, so its kind is checked.
func openGroup(dir string, unified bool) (*os.Root, error) {
	var fs unix.Statfs_t
	want := int64(unix.CGROUP_SUPER_MAGIC)
	if unified {
		want = unix.CGROUP2_SUPER_MAGIC
	}
	root, err := disk.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d, err := root.Open(".")
	if err == nil {
		err = unix.Fstatfs(int(d.Fd()), &fs)
		_ = d.Close()
	}
	if err == nil && int64(fs.Type) != want {
		err = fmt.Errorf("%s is no control group", dir)
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}

// privateHierarchies opens the same trees by mounts of our own. Those need no place in
// the file system and end with the process (fsopen(2), Linux 5.2). They are for root in a
// container or a bare chroot, where no tree is mounted, or only one that cannot be
// written. The caller closes them.
func privateHierarchies() []hierarchy {
	if os.Geteuid() != 0 {
		return nil
	}
	known := memberships()
	if len(known) == 0 {
		known = []membership{{true, "/"}} // never mounted since the system started
	}
	opened := make(chan []hierarchy)
	go func() { // received at the end
		var all []hierarchy
		defer func() { opened <- all }()
		// In a namespace of its own (cgroup_namespaces(7)) the mount begins at our own
		// group, and cannot change options of the tree, which are the whole system's.
		// The thread ends with this function, as it is not unlocked.
		runtime.LockOSThread()
		if unix.Unshare(unix.CLONE_NEWCGROUP) != nil {
			return
		}
		for _, m := range known {
			if own, err := mountOwn(m.unified); err == nil {
				all = append(all, hierarchy{own, m.unified})
			}
		}
	}()
	return <-opened
}

// mountOwn opens our own group by a mount that nobody else can see. It is for a
// thread in its own namespace.
func mountOwn(unified bool) (*os.Root, error) {
	kind := "cgroup"
	if unified {
		kind = "cgroup2"
	}
	context, err := unix.Fsopen(kind, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("fsopen", err)
	}
	defer unix.Close(context)
	if !unified {
		err = unix.FsconfigSetFlag(context, "pids")
	}
	if err == nil {
		err = unix.FsconfigCreate(context)
	}
	if err != nil {
		return nil, os.NewSyscallError("fsconfig", err)
	}
	mounted, err := unix.Fsmount(context, unix.FSMOUNT_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fsmount", err)
	}
	defer unix.Close(mounted)
	return openGroup(fmt.Sprintf("/proc/self/fd/%d", mounted), unified)
}
