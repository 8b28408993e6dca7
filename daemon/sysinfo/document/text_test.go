package document

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"supportd/library/text"
)

// sample is a document with every kind of value.
func sample() Document {
	zone := time.FixedZone("KST", 9*60*60)
	return Document{
		Host: "PC-0417", Collected: time.Date(2026, 11, 23, 15, 4, 5, 0, zone),
		Sections: []Section{
			{
				Category: Memory, Took: 12 * time.Millisecond,
				Items: []Item{
					{Name: "total", Value: uint64(8 << 30), Unit: Bytes},
					{Name: "used_percent", Value: 41.5, Unit: Percent},
					{Name: "serial", Withheld: true, Class: Serials},
					{Name: "bios_date", Reason: "needs administrator rights"},
					{Name: "uptime", Value: 76*time.Hour + 10*time.Minute, Unit: Seconds},
					{Name: "last_boot", Value: time.Date(2026, 11, 20, 10, 54, 5, 0, zone), Unit: Instant},
					{Name: "uefi", Value: true},
				},
				Tables: []Table{{
					Name:    "volumes",
					Columns: []Column{{Name: "mount"}, {Name: "size", Unit: Bytes}, {Name: "owner", Class: UserNames, Withheld: true}},
					Rows:    [][]any{{"/", uint64(250 << 30), nil}, {"/사진", nil, nil}, {"/mnt", uint64(1 << 20), nil}},
					Omitted: 3, Reason: "it took too long",
				}, {Name: "modules", Reason: "needs administrator rights"}, {Name: "fans"}},
				Reason: "it took too long",
			},
			{Category: Processes, Withheld: true},
		},
	}
}

func TestText(t *testing.T) {
	const want = `System information of PC-0417
collected 2026-11-23 15:04:05 +09:00

Memory [memory]
  Total         8 GiB
  Used percent  41.5 %
  Serial        withheld
  BIOS date     (needs administrator rights)
  Uptime        3 days 4 h
  Last boot     2026-11-20 10:54:05 +09:00
  UEFI          yes
  Volumes (6)
    Mount     Size  Owner
    /      250 GiB  withheld
    /사진        -  withheld
    /mnt     1 MiB  withheld
    … and 3 more, left out
    incomplete: it took too long
  Modules: (needs administrator rights)
  Fans: none
  incomplete: it took too long

Processes [processes]
  withheld by the customer
`
	var b strings.Builder
	if err := WriteText(&b, sample()); err != nil {
		t.Fatal(err)
	}
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// Hangul takes two cells, decomposed or not; the customer's locale has no say.
func TestColumnsAlignInTerminalCells(t *testing.T) {
	t.Setenv("LANG", "ko_KR.UTF-8")
	t.Setenv("LC_ALL", "ko_KR.UTF-8")
	var b strings.Builder
	table := Table{Name: "files", Columns: []Column{{Name: "name"}, {Name: "mark"}}, Rows: [][]any{
		{"plain", "|"}, {"김철수", "|"}, {"\u1100\u1175\u11b7", "|"}, {"日本語", "|"}, {"e\u0301", "|"}, {"Ωμέγα…", "|"},
	}}
	if err := NewText(&b).Section(Section{Category: Summary, Tables: []Table{table}}); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if before, _, ok := strings.Cut(line, "|"); ok && text.Width(before) != 4+6+2 {
			t.Errorf("the mark stands at cell %d in %q", text.Width(before), line)
		}
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct {
		v    any
		u    Unit
		want string
	}{
		{uint64(0), Bytes, "0 B"},
		{uint64(1023), Bytes, "1023 B"},
		{uint64(1536), Bytes, "1.5 KiB"},
		{uint64(1) << 62, Bytes, "4 EiB"},
		{int64(-5), Bytes, "-5 B"},
		{2.6e9, Hertz, "2.6 GHz"},
		{uint64(1e9), BitsPerSec, "1 Gbit/s"},
		{47.25, Celsius, "47.2 °C"},
		{99.96, Percent, "100 %"},
		{90 * time.Second, Seconds, "1 min 30 s"},
		{25 * time.Hour, Seconds, "1 day 1 h"},
		{-time.Second, Seconds, "-1 s"},
		{1500 * time.Millisecond, Seconds, "1.5 s"},
		{12.0, Watthours, "12 Wh"},
		{3600.0, Seconds, "1 h 0 min"},
		{int64(42), Unit(""), "42"},
		{false, Unit(""), "no"},
		{nil, Bytes, ""},
	} {
		if got := show(c.v, c.u); got != c.want {
			t.Errorf("%v %s: %q, want %q", c.v, c.u, got, c.want)
		}
	}
}

func hostile() []string {
	return []string{
		"\x1b[2J\x1b]0;owned\a", "\u009b31m", "line\r\nConsent given: yes", "a\u202egnp.exe", "zero\u200bwidth", "nul\x00byte", "bad\xff\xfeutf8",
		"\u2066x\u2069", "\U000e0041tag", "\x7f",
	}
}

func hostileDocument() Document {
	d := Document{Host: hostile()[0]}
	for _, c := range Categories() {
		s := NewSheet(c)
		list := s.Table("list", Col("value"), Col("more"))
		for _, h := range hostile() {
			s.Set("value", h)
			s.Fail("failed", errors.New(h))
			list.Add(h, h)
		}
		list.Fail(errors.New(hostile()[0]))
		d.Sections = append(d.Sections, s.Seal(errors.New(hostile()[1])))
	}
	return d
}

func TestC12_HostileTextFromTheComputer(t *testing.T) {
	text, _ := both(t, hostileDocument())
	clean(t, "text", text)
	if strings.Contains(text, "\nConsent given") {
		t.Error("a value made a line of its own")
	}
}

func TestR10_HostileTextInJSON(t *testing.T) {
	d := hostileDocument()
	_, js := both(t, d)
	clean(t, "JSON", js)
	back := decode(t, js)
	values := []string{}
	for _, it := range back.Sections[0].Items {
		if text, ok := it.Value.(string); ok {
			values = append(values, text)
		}
	}
	for i, h := range hostile() {
		want := escapeInvalid(strings.Trim(h, " \t\r\n\x00"))
		if values[i] != want {
			t.Errorf("%q came back as %q", want, values[i])
		}
	}
}

func FuzzText(f *testing.F) {
	for _, h := range hostile() {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sh := NewSheet(Log)
		sh.Set("value", s)
		sh.Table("list", Col("value"), Col("other")).Add(s, "x")
		text, js := both(t, Document{Host: s, Sections: []Section{sh.Seal(errors.New(s))}})
		clean(t, "text", text)
		clean(t, "JSON", js)
		decode(t, js)
	})
}

// both writes a document in both formats.
func both(t *testing.T, d Document) (text, js string) {
	t.Helper()
	var a, b bytes.Buffer
	if err := errors.Join(WriteText(&a, d), WriteJSON(&b, d)); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
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
