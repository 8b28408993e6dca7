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

func TestLanguages(t *testing.T) {
	for locale, want := range map[string]Language{
		"ko_KR.UTF-8": Korean, "ko": Korean, "KO-kr": Korean, "ko.UTF-8": Korean, "kok_IN": English, "en_US": English, "C": English, "": English,
	} {
		if got := LanguageOf(locale); got != want {
			t.Errorf("LanguageOf(%q) = %s", locale, got)
		}
	}
	for _, l := range Languages() {
		if got, err := ParseLanguage(string(l)); got != l || err != nil {
			t.Errorf("%s: %s, %v", l, got, err)
		}
	}
	for _, name := range []string{"", "KO", "fr", "ko_KR"} {
		if _, err := ParseLanguage(name); err == nil || err.Error() != "one of: en, ko" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "plain, with \"quotes\"": "plain, with \"quotes\"", "=1+1": "'=1+1", "+82": "'+82", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)",
		"\u3000＝1": "'\u3000＝1", " \u00a0=1": "' \u00a0=1", "\t=1": "\\t=1", "a=1": "a=1", "한글": "한글", "\x1b[2J": "\\x1b[2J",
	} {
		if got := Cell(in); got != want {
			t.Errorf("Cell(%q) = %q, want %q", in, got, want)
		}
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
