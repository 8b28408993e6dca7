package sysinfo

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
	"supportd/library/text"
)

// tree makes files: the name without a leading slash, "name!" for one that may be
// run, "name@" for a link.
func tree(files map[string]string) fstest.MapFS {
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

// item is what an item says: its value, or the reason in brackets.
func item(t *testing.T, d document.Document, c document.Category, name string) string {
	t.Helper()
	for _, it := range sectionOf(t, d, c).Items {
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

func tableOf(t *testing.T, d document.Document, c document.Category, name string) document.Table {
	t.Helper()
	for _, table := range sectionOf(t, d, c).Tables {
		if table.Name == name {
			return table
		}
	}
	t.Fatalf("%s has no table %s", c, name)
	return document.Table{}
}

// cells is each row of a table by some of its columns, one text a row.
func cells(t *testing.T, table document.Table, columns ...string) (rows []string) {
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

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got  %s\n want %s", what, strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
}

// everySize is a kernel whose file systems all have a size.
func everySize(m *machine) *machine {
	m.kernel.space = func(string) (space, error) { return space{size: 100 << 20, used: 40 << 20, free: 60 << 20}, nil }
	return m
}

// manyMounts is mountinfo of n file systems in memory below /mnt/p.
func manyMounts(n int) string {
	var b strings.Builder
	b.WriteString("22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n23 22 0:21 / /proc rw - proc proc rw\n")
	for i := range n {
		fmt.Fprintf(&b, "%d 22 0:%d / /mnt/p/%03d rw,relatime - tmpfs tmpfs rw,size=1024k\n", 100+i, 100+i, i)
	}
	return b.String()
}

// clean fails for every character that a terminal or a reader could be fooled by.
func clean(t *testing.T, what, s string) {
	t.Helper()
	for _, line := range strings.Split(s, "\n") {
		if text.Escape(line) != line {
			t.Errorf("%s: hostile line %q", what, line)
			return
		}
	}
}

// smbios builds a table with one memory module and the end mark.
func smbios() []byte {
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

// fakeMachine has only these files and no tools.
func fakeMachine(files fstest.MapFS) *machine {
	return &machine{
		files: files,
		tool: func(_ context.Context, name string, _ ...string) ([]byte, error) {
			return nil, &toolError{name: name, err: errors.New("there are no tools in this test")}
		},
		now:     time.Now,
		hanging: &guard{},
	}
}

func sectionOf(t *testing.T, d document.Document, c document.Category) document.Section {
	t.Helper()
	i := slices.IndexFunc(d.Sections, func(s document.Section) bool { return s.Category == c })
	if i < 0 {
		t.Fatalf("no section %s", c)
	}
	return d.Sections[i]
}

// at is a machine whose clock stands still.
func stopped(m *machine, now time.Time) *machine {
	m.now = func() time.Time { return now }
	return m
}

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// both writes a document in both formats.
func both(t *testing.T, d document.Document) (text, js string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := errors.Join(document.WriteText(&a, d), document.WriteJSON(&b, d)); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
}
