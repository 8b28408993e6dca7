package lineedit

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"supportd/library/text"
)

const most = 4096

// row is the one row of a terminal that a line is drawn on: a cell for each
// column, the second half of a wide character being "".
type row struct {
	t     testing.TB
	cells []string
	at    int
}

// draw interprets what a terminal is sent. Nothing but text, CR and "erase to the
// end of the row" may come, and never so much that the terminal breaks the row.
func (r *row) draw(s string) {
	r.t.Helper()
	for s != "" {
		if rest, ok := strings.CutPrefix(s, "\x1b[K"); ok {
			for i := r.at; i < len(r.cells); i++ {
				r.cells[i] = " "
			}
			s = rest
			continue
		}
		first, rest := cutFirst(s)
		s = rest
		if first == "\r" {
			r.at = 0
			continue
		}
		if strings.ContainsFunc(first, text.Hostile) {
			r.t.Fatalf("%q is sent to the terminal", first)
		}
		w := text.Width(first)
		if r.at+w >= len(r.cells)+1 || w == 0 {
			r.t.Fatalf("%q of width %d at column %d of %d", first, w, r.at, len(r.cells))
		}
		r.cells[r.at] = first
		for i := 1; i < w; i++ {
			r.cells[r.at+i] = ""
		}
		r.at += w
	}
}

func (r *row) shows() string { return strings.TrimRight(strings.Join(r.cells, ""), " ") }

func newRow(t testing.TB, l *Line) *row {
	r := &row{t: t, cells: make([]string, l.columns)}
	for i := range l.Columns() {
		r.cells[i] = "#" // what stood there before
	}
	return r
}

func TestKeys(t *testing.T) {
	const left, right, home, del, up, down = "\x1b[D", "\x1b[C", "\x1b[H", "\x1b[3~", "\x1b[A", "\x1b[B"
	parts := norm.NFD.String
	for _, c := range []struct{ name, keys, text, row string }{
		{"plain", "hello", "hello", "> hello"},
		{"backspace", "hello\x7f\b", "hel", "> hel"},
		{"backspace at the beginning", "\x7fa", "a", "> a"},
		{"Korean", "안녕하세요", "안녕하세요", "> 안녕하세요"},
		{"Korean erased", "안녕하세요\x7f\x7f", "안녕하", "> 안녕하"},
		{"Korean in parts", parts("한글"), "한글", "> 한글"},
		{"Korean in parts, erased", parts("한글") + "\x7f", "한", "> 한"},
		{"a syllable grows in place", "\u1112" + "\u1161" + "\u11ab", "한", "> 한"},
		{"parts before a cursor", "글" + left + parts("한"), "한글", "> 한글"},
		{"accent in parts", "cafe\u0301\x7f", "caf", "> caf"},
		{"in the middle", "ac" + left + "b", "abc", "> abc"},
		{"wide, in the middle", "가다" + left + "나", "가나다", "> 가나다"},
		{"left and right", "가다" + left + left + right + "나", "가나다", "> 가나다"},
		{"home, end", "bc" + home + "a\x05d", "abcd", "> abcd"},
		{"delete", "abc\x01" + del + "\x04", "c", "> c"},
		{"cut before, cut behind", "abc" + left + "\x15", "c", "> c"},
		{"cut behind", "abc" + left + "\x0b", "ab", "> ab"},
		{"word", "eins zwei  \x17", "eins ", "> eins"},
		{"history", "one\rtwo\rthr" + up + up + down + down + "ee", "three", "> three"},
		{"history, taken", "one\rtwo\r" + up + up + "!", "one!", "> one!"},
		{"pasted lines", "\x1b[200~one\r\ntwo\rthree\nfour\x1b[201~", "one\ntwo\nthree\nfour", "> one⏎two⏎three⏎four"},
		{"keys in what is pasted", "\x1b[200~a\x03\x04\x7f\x1b[Ab\tc\x1b[201~d", "a[Ab cd", "> a[Ab cd"},
		{"control and bidirectional characters", "a\x07\u202e\u200b\u009b\u3164b\x00", "ab", "> ab"},
		{"broken UTF-8", "a\xff\xc3b", "ab", "> ab"},
		{"unknown keys", "a\x1b[15~\x1b[1;5P\x1bOPb\x1bc", "abc", "> abc"},
		{"an endless escape sequence", "a\x1b[" + strings.Repeat("1", maxKey) + "b", "a11b", "> a11b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := New("> ", most, false)
			l.Type([]byte(c.keys))
			if l.Text() != c.text {
				t.Errorf("the line is %q, want %q", l.Text(), c.text)
			}
			r := newRow(t, l)
			r.draw(l.Draw())
			if r.shows() != c.row {
				t.Errorf("the row is %q, want %q", r.shows(), c.row)
			}
			if want := 2 + text.Width(strings.ReplaceAll(l.before, "\n", lineBreak)); r.at != want {
				t.Errorf("the cursor stands in column %d, want %d", r.at, want)
			}
		})
	}
}

