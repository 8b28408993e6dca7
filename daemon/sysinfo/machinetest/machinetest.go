// Package machinetest is a computer made of files, for the tests of the collectors:
// a [machine.Machine] that nothing answers for but what the test put there, and
// what such tests say about the sections they get. Only tests import it.
package machinetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"supportd/daemon/sysinfo/document"
	"supportd/daemon/sysinfo/machine"
	"supportd/library/text"
)

// Tree makes files: the name without a leading slash, "name!" for one that may be
// run, "name@" for a link.
func Tree(files map[string]string) fstest.MapFS {
	all := fstest.MapFS{}
	for name, text := range files {
		f := &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		switch {
		case strings.HasSuffix(name, "!"):
			f.Mode = 0o755
		case strings.HasSuffix(name, "@"):
			f.Mode = fs.ModeSymlink | 0o777
		}
		all[strings.TrimRight(name, "!@")] = f
	}
	return all
}

// Item is what an item says: its value, or the reason in brackets.
func Item(t *testing.T, d document.Document, c document.Category, name string) string {
	t.Helper()
	for _, it := range SectionOf(t, d, c).Items {
		if it.Name == name {
			if it.Reason != "" {
				return "(" + it.Reason + ")"
			}
			return fmt.Sprint(it.Value)
		}
	}
	t.Errorf("%s has no item %s", c, name)
	return ""
}

// TableOf is a table of a section; the test ends when there is none.
func TableOf(t *testing.T, d document.Document, c document.Category, name string) document.Table {
	t.Helper()
	for _, table := range SectionOf(t, d, c).Tables {
		if table.Name == name {
			return table
		}
	}
	t.Fatalf("%s has no table %s", c, name)
	return document.Table{}
}

// Cells is each row of a table by some of its columns, one text a row.
func Cells(t *testing.T, table document.Table, columns ...string) (rows []string) {
	t.Helper()
	for _, row := range table.Rows {
		var texts []string
		for _, name := range columns {
			i := slices.IndexFunc(table.Columns, func(c document.Column) bool { return c.Name == name })
			if i < 0 {
				t.Fatalf("no column %s", name)
			}
			texts = append(texts, strings.ReplaceAll(fmt.Sprint(row[i]), "<nil>", "-"))
		}
		rows = append(rows, strings.Join(texts, " | "))
	}
	return rows
}

// Same fails the test when the texts are not these.
func Same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got  %s\n want %s", what, strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
}

// EverySize is a kernel whose file systems all have a size.
func EverySize(m *machine.Machine) *machine.Machine {
	m.Kernel.Space = func(string) (machine.Space, error) {
		return machine.Space{Size: 100 << 20, Used: 40 << 20, Free: 60 << 20}, nil
	}
	return m
}

// Mounts is mountinfo of n file systems in memory below /mnt/p.
func Mounts(n int) string {
	var b strings.Builder
	b.WriteString("22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n23 22 0:21 / /proc rw - proc proc rw\n")
	for i := range n {
		fmt.Fprintf(&b, "%d 22 0:%d / /mnt/p/%03d rw,relatime - tmpfs tmpfs rw,size=1024k\n", 100+i, 100+i, i)
	}
	return b.String()
}

// Clean fails for every character that a terminal or a reader could be fooled by.
func Clean(t *testing.T, what, s string) {
	t.Helper()
	for _, line := range strings.Split(s, "\n") {
		if text.Escape(line) != line {
			t.Errorf("%s: hostile line %q", what, line)
			return
		}
	}
}

// SMBIOS builds a table with one memory module and the end mark.
func SMBIOS() []byte {
	b := make([]byte, 0x28)
	b[0], b[1] = 17, byte(len(b))
	binary.LittleEndian.PutUint16(b[0x0c:], 0x7fff)
	b[0x10], b[0x12] = 1, 0x22
	binary.LittleEndian.PutUint16(b[0x15:], 4800)
	b[0x17], b[0x18], b[0x1a] = 2, 3, 4
	binary.LittleEndian.PutUint32(b[0x1c:], 32768)
	b = append(b, "DIMM A1\x00Maker\x00SN1\x00PART-7 \x00\x00"...)
	return append(b, 127, 4, 0, 0, 0, 0)
}

// New has only these files and no tools.
func New(files fstest.MapFS) *machine.Machine {
	return &machine.Machine{
		Files: files,
		Tool: func(_ context.Context, name string, _ ...string) ([]byte, error) {
			return nil, &machine.ToolError{Name: name, Err: errors.New("there are no tools in this test")}
		},
		Now:     time.Now,
		Hanging: &machine.Guard{},
	}
}

// SectionOf is the section of a category; the test ends when there is none.
func SectionOf(t *testing.T, d document.Document, c document.Category) document.Section {
	t.Helper()
	i := slices.IndexFunc(d.Sections, func(s document.Section) bool { return s.Category == c })
	if i < 0 {
		t.Fatalf("no section %s", c)
	}
	return d.Sections[i]
}

// Stopped is a machine whose clock stands still.
func Stopped(m *machine.Machine, now time.Time) *machine.Machine {
	m.Now = func() time.Time { return now }
	return m
}

var Noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// Both writes a document in both formats.
func Both(t *testing.T, d document.Document) (text, js string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := errors.Join(document.WriteText(&a, d), document.WriteJSON(&b, d)); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
}

// Probes are collectors by their category.
type Probes map[document.Category]machine.Probe

// Ask fills the section of each category by its probe, as a Collector does.
func (p Probes) Ask(t *testing.T, m *machine.Machine, categories ...document.Category) (d document.Document) {
	t.Helper()
	for _, c := range categories {
		s := document.NewSheet(c)
		ctx, cancel := context.WithTimeout(t.Context(), machine.Longest)
		err := m.Hanging.Do(ctx, string(c), func() error { return p[c](ctx, m.Filling(s), s) })
		cancel()
		d.Sections = append(d.Sections, s.Seal(err))
	}
	return d
}
