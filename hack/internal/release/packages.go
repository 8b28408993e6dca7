package main

import (
	"context"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// What each package has to hold, for people who review a change of it and for every
// release, which is not made with anything else.
//
//go:embed contents
var contents embed.FS

func kinds() []string { return []string{"deb", "rpm", "apk"} }

func (m *maker) writePackages(ctx context.Context) error {
	for _, t := range m.targets {
		if t.os != "linux" {
			continue
		}
		for _, name := range programs() {
			stage := filepath.Join(m.work, "stage", t.arch, name)
			if err := lay(stage, m.parts(t, name), m.when); err != nil {
				return err
			}
			for _, kind := range kinds() {
				file, err := m.pack(ctx, []string{m.tool("nfpm")}, stage, name, kind, t.arch)
				if err != nil {
					return err
				}
				if err := check(file, name, kind, m.targets); err != nil {
					return err
				}
				if err := m.checkParts(file, stage, t, name, kind); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// parts is what a package is made of; hack/packaging/nfpm says where it goes.
func (m *maker) parts(t target, name string) []member {
	all := []member{
		{name, m.program(t, name), 0o755}, {name + ".1.gz", m.text(name + ".1.gz"), 0o644},
		{"LICENSE", filepath.Join(m.source(), "LICENSE"), 0o644}, {"packaging", filepath.Join(m.source(), "hack", "packaging"), os.ModeDir},
		{"doc/sbom.cdx.json", m.bill(t, name), 0o644}, {"doc/" + thirdParties, m.text(thirdParties), 0o644},
	}
	for _, page := range readings() {
		if page != "LICENSE" {
			all = append(all, member{"doc/" + page, filepath.Join(m.source(), page), 0o644})
		}
	}
	switch name {
	case ctl:
		for _, file := range completions() {
			all = append(all, member{"completions/" + file, m.text(file), 0o644})
		}
	case relay:
		for _, of := range m.targets {
			all = append(all, member{"stock/" + stock(of), m.program(of, agent), 0o755})
		}
	}
	return all
}

// stock is the name of a customer's program as it was built, as the relay's join page
// calls one.
func stock(t target) string { return agent + "-" + t.os + "-" + t.arch + t.exe() }

// lay puts the parts where nfpm finds them, with the one time that a release knows.
func lay(stage string, parts []member, when time.Time) error {
	for _, part := range parts {
		to := filepath.Join(stage, filepath.FromSlash(part.name))
		if part.mode.IsDir() {
			if err := os.CopyFS(to, os.DirFS(part.from)); err != nil {
				return err
			}
			continue
		}
		b, err := os.ReadFile(part.from)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, b, part.mode); err != nil {
			return err
		}
	}
	return filepath.WalkDir(stage, func(file string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(file, when, when)
	})
}

// pack makes one package and returns the path of it.
func (m *maker) pack(ctx context.Context, nfpm []string, stage, name, kind, arch string) (string, error) {
	env := append(slices.Clone(m.env), "VERSION="+m.version, "ARCH="+arch, fmt.Sprintf("SOURCE_DATE_EPOCH=%d", m.when.Unix()))
	into := filepath.Join(m.work, "packed", arch, name+"-"+kind)
	if err := os.MkdirAll(into, 0o755); err != nil {
		return "", err
	}
	args := append(nfpm[1:], "package", "--config", "packaging/nfpm/"+name+".yaml", "--packager", kind, "--target", into)
	if _, err := m.output(ctx, stage, env, nfpm[0], args...); err != nil {
		return "", err
	}
	made, err := os.ReadDir(into)
	if err != nil || len(made) != 1 {
		return "", fmt.Errorf("%s as %s: %d files, %w", name, kind, len(made), err)
	}
	if err := os.MkdirAll(m.made(), 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(m.made(), made[0].Name())
	return file, os.Rename(filepath.Join(into, made[0].Name()), file)
}

// check compares what a package holds with what it has to hold.
func check(file, name, kind string, targets []target) error {
	list, err := holds(file, kind)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	want, err := contents.ReadFile("contents/" + name + "." + kind)
	if err != nil {
		return err
	}
	if got, want := describe(list), lacking(string(want), targets); got != want {
		return fmt.Errorf("%s does not hold what hack/internal/release/contents says:\n%s", filepath.Base(file), difference(want, got))
	}
	return nil
}

// checkParts reads what a package has for the programs and for its scripts, and compares it
// with what was built and committed.
func (m *maker) checkParts(file, stage string, t target, name, kind string) error {
	list, err := holds(file, kind)
	if err != nil {
		return err
	}
	from := map[string]string{"/usr/bin/" + name: filepath.Join(stage, name)}
	if name == relay {
		for _, of := range m.targets {
			from["/usr/lib/support-relay/stock/"+stock(of)] = filepath.Join(stage, "stock", stock(of))
		}
		for script, called := range scripts() {
			for _, its := range called {
				from[its] = filepath.Join(stage, "packaging", "nfpm", relay+"."+script)
			}
		}
	}
	for _, h := range list {
		path, known := from[h.path]
		switch {
		case !known && h.script:
			return fmt.Errorf("%s has a script %s that is not known", filepath.Base(file), h.path)
		case !known:
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if h.sum != sumOf(want) {
			return fmt.Errorf("%s has another %s than %s", filepath.Base(file), h.path, path)
		}
		delete(from, h.path)
	}
	for path := range from {
		if strings.HasPrefix(path, "/") {
			return fmt.Errorf("%s has no %s", filepath.Base(file), path)
		}
	}
	return nil
}

// scripts are how the kinds of packages call the scripts of hack/packaging/nfpm.
func scripts() map[string][]string {
	return map[string][]string{
		"postinstall": {"postinst", "postin", "post-install", "post-upgrade"},
		"preremove":   {"prerm", "preun", "pre-deinstall"},
		"postremove":  {"postrm", "postun", "post-deinstall"},
	}
}

// lacking takes out of a list the customers' programs for systems that are not built.
func lacking(list string, targets []target) string {
	var b strings.Builder
	for line := range strings.Lines(list) {
		built := !strings.Contains(line, "/stock/"+agent)
		for _, t := range targets {
			built = built || strings.Contains(line, "/stock/"+stock(t)+"\n")
		}
		if built {
			b.WriteString(line)
		}
	}
	return b.String()
}

// difference names the lines that only one of two lists has.
func difference(want, got string) string {
	var b strings.Builder
	has := func(list, line string) bool { return slices.Contains(slices.Collect(strings.Lines(list)), line) }
	for line := range strings.Lines(want) {
		if !has(got, line) {
			b.WriteString("  missing " + line)
		}
	}
	for line := range strings.Lines(got) {
		if !has(want, line) {
			b.WriteString("  besides " + line)
		}
	}
	return b.String()
}