func TestActions(t *testing.T) {
	for keys, want := range map[string][]Action{
		"a\rb\r":                   {{Kind: Entered, Text: "a"}, {Kind: Entered, Text: "b"}},
		"a\r\nb\n":                 {{Kind: Entered, Text: "a"}, {Kind: Entered, Text: "b"}},
		"\r\r":                     {{Kind: Entered, Text: ""}, {Kind: Entered, Text: ""}},
		"a\x03":                    {{Kind: Interrupt}},
		"\x04":                     {{Kind: End}},
		"a\x04\x7f\x04":            {{Kind: End}},
		"한\x7f글\r":                 {{Kind: Entered, Text: "글"}},
		"\x1b[200~a\x1b[201~\rb\r": {{Kind: Entered, Text: "a", Pasted: true}, {Kind: Entered, Text: "b"}}, // only the one was
		"\x1b[200~a\nb\x1b[201~\r": {{Kind: Entered, Text: "a\nb", Pasted: true}},
	} {
		// However the keys are cut, they mean the same.
		for _, size := range []int{1, 2, 3, len(keys)} {
			l := New("> ", most, false)
			var got []Action
			for i := 0; i < len(keys); i += size {
				got = append(got, l.Type([]byte(keys[i:min(i+size, len(keys))]))...)
			}
			if len(got) != len(want) {
				t.Errorf("%q in pieces of %d: %+v", keys, size, got)
				continue
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%q in pieces of %d: %+v", keys, size, got)
				}
			}
		}
	}
}

func TestLineIsBounded(t *testing.T) {
	l := New("> ", 10, false)
	l.Type([]byte(strings.Repeat("가", 1<<18)))
	if l.Text() != "가가가" {
		t.Errorf("%d bytes", len(l.Text()))
	}
	l.Type([]byte("\x1b[200~" + strings.Repeat("x", 1<<20)))
	if l.Text() != "가가가x" || len(l.rest) > maxKey {
		t.Errorf("%q, %d bytes wait", l.Text(), len(l.rest))
	}
	for range 10 * maxHistory {
		l.Type([]byte("\x1b[201~\rx"))
		l.Type([]byte("\ry"))
	}
	if len(l.history) > maxHistory {
		t.Errorf("%d lines of history", len(l.history))
	}
}

func TestLongLineScrolls(t *testing.T) {
	l := New("> ", most, false)
	l.Resize(20)
	l.Type([]byte(strings.Repeat("가나다라마바사아자차", 10)))
	r := newRow(t, l)
	r.draw(l.Draw())
	if !strings.HasSuffix(r.shows(), "아자차") || !strings.HasPrefix(r.shows(), "> ") {
		t.Errorf("at the end: %q", r.shows())
	}
	l.Type([]byte("\x01"))
	r.draw(l.Draw())
	if !strings.HasPrefix(r.shows(), "> 가나다") || r.at != 2 {
		t.Errorf("at the beginning: %q, column %d", r.shows(), r.at)
	}
	r.draw(l.Erase())
	if r.shows() != "" || r.at != 0 {
		t.Errorf("erased: %q, column %d", r.shows(), r.at)
	}
}

