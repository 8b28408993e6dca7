package text

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// cells counts columns as terminals do in every locale. What this computer's
// locale says does not count, because the terminal may stand elsewhere.
func cells() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

// Width is how many columns a terminal gives a text: two for Hangul, composed or
// in its parts, for other wide characters and for emoji, none for accents that
// stand by themselves.
func Width(s string) int { return cells().StringWidth(s) }

// Pad adds spaces until a text has so many columns; one that has more stays as it
// is.
func Pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-Width(s)))
}

// Cut cuts a text that has more columns, and ends it in "…". No character is cut
// in two.
func Cut(s string, columns int) string { return cells().Truncate(s, columns, "…") }

// CutMost is [Cut] for a terminal of which only [MostWidth] is known: what it shows is
// nowhere wider than so many columns.
func CutMost(s string, columns int) string {
	if MostWidth(s) <= columns {
		return s
	}
	used := mostWidth('…')
	for i, r := range s {
		if used += mostWidth(r); used > columns {
			if s = s[:i]; columns >= mostWidth('…') {
				return s + "…"
			}
			return strings.Repeat(".", max(columns, 0))
		}
	}
	return s
}

// MostWidth is how many columns a text takes at most. Terminals do not agree on
// what is wide and on what takes no column, so everything takes one here, and
// what is wide in East Asia two.
func MostWidth(s string) (columns int) {
	for _, r := range s {
		columns += mostWidth(r)
	}
	return columns
}

func mostWidth(r rune) int { return max(1, (&runewidth.Condition{EastAsianWidth: true}).RuneWidth(r)) }

// Fit is how many bytes of a line fit into so many columns of any terminal, at
// least a character. It ends behind a space where that does not waste half of
// them. Foreign text is broken so before a terminal does it: what the terminal
// breaks begins a row like a line of ours.
func Fit(line string, columns int) int {
	used, space := 0, 0
	for i, r := range line {
		used += mostWidth(r)
		switch {
		case used > columns && space > i/2:
			return space
		case used > columns:
			_, first := utf8.DecodeRuneInString(line)
			return max(i, first)
		case r == ' ':
			space = i + 1
		}
	}
	return len(line)
}

// Fold breaks a line that has more columns than a terminal, each character taken at its
// widest. What goes on below stands further in than the line begins: behind the line's
// first gap of two spaces where that is in its first half, or behind the mark of what a
// script wrote, which is repeated.
func Fold(line string, columns int) string {
	if MostWidth(line) <= columns {
		return line
	}
	begins := len(line) - len(strings.TrimLeft(line, " "))
	indent := strings.Repeat(" ", begins+4)
	rest := line[begins:]
	if gap := strings.Index(rest, "  "); gap > 0 {
		behind := rest[gap:]
		if at := begins + MostWidth(rest[:gap]) + len(behind) - len(strings.TrimLeft(behind, " ")); at <= columns/2 {
			indent = strings.Repeat(" ", at)
		}
	}
	if strings.HasPrefix(rest, "| ") || strings.HasPrefix(rest, "! ") {
		indent = line[:begins+2]
	}
	return FoldAt(line, columns, indent, "\n")
}

// FoldAt is [Fold] with what each further line begins with, and what ends the one before:
// "\n", or " \\\n" in a command that is to be pasted into a shell.
func FoldAt(line string, columns int, indent, end string) string {
	var b strings.Builder
	most := columns - len(end) + 1
	for before := ""; ; before = indent {
		left := most - MostWidth(before)
		if MostWidth(line) <= left+len(end)-1 {
			left = columns
		}
		n := Fit(line, max(1, left))
		if before == "" { // its own indentation is no place to break
			n = min(len(line), max(n, len(line)-len(strings.TrimLeft(line, " "))+1))
		}
		b.WriteString(before + strings.TrimRight(line[:n], " "))
		if line = strings.TrimLeft(line[n:], " "); line == "" {
			return b.String()
		}
		b.WriteString(end)
	}
}
