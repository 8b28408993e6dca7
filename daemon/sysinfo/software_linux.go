package sysinfo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// installed is one piece of software.
type installed struct {
	name, version, source, architecture string
	size                                any // bytes
}

// probeSoftware reads the databases of the package managers that are here.
func probeSoftware(ctx context.Context, m *machine, s *sheet) error {
	var all []installed
	readers := []func(context.Context, *machine) ([]installed, error){
		dpkg, rpm, pacman, apk, flatpak, snap,
	}
	var failed error
	for _, read := range readers {
		found, err := read(ctx, m)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, err)
		}
		all = append(all, found...)
	}
	if len(all) == 0 && failed == nil {
		failed = errors.New("no package manager that is known here")
	}
	slices.SortStableFunc(all, func(a, b installed) int { return strings.Compare(a.name, b.name) })
	s.set("count", len(all))
	t := s.table("packages", col("name"), col("version"), col("source"), col("architecture"), col("size", Bytes))
	for _, p := range all {
		t.add(p.name, p.version, p.source, p.architecture, p.size)
	}
	t.fail(failed)
	return nil
}

func dpkg(_ context.Context, m *machine) ([]installed, error) {
	f, err := m.open("/var/lib/dpkg/status")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := parseDpkg(m.limited("/var/lib/dpkg/status", f, maxDatabase))
	for _, file := range m.glob("/var/lib/dpkg/status.d/*") { // a small container has a file for each package
		if text, err := m.read(file); err == nil && !ending(file, ".md5sums") {
			all = append(all, parseDpkg(bytes.NewReader(append([]byte("Status: install ok installed\n"), text...)))...)
		}
	}
	return all, nil
}

// maxDatabase bounds a package database; that of a full desktop has 5 MB.
const maxDatabase = 64 << 20

// parseDpkg reads /var/lib/dpkg/status.
func parseDpkg(r io.Reader) (all []installed) {
	wanted := []string{"Package", "Status", "Version", "Architecture", "Installed-Size"}
	parseBlocks(r, ":", wanted, func(b map[string]string) {
		f := strings.Fields(b["Status"])
		if len(f) != 3 || b["Package"] == "" || f[2] == "not-installed" || f[2] == "config-files" {
			return
		}
		source := "dpkg"
		if state := f[2]; state != "installed" && !strings.HasPrefix(state, "triggers-") {
			source += " (" + state + ")" // what broke off in the middle is what somebody asks for help with
		}
		if f[1] != "ok" {
			source += " (" + f[1] + ")"
		}
		all = append(all, installed{b["Package"], b["Version"], source, b["Architecture"], kibibytes(b["Installed-Size"])})
	})
	return all
}

func kibibytes(s string) any {
	n, err := strconv.ParseUint(s, 10, 50)
	if err != nil {
		return nil
	}
	return n << 10
}

// apk reads the database of Alpine: one letter is the key.
func apk(_ context.Context, m *machine) (all []installed, err error) {
	f, err := m.open("/lib/apk/db/installed")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	parseBlocks(m.limited("/lib/apk/db/installed", f, maxDatabase), ":", []string{"P", "V", "A", "I"}, func(b map[string]string) {
		var size any
		if n, err := strconv.ParseUint(b["I"], 10, 64); err == nil {
			size = n
		}
		if b["P"] != "" {
			all = append(all, installed{b["P"], b["V"], "apk", b["A"], size})
		}
	})
	return all, nil
}

// pacman keeps a directory for each package, with a file of %KEY% lines.
func pacman(ctx context.Context, m *machine) (all []installed, err error) {
	for _, file := range m.glob("/var/lib/pacman/local/*/desc") {
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		text, err := m.read(file)
		if err != nil {
			continue
		}
		if p := parsePacman(text); p.name != "" {
			all = append(all, p)
		}
	}
	return all, nil
}

func parsePacman(text []byte) installed {
	p, key := installed{source: "pacman"}, ""
	lines(bytes.NewReader(text), func(line string) bool {
		switch {
		case strings.HasPrefix(line, "%"):
			key = line
		case line == "":
			key = ""
		case key == "%NAME%":
			p.name = line
		case key == "%VERSION%":
			p.version = line
		case key == "%ARCH%":
			p.architecture = line
		case key == "%SIZE%":
			if n, err := strconv.ParseUint(line, 10, 64); err == nil {
				p.size = n
			}
		}
		return true
	})
	return p
}

// rpm has a binary database in one of three formats: its own tool reads it.
func rpm(ctx context.Context, m *machine) (all []installed, err error) {
	if !m.exists("/usr/lib/sysimage/rpm") && !m.exists("/var/lib/rpm/rpmdb.sqlite") && !m.exists("/var/lib/rpm/Packages") {
		return nil, nil
	}
	out, err := m.tool(ctx, "rpm", "-qa", "--queryformat", `%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SIZE}\n`)
	lines(bytes.NewReader(out), func(line string) bool {
		if f := strings.Split(line, "\t"); len(f) == 4 && f[0] != "gpg-pubkey" { // a key and no package
			p := installed{f[0], f[1], "rpm", f[2], nil}
			if n, err := strconv.ParseUint(f[3], 10, 64); err == nil {
				p.size = n
			}
			all = append(all, p)
		}
		return true
	})
	return all, err
}

