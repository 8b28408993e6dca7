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
// what is wide and on what takes no column, so everything takes one here, what is
// wide in East Asia two, and a tab eight.
func MostWidth(s string) (columns int) {
	for _, r := range s {
		columns += mostWidth(r)
	}
	return columns
}

func mostWidth(r rune) int {
	if r == '\t' {
		return tab
	}
	return max(1, (&runewidth.Condition{EastAsianWidth: true}).RuneWidth(r))
}

// tab is how many columns a tab takes at most.
const tab = 8

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
