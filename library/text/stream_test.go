package text

import (
	"io"
	"strings"
	"testing"
)

// A hostile relay cannot drive the terminal with a report, however it cuts it.
func TestWriterInPieces(t *testing.T) {
	for _, c := range []struct {
		escape   func(string) string
		in, want string
	}{
		{EscapeLines, "김민지\ta\x1b[31m\u202e\u009b한\xff\n", "김민지\ta\\x1b[31m\\u202e\\x9b한\\xff\n"},
		{EscapeJSON, "{\"a\":\"한\u202e\u009b\"}\n", "{\"a\":\"한\\u202e\\u009b\"}\n"},
	} {
		for size := 1; size < 8; size++ {
			var out strings.Builder
			w := NewWriter(&out, c.escape)
			for rest := c.in; rest != ""; {
				n := min(size, len(rest))
				if written, err := io.WriteString(w, rest[:n]); written != n || err != nil {
					t.Fatal(written, err)
				}
				rest = rest[n:]
			}
			if out.String() != c.want {
				t.Errorf("in pieces of %d: %q", size, out.String())
			}
		}
	}
}

func TestBegun(t *testing.T) {
	for s, want := range map[string]int{
		"": 0, "a": 0, "한": 0, "a\xed": 1, "a\xed\x95": 2, "\xf0\x9f\x91": 3, "\xf0\x9f\x91\x8d": 0,
		"\xff": 0, "\x80\x80\x80\x80": 0, "한\xe2": 1,
	} {
		if got := Begun([]byte(s)); got != want {
			t.Errorf("Begun(%q) = %d, want %d", s, got, want)
		}
	}
}
