package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		in, want string
		max      int
	}{
		{"Kim Minji", "Kim Minji", 20},
		{"  a \t\n b  ", "a b", 20},
		{"김민지", "김민지", 3},
		{"김민지", "김…", 2},
		{"a\x1b[31mb", "a[31mb", 20},
		{"a\u202eb\u200bc\u2066d", "abcd", 20},
		{"\xff\xfe", "\ufffd\ufffd", 20},
		{"", "", 5},
	} {
		if got := Plain(c.in, c.max); got != c.want {
			t.Errorf("Plain(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain, 한글, ½ €, C:\\temp", "plain, 한글, ½ €, C:\\temp"},
		{"a\x1b]0;x\x07", `a\x1b]0;x\x07`},
		{"a\nb\tc\rd", `a\nb\tc\rd`},
		{"\u009b31m", `\x9b31m`},
		{"\u202e", `\u202e`},
		{"\U000e0041", `\U000e0041`},
		{"\xff\x00", `\xff\x00`},
	} {
		if got := Escape(c.in); got != c.want {
			t.Errorf("Escape(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := EscapeLines("a\tb\nc\r\x1b"); got != "a\tb\nc\\r\\x1b" {
		t.Errorf("EscapeLines = %q", got)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\x1b[2Jb", "\u202e", "\xff", "한글", "a\nb", strings.Repeat("\u200b", 9)} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		max = 1 + max&0xff
		p := Plain(s, max)
		if strings.ContainsFunc(p, Hostile) || !utf8.ValidString(p) || utf8.RuneCountInString(p) > max {
			t.Errorf("Plain(%q, %d) = %q", s, max, p)
		}
		if again := Plain(p, max); again != p {
			t.Errorf("Plain is not stable: %q -> %q", p, again)
		}
		e := Escape(s)
		if strings.ContainsFunc(e, Hostile) || !utf8.ValidString(e) || Escape(e) != e {
			t.Errorf("Escape(%q) = %q", s, e)
		}
		if clean(s, "") && e != s {
			t.Errorf("Escape changed clean text %q to %q", s, e)
		}
		if l := EscapeLines(s); strings.Count(l, "\n") != strings.Count(s, "\n") {
			t.Errorf("EscapeLines lost lines of %q", s)
		}
	})
}
