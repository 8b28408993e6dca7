package power

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// volatile reports whether what lies at a path, or would lie there, does not outlive a
// restart. What cannot be found out counts as kept.
func volatile(path string) bool { return volatileIn("/", path) }

// volatileIn is volatile by the rules that are kept below root.
func volatileIn(root, path string) bool {
	real := resolved(path)
	// Many systems empty it at boot, although it lies on a disk.
	if under(filepath.Clean(path), "/tmp") || under(real, "/tmp") || emptiedAtBoot(root, real) {
		return true
	}
	const tmpfs, ramfs, overlay = 0x01021994, 0x858458f6, 0x794c7630 // statfs(2)
	var of unix.Statfs_t
	if unix.Statfs(there(real), &of) != nil {
		return false
	}
	switch uint32(of.Type) {
	case tmpfs, ramfs:
		return true
	case overlay:
		parameters, _ := os.ReadFile(filepath.Join(root, "proc/cmdline"))
		return forgetful(string(parameters))
	}
	return inMemory(there(real))
}

// under reports whether a path is a directory or lies in it.
func under(path, dir string) bool { return path == dir || strings.HasPrefix(path, dir+"/") }

// there is the path, or the nearest directory above it that exists.
func there(path string) string {
	for path != "/" {
		if _, err := os.Lstat(path); err == nil {
			return path
		}
		path = filepath.Dir(path)
	}
	return path
}

// resolved is where a path leads to, also where only its beginning exists.
func resolved(path string) string {
	path = filepath.Clean(path)
	exists := there(path)
	real, err := filepath.EvalSymlinks(exists)
	if err != nil {
		return path
	}
	return filepath.Join(real, strings.TrimPrefix(path, exists))
}

// inMemory reports whether a path lies on a disk that is made of memory: a RAM disk, or
// zram (Documentation/admin-guide/blockdev/zram.rst).
func inMemory(path string) bool {
	var of unix.Stat_t
	if unix.Stat(path, &of) != nil {
		return false
	}
	disk, err := os.Readlink(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(of.Dev), unix.Minor(of.Dev)))
	name := filepath.Base(disk)
	return err == nil && (strings.HasPrefix(name, "zram") || strings.HasPrefix(name, "ram"))
}

// forgetful reports whether the kernel was started as a live system or with a layer of
// memory over its disk, and nothing that keeps what is written: the parameters of
// live-boot(7), casper(7), dracut.cmdline(7), archiso and overlayroot.
func forgetful(parameters string) bool {
	keeps := []string{"persistence", "persistent", "rd.live.overlay", "cow_label", "cow_device"}
	live := false
	for word := range strings.FieldsSeq(parameters) {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case slices.Contains(keeps, name):
			return false
		case name == "boot" && (value == "live" || value == "casper"), name == "root" && strings.HasPrefix(value, "live:"),
			name == "rd.live.image", name == "archisobasedir", name == "overlayroot" && strings.HasPrefix(value, "tmpfs"),
			name == "systemd.volatile" && value != "no" && value != "0":
			live = true
		}
	}
	return live
}

// emptiedAtBoot reports whether tmpfiles.d(5) has a rule by which a directory on the
// path is emptied (D) or removed (R) at boot. Of files with one name that in /etc counts,
// of several rules for one path the first one.
func emptiedAtBoot(root, path string) bool {
	files := map[string]string{}
	for _, dir := range []string{"usr/lib/tmpfiles.d", "run/tmpfiles.d", "etc/tmpfiles.d"} {
		entries, _ := fs.ReadDir(os.DirFS(root), dir)
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".conf") {
				files[e.Name()] = filepath.Join(root, dir, e.Name())
			}
		}
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	decided := map[string]bool{}
	for _, name := range names {
		info, err := os.Stat(files[name])
		if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<20 { // /dev/null turns one off
			continue
		}
		rules, _ := os.ReadFile(files[name])
		for line := range strings.Lines(string(rules)) {
			f := strings.Fields(line)
			if len(f) < 2 || strings.HasPrefix(f[0], "#") || decided[f[1]] {
				continue
			}
			switch f[0][0] {
			case 'D', 'd', 'q', 'Q', 'v':
				decided[f[1]] = true
			}
			if (f[0][0] == 'D' || f[0][0] == 'R') && covers(strings.Trim(f[1], `"`), path) {
				return true
			}
		}
	}
	return false
}

// covers reports whether a rule for a directory, or for names like this, is about
// something on the path.
func covers(pattern, path string) bool {
	for at := path; at != "/" && at != "."; at = filepath.Dir(at) {
		if ok, err := filepath.Match(filepath.Clean(pattern), at); ok && err == nil {
			return true
		}
	}
	return false
}
