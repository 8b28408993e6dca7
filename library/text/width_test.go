package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWidth(t *testing.T) {
	// Neither this computer's locale nor its wishes for a wide terminal count.
	t.Setenv("LC_ALL", "ko_KR.UTF-8")
	t.Setenv("RUNEWIDTH_EASTASIAN", "1")
	for _, c := range []struct {
		text        string
		width, most int
	}{
		{"", 0, 0},
		{"fix-dns", 7, 7},
		{"한글", 4, 4},
		{"\u1112\u1161\u11ab\u1100\u1173\u11af", 4, 8}, // the same, decomposed
		{"ㅎ", 2, 2},
		{"日本語", 6, 6},
		{"ＡＢ", 4, 4}, // full width
		{"\uff8a", 1, 1},
		{"e\u0301", 1, 2},
		{"👍", 2, 2},
		{"🇰🇷", 2, 2},
		{"👨\u200d👩\u200d👧", 2, 8}, // a family is one character
		{"…│€½", 4, 8},            // of ambiguous width
		{"\u3000", 2, 2},
	} {
		if got := Width(c.text); got != c.width {
			t.Errorf("Width(%q) = %d, want %d", c.text, got, c.width)
		}
		if got := MostWidth(c.text); got != c.most {
			t.Errorf("MostWidth(%q) = %d, want %d", c.text, got, c.most)
		}
	}
}

func TestPadAndCut(t *testing.T) {
	for _, c := range []struct {
		text        string
		columns     int
		padded, cut string
	}{
		{"한", 4, "한  ", "한"},
		{"\u1112\u1161\u11ab", 4, "\u1112\u1161\u11ab  ", "\u1112\u1161\u11ab"},
		{"한글날", 4, "한글날", "한…"},
		{"한글날", 5, "한글날", "한글…"},
		{"\u1112\u1161\u11ab\u1100\u1173\u11af", 3, "\u1112\u1161\u11ab\u1100\u1173\u11af", "\u1112\u1161\u11ab…"},
		{"abc", 3, "abc", "abc"},
		{"abcd", 3, "abcd", "ab…"},
		{"👍👍", 3, "👍👍", "👍…"},
		{"", 2, "  ", ""},
	} {
		if got := Pad(c.text, c.columns); got != c.padded {
			t.Errorf("Pad(%q, %d) = %q, want %q", c.text, c.columns, got, c.padded)
		}
		if got := Cut(c.text, c.columns); got != c.cut {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.text, c.columns, got, c.cut)
		}
	}
}

func FuzzWidth(f *testing.F) {
	for _, s := range []string{"", "한글", "\u1112\u1161\u11ab", "👨\u200d👩\u200d👧", "a\xffb", "one two three", "e\u0301"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, s string, columns int) {
		columns = 2 + columns&0x3f
		if n := Fit(s, columns); n > len(s) || n < 1 && s != "" {
			t.Errorf("Fit(%q, %d) = %d", s, columns, n)
		} else if _, first := utf8.DecodeRuneInString(s); n > first && MostWidth(s[:n]) > columns && !strings.HasSuffix(s[:n], " ") {
			t.Errorf("Fit(%q, %d) = %d, of width %d", s, columns, n, MostWidth(s[:n]))
		}
		if strings.ContainsFunc(s, Hostile) || !utf8.ValidString(s) {
			return // it is escaped before anybody measures it
		}
		if w := Width(Cut(s, columns)); w > columns {
			t.Errorf("Cut(%q, %d) has width %d", s, columns, w)
		}
		if p := Pad(s, columns); Width(p) < columns || !strings.HasPrefix(p, s) {
			t.Errorf("Pad(%q, %d) = %q", s, columns, p)
		}
	})
}
