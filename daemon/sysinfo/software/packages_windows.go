package software

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/sys/windows/registry"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
)

// installed is one program that can be removed.
type installed struct {
	name, version, source, architecture string
	size                                any // bytes
}

// Packages reads what "Installed apps" shows; Win32_Product would start
// repairing packages while it lists them.
func Packages(_ context.Context, _ *machine.Machine, s *document.Sheet) error {
	const path = `Microsoft\Windows\CurrentVersion\Uninstall`
	var all []installed
	for _, place := range []struct {
		root registry.Key
		path string
		bits string
	}{
		{registry.LOCAL_MACHINE, `SOFTWARE\` + path, "64-bit"},
		{registry.LOCAL_MACHINE, `SOFTWARE\WOW6432Node\` + path, "32-bit"},
		{registry.CURRENT_USER, `SOFTWARE\` + path, "user"},
	} {
		for _, key := range machine.RegKeys(place.root, place.path) {
			at := place.path + `\` + key
			name := machine.RegText(place.root, at, "DisplayName")
			hidden, err := machine.RegNumber(place.root, at, "SystemComponent")
			if name == "" || err == nil && hidden == 1 {
				continue
			}
			p := installed{name, machine.RegText(place.root, at, "DisplayVersion"), machine.RegText(place.root, at, "Publisher"), place.bits, nil}
			if kib, err := machine.RegNumber(place.root, at, "EstimatedSize"); err == nil {
				p.size = kib << 10
			}
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b installed) int { return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	s.Set("count", len(all))
	t := s.Table("packages", document.Col("name"), document.Col("version"), document.Col("source"), document.Col("architecture"), document.Col("size", document.Bytes))
	for _, p := range all {
		t.Add(p.name, p.version, p.source, p.architecture, p.size)
	}
	return nil
}
