package software

import (
	"cmp"
	"context"
	"path"
	"strings"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/daemon/sysinfo/users"
)

// Packages reads the applications' own descriptions; system_profiler would
// take longer than a document has.
func Packages(ctx context.Context, m *machine.Machine, s *document.Sheet) error {
	t := s.Table("packages", document.Col("name"), document.Col("version"), document.Col("source"))
	count := 0
	add := func(name, version, source string) {
		count++
		t.Add(name, version, source)
	}
	patterns := []string{"/Applications/*.app", "/Applications/*/*.app", "/System/Applications/*.app"}
	for _, home := range users.Homes(m) {
		patterns = append(patterns, home+"/Applications/*.app")
	}
	for _, pattern := range patterns {
		for _, app := range m.Glob(pattern) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			p := m.Properties(app + "/Contents/Info.plist")
			add(strings.TrimSuffix(path.Base(app), ".app"), cmp.Or(p.Text("CFBundleShortVersionString"), p.Text("CFBundleVersion")), path.Dir(app))
		}
	}
	for _, root := range []string{"/opt/homebrew/", "/usr/local/"} {
		for _, kind := range []string{"Cellar", "Caskroom"} {
			for _, dir := range m.Glob(root + kind + "/*/*") {
				add(path.Base(path.Dir(dir)), path.Base(dir), "homebrew")
			}
		}
	}
	t.ByName()
	s.Set("count", count)
	return nil
}
