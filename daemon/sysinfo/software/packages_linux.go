package software

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/formats"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/users"
)

// installed is one piece of software.
type installed struct {
	name, version, source, architecture string
	size                                any // bytes
}

// Packages reads the databases of the package managers that are here.
func Packages(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	var all []installed
	readers := []func(context.Context, *machine.Machine) ([]installed, error){
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
	sort.SliceStable(all, func(i, j int) bool { return all[i].name < all[j].name })
	s.Set("count", len(all))
	t := s.Table("packages", document.Col("name"), document.Col("version"), document.Col("source"), document.Col("architecture"), document.Col("size", document.Bytes))
	for _, p := range all {
		t.Add(p.name, p.version, p.source, p.architecture, p.size)
	}
	t.Fail(failed)
	return nil
}

func dpkg(_ context.Context, m *machine.Machine) ([]installed, error) {
	f, err := m.Open("/var/lib/dpkg/status")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all := parseDpkg(m.Limited("/var/lib/dpkg/status", f, maxDatabase))
	for _, file := range m.Glob("/var/lib/dpkg/status.d/*") { // a small container has a file for each package
		if text, err := m.Read(file); err == nil && !ending(file, ".md5sums") {
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
	formats.Blocks(r, ":", wanted, func(b map[string]string) {
		f := strings.Fields(b["Status"])
		if len(f) != 3 || b["Package"] == "" || f[2] == "not-installed" || f[2] == "config-files" {
			return
		}
		source := "dpkg"
		if state := f[2]; state != "installed" && !strings.HasPrefix(state, "triggers-") {
			source += " (" + state + ")" // half installed: often the reason why somebody asks for help
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
func apk(_ context.Context, m *machine.Machine) (all []installed, err error) {
	f, err := m.Open("/lib/apk/db/installed")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	formats.Blocks(m.Limited("/lib/apk/db/installed", f, maxDatabase), ":", []string{"P", "V", "A", "I"}, func(b map[string]string) {
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
func pacman(ctx context.Context, m *machine.Machine) (all []installed, err error) {
	for _, file := range m.Glob("/var/lib/pacman/local/*/desc") {
		if ctx.Err() != nil {
			return all, ctx.Err()
		}
		text, err := m.Read(file)
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
	formats.Lines(bytes.NewReader(text), func(line string) bool {
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
func rpm(ctx context.Context, m *machine.Machine) (all []installed, err error) {
	if !m.Exists("/usr/lib/sysimage/rpm") && !m.Exists("/var/lib/rpm/rpmdb.sqlite") && !m.Exists("/var/lib/rpm/Packages") {
		return nil, nil
	}
	out, err := m.Tool(ctx, "rpm", "-qa", "--queryformat", `%{NAME}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SIZE}\n`)
	formats.Lines(bytes.NewReader(out), func(line string) bool {
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
func flatpak(_ context.Context, m *machine.Machine) (all []installed, err error) {
	roots := []string{"/var/lib/flatpak"}
	for _, home := range users.Homes(m) {
		roots = append(roots, home+"/.local/share/flatpak")
	}
	for _, root := range roots {
		for _, dir := range m.Glob(root + "/app/*/*/*") {
			branch, up := path.Base(dir), path.Dir(dir)
			if path.Base(up) != "current" && branch != "active" {
				all = append(all, installed{path.Base(path.Dir(up)), branch, "flatpak", path.Base(up), nil})
			}
		}
	}
	return all, nil
}

// snap keeps a link called current to the revision in use.
func snap(_ context.Context, m *machine.Machine) (all []installed, err error) {
	for _, root := range []string{"/snap", "/var/lib/snapd/snap"} {
		links := m.Glob(root + "/*/current")
		for _, link := range links {
			all = append(all, installed{path.Base(path.Dir(link)), "revision " + m.Link(link), "snap", "", nil})
		}
		if len(links) > 0 { // the other is a link to it
			break
		}
	}
	return all, nil
}

// ending reports whether the name ends with one of the endings.
func ending(name string, endings ...string) bool {
	return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(name, e) })
}