// flatpak keeps name/architecture/branch as directories.
func flatpak(_ context.Context, m *machine) (all []installed, err error) {
	roots := []string{"/var/lib/flatpak"}
	for _, home := range homes(m) {
		roots = append(roots, home+"/.local/share/flatpak")
	}
	for _, root := range roots {
		for _, dir := range m.glob(root + "/app/*/*/*") {
			branch, up := path.Base(dir), path.Dir(dir)
			if path.Base(up) != "current" && branch != "active" {
				all = append(all, installed{path.Base(path.Dir(up)), branch, "flatpak", path.Base(up), nil})
			}
		}
	}
	return all, nil
}

// snap keeps a link called current to the revision in use.
func snap(_ context.Context, m *machine) (all []installed, err error) {
	for _, root := range []string{"/snap", "/var/lib/snapd/snap"} {
		links := m.glob(root + "/*/current")
		for _, link := range links {
			all = append(all, installed{path.Base(path.Dir(link)), "revision " + m.link(link), "snap", "", nil})
		}
		if len(links) > 0 { // the other is a link to it
			break
		}
	}
	return all, nil
}

// probeUpdates says what waits to be installed. It asks the package manager for
// what it already knows, nothing is fetched.
func probeUpdates(ctx context.Context, m *machine, s *sheet) error {
	pending, source, err := pendingPackages(ctx, m)
	s.try("pending", len(pending), err)
	s.set("source", source)
	required := m.exists("/run/reboot-required") || m.exists("/var/run/reboot-required")
	if m.container() == "none" { // else the kernel is another system's
		// the modules of the running kernel are gone: it was replaced
		release, all := m.line("/proc/sys/kernel/osrelease"), m.glob("/usr/lib/modules/*/modules.dep")
		required = required || release != "" && len(all) > 0 && !m.exists("/usr/lib/modules/"+release)
	}
	s.set("reboot_required", required)
	s.set("lists_refreshed", newest(m, "/var/lib/apt/lists/*Release", "/var/lib/pacman/sync/*.db", "/var/cache/dnf/*/repodata/repomd.xml",
		"/var/cache/libdnf5/*/repodata/repomd.xml", "/var/cache/zypp/solv/*/solv", "/var/cache/apk/APKINDEX.*", "/etc/apk/cache/APKINDEX.*"))
	s.set("last_change", newest(m, "/var/log/dpkg.log", "/var/log/pacman.log", "/var/lib/rpm/rpmdb.sqlite", "/usr/lib/sysimage/rpm/rpmdb.sqlite", "/lib/apk/db/installed"))
	t := s.table("packages", col("name"), col("version"))
	for _, p := range pending {
		t.add(p.name, p.version)
	}
	return nil
}

// newest is when the newest of the files was written; the zero time when there
// is none.
func newest(m *machine, patterns ...string) (at time.Time) {
	for _, pattern := range patterns {
		for _, file := range m.glob(pattern) {
			if info, err := fs.Stat(m.files, file[1:]); err == nil && info.ModTime().After(at) {
				at = info.ModTime().Truncate(time.Second)
			}
		}
	}
	return at
}

// pendingPackages lists the updates that the package manager knows of. A distribution
// has one, although others may be installed beside it.
func pendingPackages(ctx context.Context, m *machine) (all []installed, source string, err error) {
	foreign := m.family("fedora", "rhel") && m.exists("/usr/bin/dnf") || m.family("arch") && m.exists("/usr/bin/pacman") || m.family("alpine") && m.exists("/sbin/apk")
	switch {
	case m.exists("/var/lib/dpkg/status") && !foreign:
		if !m.exists("/var/cache/apt/pkgcache.bin") {
			return nil, "apt", errors.New("apt keeps no cache here, without it counting takes too long")
		}
		out, err := m.tool(ctx, "apt-get", "--simulate", "-o", "Debug::NoLocking=1", "upgrade")
		return parseApt(out), "apt", err
	case m.exists("/var/lib/pacman/local"):
		out, err := m.tool(ctx, "pacman", "-Qu")
		return parseArrows(out), "pacman", noUpdates(err)
	case m.exists("/lib/apk/db/installed"):
		out, err := m.tool(ctx, "apk", "--no-network", "list", "--upgradable")
		return parseApk(out), "apk", err
	case m.exists("/usr/bin/dnf"):
		out, err := m.tool(ctx, "dnf", "--cacheonly", "--quiet", "repoquery", "--upgrades", "--queryformat", `%{name} %{evr}\n`)
		return parseArrows(out), "dnf", err
	}
	return nil, "", errors.New("no package manager that is known here")
}

// parseApk reads "name-1.2-r0 x86_64 {origin} (license) [upgradable from: …]":
// the version begins at the last dash but one.
func parseApk(out []byte) (all []installed) {
	lines(bytes.NewReader(out), func(line string) bool {
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

// noUpdates takes the code by which pacman says that there is nothing to do for
// an answer.
func noUpdates(err error) error {
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	return err
}

// parseApt reads "Inst name [old] (new origin [architecture])".
func parseApt(out []byte) (all []installed) {
	lines(bytes.NewReader(out), func(line string) bool {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] != "Inst" {
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
	lines(bytes.NewReader(out), func(line string) bool {
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
