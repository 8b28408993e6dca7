package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// R4: a backslash of the text and an escaped byte look different.
func TestK4R4_EscapesAreUnambiguous(t *testing.T) {
	seen := map[string]string{}
	for _, in := range []string{
		"\x1b", `\x1b`, `\\x1b`, "\\\x1b", `\x5cx1b`, `\x5c`, "\x85", "\u0085", `\x85`, `\u0085`, "\xff", "\u00ff", `\xff`,
		`C:\readme`, `C:\users\xampp`, "\r", `\r`, `\x0d`, "\U000e0041", `\U000e0041`, `\`, `\\`, `\u202e`, "\u202e", "\\\u202e",
	} {
		out := EscapeBytes(in)
		if other, taken := seen[out]; taken {
			t.Errorf("%q and %q are both shown as %s", in, other, out)
		}
		seen[out] = in
		if back := UnescapeBytes(out); back != in {
			t.Errorf("%q is shown as %s, which stands for %q", in, out, back)
		}
	}
	for in, want := range map[string]string{
		"\x1b[2J": `\x1b[2J`, `\x1b`: `\x5cx1b`, `C:\readme.txt`: `C:\readme.txt`, "한글\t\n": "한글\t\n", `\xZZ`: `\xZZ`,
	} {
		if got := EscapeBytes(in); got != want {
			t.Errorf("EscapeBytes(%q) = %s, want %s", in, got, want)
		}
	}
}

func FuzzEscapeBytes(f *testing.F) {
	f.Add("\\\x1b\\x1b\xff\u202e", 3)
	f.Fuzz(func(t *testing.T, s string, cut int) {
		out := EscapeBytes(s)
		if UnescapeBytes(out) != s || EscapeLines(out) != out || !utf8.ValidString(out) {
			t.Fatalf("%q becomes %q and back %q", s, out, UnescapeBytes(out))
		}
		// In parts, as a stream comes, at a place between two characters.
		at := len(s)
		if at > 0 {
			at = (cut&0xffff + len(s)) % len(s)
		}
		for at < len(s) && !utf8.RuneStart(s[at]) {
			at++
		}
		if !utf8.ValidString(s) {
			return
		}
		keep := at - BegunEscape([]byte(s[:at]))
		if parts := EscapeBytes(s[:keep]) + EscapeBytes(s[keep:]); parts != out {
			t.Errorf("in parts %q, whole %q", parts, out)
		}
		if strings.ContainsFunc(out, func(r rune) bool { return r != '\n' && r != '\t' && Hostile(r) }) {
			t.Errorf("hostile: %q", out)
		}
	})
}
