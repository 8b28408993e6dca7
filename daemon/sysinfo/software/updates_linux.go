package software

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
)

// Updates says what waits to be installed. It asks the package manager for
// what it already knows, nothing is fetched.
func Updates(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	pending, source, err := pendingPackages(ctx, m)
	s.Try("pending", len(pending), err)
	s.Set("source", source)
	required := m.Exists("/run/reboot-required") || m.Exists("/var/run/reboot-required")
	if m.Container() == "none" { // else the kernel is another system's
		// the modules of the running kernel are gone: it was replaced
		release, all := m.Line("/proc/sys/kernel/osrelease"), m.Glob("/usr/lib/modules/*/modules.dep")
		required = required || release != "" && len(all) > 0 && !m.Exists("/usr/lib/modules/"+release)
	}
	s.Set("reboot_required", required)
	s.Set("lists_refreshed", newest(m, "/var/lib/apt/lists/*Release", "/var/lib/pacman/sync/*.db", "/var/cache/dnf/*/repodata/repomd.xml",
		"/var/cache/libdnf5/*/repodata/repomd.xml", "/var/cache/zypp/solv/*/solv", "/var/cache/apk/APKINDEX.*", "/etc/apk/cache/APKINDEX.*"))
	s.Set("last_change", newest(m, "/var/log/dpkg.log", "/var/log/pacman.log", "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite", "/lib/apk/db/installed"))
	t := s.Table("packages", document.Col("name"), document.Col("version"))
	for _, p := range pending {
		t.Add(p.name, p.version)
	}
	return nil
}

// newest is when the newest of the files was written; the zero time when there
// is none.
func newest(m *machine.Machine, patterns ...string) (at time.Time) {
	for _, pattern := range patterns {
		for _, file := range m.Glob(pattern) {
			if info, err := fs.Stat(m.Files, file[1:]); err == nil && info.ModTime().After(at) {
				at = info.ModTime().Truncate(time.Second)
			}
		}
	}
	return at
}

// pendingPackages lists the updates that the package manager knows of. A distribution
// has one, although others may be installed beside it.
func pendingPackages(ctx context.Context, m *machine.Machine) (all []installed, source string, err error) {
	foreign := m.Family("fedora", "rhel") && m.Exists("/usr/bin/dnf") || m.Family("arch") && m.Exists("/usr/bin/pacman") || m.Family("alpine") && m.Exists("/sbin/apk")
	switch {
	case m.Exists("/var/lib/dpkg/status") && !foreign:
		if !m.Exists("/var/cache/apt/pkgcache.bin") {
			return nil, "apt", errors.New("apt keeps no cache here, without it counting takes too long")
		}
		// An update that needs a new package, such as each of the kernel, is no part of "upgrade".
		out, err := m.Tool(ctx, "apt-get", "--simulate", "-o", "Debug::NoLocking=1", "dist-upgrade")
		return parseApt(out), "apt", err
	case m.Exists("/var/lib/pacman/local"):
		out, err := m.Tool(ctx, "pacman", "-Qu")
		return parseArrows(out), "pacman", noUpdates(err)
	case m.Exists("/lib/apk/db/installed"):
		out, err := m.Tool(ctx, "apk", "--no-network", "list", "--upgradable")
		return parseApk(out), "apk", err
	case m.Exists("/usr/bin/dnf"):
		out, err := m.Tool(ctx, "dnf", "--cacheonly", "--quiet", "repoquery", "--upgrades", "--queryformat", `%{name} %{evr}\n`)
		return parseArrows(out), "dnf", err
	}
	return nil, "", errors.New("no package manager that is known here")
}

// parseApk reads "name-1.2-r0 x86_64 {origin} (license) [upgradable from: …]":
// the version begins at the last dash but one.
func parseApk(out []byte) (all []installed) {
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 2 || !strings.Contains(line, "[upgradable from: ") {
			return true
		}
		i := strings.LastIndexByte(f[0], '-')
		if i > 0 {
			i = strings.LastIndexByte(f[0][:i], '-')
		}
		if i > 0 {
			all = append(all, installed{name: f[0][:i], version: f[0][i+1:]})
		}
		return true
	})
	return all
}

// noUpdates is nil for the exit code by which pacman says that there is nothing to
// do.
func noUpdates(err error) error {
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	return err
}

// parseApt reads "Inst name [old] (new origin [architecture])". What has no old version
// is new and updates nothing.
func parseApt(out []byte) (all []installed) {
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] != "Inst" || f[2][0] != '[' {
			return true
		}
		version := ""
		if i := strings.Index(line, "("); i > 0 {
			version, _, _ = strings.Cut(line[i+1:], " ")
		}
		all = append(all, installed{name: f[1], version: strings.TrimSuffix(version, ")")})
		return true
	})
	return all
}

// parseArrows reads "name old -> new" and "name new …".
func parseArrows(out []byte) (all []installed) {
	formats.Lines(bytes.NewReader(out), func(line string) bool {
		f := strings.Fields(line)
		switch {
		case len(f) >= 4 && f[2] == "->":
			all = append(all, installed{name: f[0], version: f[3]})
		case len(f) >= 2:
			all = append(all, installed{name: f[0], version: f[1]})
		}
		return true
	})
	return all
}
