package text

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// EscapeBytes makes foreign bytes text, of one or several lines, so that nothing is
// lost and [UnescapeBytes] gives the same bytes back: a hostile rune is shown as
// \xNN up to U+007F, else as \uNNNN or \UNNNNNNNN, a byte that is no UTF-8 as \xNN, and
// a backslash that would read like the beginning of one of these as \x5c. Newline
// and tab stay. What it made passes [Escape] and [EscapeLines] as it is.
func EscapeBytes(s string) string {
	if clean(s, "\n\t") && !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\\' && escapeLength(s[i:]) > 0:
			b.WriteString(`\x5c`)
		case r == '\n' || r == '\t' || !Hostile(r):
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += size
	}
	return b.String()
}

// UnescapeBytes undoes [EscapeBytes].
func UnescapeBytes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := escapeLength(s[i:])
		if n == 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		v, _ := strconv.ParseUint(s[i+2:i+n], 16, 32) // hexadecimal digits that fit
		if s[i+1] == 'x' {
			b.WriteByte(byte(v))
		} else {
			b.WriteRune(rune(v))
		}
		i += n
	}
	return b.String()
}

// escapeLength is the length of the escape that s begins with, or 0.
func escapeLength(s string) int {
	if len(s) < 2 || s[0] != '\\' {
		return 0
	}
	n := 2 + escapeDigits(s[1])
	if n == 2 || len(s) < n || strings.Trim(s[2:n], "0123456789abcdef") != "" {
		return 0
	}
	return n
}

func escapeDigits(letter byte) int { return map[byte]int{'x': 2, 'u': 4, 'U': 8}[letter] }

// BegunEscape is the number of bytes at the end of s of which only what follows says
// whether they read like an escape. Who escapes a stream in parts keeps them.
func BegunEscape(s []byte) int {
	for back := 1; back < 2+escapeDigits('U') && back <= len(s); back++ {
		tail := s[len(s)-back:]
		if tail[0] != '\\' {
			continue
		}
		if back == 1 || back < 2+escapeDigits(tail[1]) && strings.Trim(string(tail[2:]), "0123456789abcdef") == "" {
			return back
		}
		return 0
	}
	return 0
}
