package console

import (
	"fmt"
	"strings"
	"testing"

	"supportd/consent"
	"supportd/library/cmdline"
	"supportd/library/text"
)

// scene brings a view onto the screen.
type scene struct {
	name string
	goTo func(d *harness)
}

// scenes are all views.
func scenes() []scene {
	keys := func(keys ...string) func(*harness) { return func(d *harness) { d.press(keys...) } }
	return []scene{
		{"sessions", keys()},
		{"sessions-filtered", keys("/", "T-17")},
		{"help", keys("?")},
		{"new", keys("n")},
		{"number", keys("n", "T-20", "enter")},
		{"overview", keys("down", "enter")},
		{"overview-bars", keys("down", "i", "f", "left")},
		{"information-before", keys("down", "i")},
		{"information", keys("down", "i", "f", "down", "down")},
		{"changes", keys("down", "i", "f", "d")},
		{"save", keys("down", "i", "f", "w")},
		{"files", keys("down", "enter", "s")},
		{"file-put", keys("down", "enter", "s", "p", "fix.sh")},
		{"file-delete", keys("down", "enter", "s", "down", "x")},
		{"chat", keys("down", "c", "hello")},
		{"log", keys("down", "o")},
		{"restart", keys("down", "enter", "b")},
		{"words", func(d *harness) {
			d.fake.words = Words{Both: "harbor violin / 항구 바이올린"}
			d.press("down", "enter", "v")
		}},
		{"log-on", keys("down", "enter", "u", "admin")},
		{"end", keys("down", "e")},
		{"library", keys("l", "s", "s")},
		{"script", keys("l", "enter")},
		{"script-new", keys("l", "n", "clean-up")},
		{"script-filled", keys("l", "n", "clean-up", "enter", "right", "enter", "right", "enter", "enter", "end", "up", "enter", "tab", "tab", "Frees the disk.", "enter", "디스크를 비웁니다.")},
		{"script-edit", keys("l", "e", "down")},
		{"script-wrong", func(d *harness) {
			d.press("l", "n", "clean-up", "tab", "tab", "tab", "enter", "end", "enter")
			d.fake.err = cmdline.Fail(cmdline.ExitFailed, "choose another name", "the library has a script clean-up already, which belongs to bob")
			d.press("ctrl+s")
		}},
		{"browser", keys("l", "n", "tab", "tab", "tab", "enter")},
		{"browser-folder", keys("l", "n", "tab", "tab", "tab", "enter", "down", "enter", "down")},
		{"browser-search", keys("l", "n", "tab", "tab", "tab", "enter", "/", "sc")},
		{"browser-help", keys("l", "n", "tab", "tab", "tab", "enter", "?")},
		{"form-help", keys("l", "n", "tab", "tab", "tab", "f1")},
		{"script-editor", keys("l", "N", "clean-up")},
		{"script-delete", keys("l", "x")},
		{"run", keys("a", "space", "space", "up", "K")},
		{"run-goes", func(d *harness) {
			d.fake.events, d.still = runEvents()[:6], true
			d.press("a", "space", "space", "enter")
		}},
		{"run-over", func(d *harness) {
			d.fake.events = runEvents()
			d.press("a", "space", "space", "enter")
		}},
		{"output", func(d *harness) {
			d.fake.events = runEvents()
			d.press("a", "space", "space", "enter", "down", "enter")
		}},
		{"reports", keys("down", "p")},
		{"report", keys("down", "p", "enter")},
		{"proof", keys("down", "p", "v")},
		{"messages", keys("down", "p", "v", "esc", "m")},
	}
}

func TestGoldenScreens(t *testing.T) {
	for _, l := range text.Languages() {
		for _, s := range scenes() {
			d := newHarness(t, l)
			d.open()
			s.goTo(d)
			d.golden(s.name)
		}
	}
}

// Every view at other usual sizes, all of a size in one file.
func TestGoldenScreensOfOtherSizes(t *testing.T) {
	for _, l := range text.Languages() {
		for _, size := range [][2]int{{120, 40}, {60, 20}} {
			var all strings.Builder
			for _, s := range scenes() {
				d := newHarness(t, l)
				d.resize(size[0], size[1])
				d.open()
				s.goTo(d)
				fmt.Fprintf(&all, "-- %s --\n%s", s.name, d.screen())
			}
			same(t, fmt.Sprintf("size-%dx%d.%s.txt", size[0], size[1], l), all.String())
		}
	}
}

// Every view fits every size: no line is wider, none is more, and nothing breaks.
func TestV2_EverySize(t *testing.T) {
	for _, l := range text.Languages() {
		for _, s := range scenes() {
			d := newHarness(t, l)
			d.open()
			s.goTo(d)
			for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}, {40, 10}, {20, 5}, {3, 3}, {1, 1}, {0, 0}, {300, 2}, {80, 24}} {
				d.resize(size[0], size[1])
				lines := strings.Split(strings.TrimSuffix(d.screen(), "\n"), "\n")
				if len(lines) > max(size[1], 1) {
					t.Errorf("%s at %v: %d lines", s.name, size, len(lines))
				}
				for _, shown := range lines {
					if text.Width(shown) > max(size[0], 1) {
						t.Errorf("%s at %v: %d columns: %q", s.name, size, text.Width(shown), shown)
					}
				}
			}
			d.golden(s.name)
		}
	}
}

// Both languages have every text, with the same things put in.
func TestTexts(t *testing.T) {
	en, ko := english(), korean()
	for name, said := range en {
		if ko[name] == "" || said == "" {
			t.Errorf("no text for %q", name)
		}
		if a, b := strings.Count(said, "%"), strings.Count(ko[name], "%"); a != b {
			t.Errorf("%q: %d and %d things are put in", name, a, b)
		}
	}
	for name := range ko {
		if en[name] == "" {
			t.Errorf("no English text for %q", name)
		}
	}
	for _, k := range consent.Kinds() {
		if en[word("kind "+k)] == "" {
			t.Errorf("the dashboard has no name for a question about %q", k)
		}
	}
}

// Every action that a view offers has a key and a name, and no key means two things.
func TestActions(t *testing.T) {
	for _, s := range scenes() {
		d := newHarness(t, text.English)
		d.open()
		s.goTo(d)
		seen := map[string]word{}
		for _, a := range d.available() {
			if len(keysOf(a.name)) == 0 || d.words[a.name] == "" {
				t.Errorf("%s: %q has no key or no name", s.name, a.name)
			}
			for _, k := range keysOf(a.name) {
				if other := seen[k]; other != "" && other != a.name {
					t.Errorf("%s: %s means %q and %q", s.name, k, other, a.name)
				}
				seen[k] = a.name
			}
		}
	}
}
