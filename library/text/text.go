// Package text makes foreign text harmless before people see it, and holds what
// every text for people needs: languages, spans of time, the width of a terminal.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hostile reports whether a rune could deceive a reader or drive a terminal:
// C0 and C1 controls, bidirectional controls, invisible and blank-looking
// format characters, line separators, tags and private or unassigned runes.
// Newline and tab are hostile too; callers that want lines use [EscapeLines].
func Hostile(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r < 0x7f:
		return false
	case r == 0x2028, r == 0x2029: // line and paragraph separator
		return true
	case r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r == 0x2800, r == 0x034f:
		return true // Hangul fillers, blank Braille, grapheme joiner: look like nothing
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef:
		return true // variation selectors: invisible, and a well-known carrier of hidden text
	}
	return !unicode.IsPrint(r) && r != 0x3000 && r != 0x00a0
}

// Plain makes foreign text fit to be shown to a customer inside a sentence:
// hostile runes vanish, any run of white space becomes one space, and what is
// longer than max runes is cut and ends in "…". Invalid UTF-8 becomes U+FFFD.
func Plain(s string, max int) string {
	var b strings.Builder
	count, space := 0, false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = count > 0
			continue
		}
		if Hostile(r) {
			continue
		}
		if space {
			b.WriteByte(' ')
			count, space = count+1, false
		}
		if count++; count > max {
			return cutRunes(b.String(), max-1) + "…"
		}
		b.WriteRune(r)
	}
	return b.String()
}

// MaxOrganisation bounds the name of an organisation, in runes, wherever it stands: in
// the relay's configuration and page, in a program, in the title of a box. It fits beside
// what is said about it.
const MaxOrganisation = 60

// IsOrganisation reports whether a name can be that of an organisation: harmless text of
// one line, at most [MaxOrganisation] runes. "" is nobody, and can.
func IsOrganisation(name string) bool { return Plain(name, MaxOrganisation) == name }

func cutRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// Escape makes foreign text fit for a CSR's terminal and for reports without
// losing what was there: each hostile rune is shown as \n, \t, \r, \xNN, \uNNNN
// or \UNNNNNNNN, each invalid byte as \xNN. Clean text comes back unchanged, and
// so does what Escape has made.
func Escape(s string) string { return escape(s, "") }

// EscapeLines is [Escape] for texts of several lines: newline and tab stay.
func EscapeLines(s string) string { return escape(s, "\n\t") }

// EscapeJSON escapes in a JSON text what JSON allows raw but a terminal or a
// reader would be deceived by; its meaning stays the same. Line ends stay too.
func EscapeJSON(text string) string {
	if clean(text, "\n") {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || !Hostile(r):
			b.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// BOM is the byte order mark with which a file says that it is UTF-8, where whoever
// opens it would take it for something else: CSV in a spreadsheet.
const BOM = "\ufeff"

// Cell makes foreign text fit for a cell of a CSV file: it is escaped as
// [Escape] does, and what a spreadsheet would take for a formula, full-width
// signs included, gets an apostrophe in front.
func Cell(s string) string {
	s = Escape(s)
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\u3000")); strings.ContainsRune("=+-@＝＋－＠", first) {
		return "'" + s
	}
	return s
}

func escape(s, keep string) string {
	if clean(s, keep) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strings.ContainsRune(keep, r) || !Hostile(r):
			b.WriteRune(r)
		default:
			b.WriteString(escapeRune(r))
		}
		i += size
	}
	return b.String()
}

func clean(s, keep string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if Hostile(r) && !strings.ContainsRune(keep, r) {
			return false
		}
	}
	return true
}

func escapeRune(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\t':
		return `\t`
	case r == '\r':
		return `\r`
	case r <= 0xff:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
