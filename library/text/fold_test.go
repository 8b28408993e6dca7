package text

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestFold(t *testing.T) {
	for _, c := range []struct {
		name, line string
		columns    int
		want       string
	}{
		{"fits", "  a  b ", 7, "  a  b "},
		{"nothing", "", 5, ""},
		{"behind the first gap", "  09:30:00  Kim asked for a look", 24, "  09:30:00  Kim asked\n            for a look"},
		{"no gap", "  Customer: Kim Minji of Seoul", 20, "  Customer: Kim\n        Minji of\n        Seoul"},
		{"Hangul", "  시각  고객이 이번 한 번 허용함", 20, "  시각  고객이 이번\n        한 번 허용함"},
		{"a word that fits below stays whole", "abcdef SHA256:012", 16, "abcdef\n      SHA256:012"},
		{"one that does not fit there", "abc SHA256:01234", 15, "abc SHA256:0123\n      4"},
		{"output", "    | make: *** [all] Error 2", 20, "    | make: ***\n    |> [all] Error 2"},
		{"errors", "    ! permission denied", 20, "    ! permission\n    !> denied"},
		{"spaces of the output", "| a   b   cccccc", 8, "| a   b\n|>   ccc\n|>ccc"},
		{"nothing but spaces", "|          ", 6, "|     \n|>    \n|> "},
		{"a mark is not output", "|x one two", 7, "|x one\n   two"},
		{"an indentation wider than the half", "          one two", 10, "     one\n     two"},
		{"a tab", "| ab\tcd", 11, "| ab\n|>\tc\n|>d"},
	} {
		if got := Fold(c.line, c.columns); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	if got, want := FoldAt("ssh relay session start --link", 20, "  ", " \\\n"), "ssh relay session \\\n  start --link"; got != want {
		t.Errorf("a command:\n%s\nwant\n%s", got, want)
	}
}

// Whatever is folded fits, nothing of it is lost, and it is the same however it comes. What
// a script wrote stands behind the marks, byte for byte.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "a", "  09:30:00  Kim asked  for a look", "    | make:  *** [all]   Error 2  ", "    ! 한글 출력이 아주 깁니다 그리고 더", strings.Repeat("x", 3000), "    | " + strings.Repeat(" y", 900),
		strings.Repeat(" ", 900), "a\xffb\xe2\x80", "one\n    | two three four five six\nseven", "👨\u200d👩\u200d👧 e\u0301 \u1112\u1161\u11ab"} {
		f.Add(s, 17)
	}
	f.Fuzz(func(t *testing.T, s string, columns int) {
		columns = 16 + columns&0x7f
		var whole strings.Builder
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				whole.WriteString("\n")
			}
			folded := Fold(line, columns)
			whole.WriteString(folded)
			kept(t, line, folded, columns)
		}
		var out strings.Builder
		w := NewFolder(&out, columns)
		if _, err := io.Copy(w, iotest.OneByteReader(strings.NewReader(s))); err != nil || w.Flush() != nil {
			t.Fatal(err)
		}
		if long := strings.ContainsFunc(s, func(r rune) bool { return r == ' ' }) && len(s) > 8*columns; !long && out.String() != whole.String() {
			t.Errorf("in parts\n%q\nwant\n%q", out.String(), whole.String())
		}
	})
}

// kept holds that a folded line fits and has lost nothing.
func kept(t *testing.T, line, folded string, columns int) {
	t.Helper()
	mark := ""
	if rest := strings.TrimLeft(line, " "); len(line)-len(rest) < columns/2 && (strings.HasPrefix(rest, "| ") || strings.HasPrefix(rest, "! ")) {
		mark = line[:len(line)-len(rest)] + rest[:1] + ">"
	}
	var joined strings.Builder
	for i, row := range strings.Split(folded, "\n") {
		if MostWidth(row) > columns {
			t.Errorf("%d columns of %d: %q", MostWidth(row), columns, row)
		}
		if i > 0 && !strings.HasPrefix(row, mark) {
			t.Errorf("a row of a script without a mark: %q", row)
		}
		joined.WriteString(strings.TrimPrefix(row, map[bool]string{true: mark}[i > 0]))
	}
	got, want := joined.String(), line
	if mark == "" {
		got, want = strings.ReplaceAll(got, " ", ""), strings.ReplaceAll(want, " ", "")
	}
	if got != want {
		t.Errorf("%q became %q", line, got)
	}
}

// A line without an end is written as it comes, and what fails says so.
func TestFolderHoldsNoLine(t *testing.T) {
	var out strings.Builder
	w := NewFolder(&out, 80)
	for range 1000 {
		if n, err := io.WriteString(w, strings.Repeat("x", 8<<10)); n != 8<<10 || err != nil {
			t.Fatal(n, err)
		}
		if len(w.held) > 1<<10 {
			t.Fatalf("%d bytes are held", len(w.held))
		}
	}
	if err := w.Flush(); err != nil || strings.Count(out.String(), "x") != 8000<<10 {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
	out.Reset()
	if _, err := io.WriteString(NewFolder(&out, 0), "한\xff"+strings.Repeat("y", 300)); err != nil || out.Len() != 304 {
		t.Errorf("no terminal: %q, %v", out.String(), err)
	}
	failing := NewFolder(brokenWriter{}, 8)
	if _, err := io.WriteString(failing, "a\n"); err == nil {
		t.Error("an error is lost")
	}
	failing.held = "b"
	if failing.Flush() == nil {
		t.Error("an error of the rest is lost")
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