func TestPlainTerminal(t *testing.T) {
	l := New("> ", most, true)
	r := newRow(t, l)
	l.Type([]byte("안녕하세요"))
	r.draw(l.Draw())
	l.Type([]byte("\x7f\x7f\x1b[D"))
	text := l.Draw()
	r.draw(text)
	if strings.Contains(text, "\x1b") || r.shows() != "> 안녕하" || r.at != 6 {
		t.Errorf("%q shows %q, column %d", text, r.shows(), r.at)
	}
}

// Whatever is typed, in whatever pieces: the same line comes out, it is text
// within its bounds, and what is drawn stays on its row.
func FuzzC9_C10_Keys(f *testing.F) {
	for _, keys := range []string{
		"hello\r", "안녕\x7f\x1b[D하\r", norm.NFD.String("한글") + "\x7f", "\x1b[200~a\r\nb\x1b[201~", "\x1b[200~\xe1\x84", "\x1b[", "\x1bO",
		"a\x1b[A\x1b[B", "\u202e\u200b\x00", "e\u0301\u0301\x7f", "\U0001f468\u200d\U0001f469", "\U0001f1f0\U0001f1f7\x1b[D\U0001f1f0", "\xff\xfe",
	} {
		f.Add([]byte(keys), uint8(20), uint8(3), false)
	}
	f.Fuzz(func(t *testing.T, keys []byte, columns, size uint8, plain bool) {
		const bound, fast = 64, 1 << 10
		if len(keys) > fast {
			return
		}
		whole, cut := New("> ", bound, plain), New("> ", bound, plain)
		whole.Resize(int(columns))
		cut.Resize(int(columns))
		r := newRow(t, cut)
		want := whole.Type(keys)
		var got []Action
		for step := max(1, int(size)); len(keys) > 0; keys = keys[min(step, len(keys)):] {
			got = append(got, cut.Type(keys[:min(step, len(keys))])...)
			r.draw(cut.Draw())
			if r.at > cut.Columns() {
				t.Fatalf("the cursor stands in column %d of %d", r.at, cut.columns)
			}
		}
		if len(got) != len(want) || whole.Text() != cut.Text() {
			t.Fatalf("%+v and %q; in pieces %+v and %q", want, whole.Text(), got, cut.Text())
		}
		for i, a := range append(got, Action{Text: cut.Text()}) {
			if i < len(want) && a != want[i] {
				t.Fatalf("%+v, in pieces %+v", want, got)
			}
			s := strings.ReplaceAll(a.Text, "\n", "")
			if len(a.Text) > bound || !utf8.ValidString(s) || strings.ContainsFunc(s, text.Hostile) {
				t.Fatalf("%q comes out", a.Text)
			}
		}
	})
}

func TestC10_LinesAreBrokenWhereEveryTerminalHasRoom(t *testing.T) {
	for _, c := range []struct {
		line    string
		columns int
		want    string
	}{
		{"short", 10, "short"},
		{"two words", 6, "two "},
		{"a " + strings.Repeat("x", 20), 10, "a xxxxxxxx"}, // not half a line for one letter
		{"한글한글", 5, "한글"},
		{"한글", 1, "한"},     // no room at all
		{"·····", 4, "··"}, // one column here, two in East Asia
		{"", 5, ""},
		{strings.Repeat("\U0001d165", 20), 10, strings.Repeat("\U0001d165", 10)}, // no width here, one in others
	} {
		if got := c.line[:text.Fit(c.line, c.columns)]; got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.line, c.columns, got, c.want)
		}
	}
}
