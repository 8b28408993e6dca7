package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportd/hack/testkit"
	"supportd/library/api"
	"supportd/library/text"
)

const sysinfoText = `System information of pc-0417
collected 2026-11-23 07:07:26 +00:00

Operating system [os]
  Name     Debian GNU/Linux
  Version  12 (bookworm)

Software [software]
  Installed (3)
    Name   Version
    bash   5.2
    curl   7.88
    zlib   1.2
`

func TestLookIsTakenApart(t *testing.T) {
	l := parseLook(sysinfoText, time.Unix(1_800_000_000, 0))
	if l.Host != "pc-0417" || len(l.Sections) != 2 || l.Sections[1].Category != "software" || len(l.Sections[1].Lines) != 5 {
		t.Fatalf("%+v", l)
	}
	for line, want := range map[string]string{
		"Operating system [os]": "os", "  indented [os]": "", "[os]": "", "Title [O S]": "", "Title [os] ": "", "Title []": "", "": "", "T [x": "",
	} {
		if got := headingOf(line); got != want {
			t.Errorf("headingOf(%q) = %q, want %q", line, got, want)
		}
	}
}

func TestChanges(t *testing.T) {
	before := parseLook(sysinfoText, time.Unix(1_800_000_000, 0))
	later := strings.NewReplacer(
		"    bash   5.2\n    curl   7.88\n", "    curl                  7.88\n    bash                  5.3\n    evil\n",
	).Replace(sysinfoText) + "\nPrinters [printers]\n  none\n"
	got := parseLook(later, time.Now()).changesSince(nil, before)
	for _, want := range []string{
		"Changes on pc-0417 since ", "Software [software]\n- bash   5.2\n+ bash                  5.3\n+ evil\n",
		"no change: os\n", "seen for the first time: printers\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "curl") {
		t.Errorf("a line that only moved counts as changed:\n%s", got)
	}
	if got := before.changesSince(nil, look{}); !strings.Contains(got, "first look") {
		t.Errorf("first look: %s", got)
	}
}

// A look at some categories keeps what was seen of the others, and one of another
// computer changes nothing.
func TestLooksAreRemembered(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	one, two := testkit.NewKey(t).PublicKey(), testkit.NewKey(t).PublicKey()
	full := parseLook(sysinfoText, time.Now())
	full.Number = "482913077"
	if before, err := b.remember(one, full); err != nil || len(before.Sections) != 0 {
		t.Fatalf("%+v, %v", before, err)
	}
	part := look{Number: full.Number, Host: "pc-0417", Sections: []lookSection{{Category: "cpu", Lines: []string{"  Usage 5 %"}}}}
	if before, err := b.remember(one, part); err != nil || len(before.Sections) != 2 {
		t.Fatalf("%+v, %v", before, err)
	}
	// A number is given out again; the computer behind it is another one.
	other := full
	other.Host = "pc-0418"
	if before, err := b.remember(two, other); err != nil || len(before.Sections) != 0 {
		t.Fatalf("another computer: %+v, %v", before, err)
	}
	before, err := b.remember(one, full)
	if err != nil || before.section("cpu") == nil || before.section("software") == nil {
		t.Fatalf("%+v, %v", before, err)
	}
	// The same computer comes with another key and another number next time.
	again := full
	again.Number = "553681754"
	before, err = b.remember(testkit.NewKey(t).PublicKey(), again)
	if err != nil || before.Number != full.Number || before.section("software") == nil {
		t.Fatalf("%+v, %v", before, err)
	}
	if text := again.changesSince(nil, before); !strings.Contains(text, "when a computer of this name was in session 482 913 077\n") {
		t.Errorf("%s", text)
	}
}

func TestOldAndBrokenLooks(t *testing.T) {
	b := newBench(t)
	b.logIn(t)
	key := testkit.NewKey(t).PublicKey()
	if _, err := b.remember(key, look{Host: "old"}); err != nil {
		t.Fatal(err)
	}
	dir := b.path(looksDir)
	path := filepath.Join(dir, left(t, dir)[0])
	long := time.Now().Add(-looksKept - time.Hour)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
	if before, err := b.remember(key, look{Host: "new"}); err != nil || before.Host != "" {
		t.Errorf("a look of last month is still there: %+v, %v", before, err)
	}
	if err := os.WriteFile(path, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if before, err := b.remember(key, look{Host: "new"}); err != nil || before.Host != "" {
		t.Errorf("broken look: %+v, %v", before, err)
	}
}

func TestScreens(t *testing.T) {
	var text strings.Builder
	text.WriteString("System information of pc\n")
	for _, rows := range []int{3, 2, 12, 1} {
		fmt.Fprintf(&text, "\nTitle [c%s]\n", strings.Repeat("x", rows))
		for i := range rows {
			fmt.Fprintf(&text, "  row %d of %d\n", i+1, rows)
		}
	}
	for _, width := range []int{80, 8} {
		for height := range 30 {
			screens := screensOf(text.String(), width, height)
			if strings.Join(screens, "") != text.String() {
				t.Fatalf("width %d, height %d: text is lost", width, height)
			}
			for i, s := range screens {
				rows := 0
				for line := range strings.Lines(s) {
					rows += max(1, (len(strings.TrimRight(line, "\n"))+width-1)/width)
				}
				if limit := max(height, 3); rows > limit && strings.Count(s, "\n") > 1 {
					t.Errorf("width %d, height %d: screen %d has %d rows:\n%s", width, height, i, rows, s)
				}
			}
		}
	}
	// The second section does not fit behind the first, which is more than half a
	// screen; the third begins where there is room for most of a screen.
	screens := screensOf(text.String(), 80, 10)
	var first []string
	for _, s := range screens {
		line, _, _ := strings.Cut(strings.TrimLeft(s, "\n"), "\n")
		first = append(first, line)
	}
	if want := []string{"System information of pc", "Title [cxx]", "  row 6 of 12"}; !slices.Equal(first, want) {
		t.Errorf("screens begin with %q, want %q", first, want)
	}
	if !hasHeading(screens[2]) || hasHeading("  row 6 of 12\n") {
		t.Errorf("where the next category begins is not found in %q", screens[2])
	}
}

func TestCategoriesAreInTheirOrder(t *testing.T) {
	list := api.Categories()
	if len(list) != 21 || list[0] != "summary" || list[20] != "printers" {
		t.Errorf("%v", list)
	}
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	if len(slices.Compact(sorted)) != len(list) {
		t.Error("a category stands twice")
	}
}

// Whatever a computer says about itself can be taken apart, compared with itself
// without a change, and paged without loss.
func FuzzLook(f *testing.F) {
	f.Add(sysinfoText, 80, 24)
	f.Add("\n[os]\nx [os]\n [cpu]\nTitle [cpu]\nTitle [cpu]\n  a\n\ta\n", 3, 1)
	f.Fuzz(func(t *testing.T, s string, width, height int) {
		s = text.EscapeLines(s)
		l := parseLook(s, time.Unix(1_800_000_000, 0))
		seen := map[string]bool{}
		for _, s := range l.Sections {
			if seen[s.Category] {
				return // one category twice is compared with the first
			}
			seen[s.Category] = true
		}
		for line := range strings.Lines(l.changesSince(nil, l)) {
			if strings.HasPrefix(line, "+ ") || strings.HasPrefix(line, "- ") {
				t.Errorf("a change against itself: %q", line)
			}
		}
		if got := strings.Join(screensOf(s, width%500, height%500), ""); got != s {
			t.Errorf("paged: %q, want %q", got, s)
		}
	})
}
