package sysinfo

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text without the differences that do not make another name: case,
// composed and decomposed letters, wide and narrow ones. Folding may move bytes
// (İ is one letter, and two when it is small): so each byte knows where it comes
// from.
type folded struct {
	text string
	from []int // of each byte of text and of its end; nil where nothing moved
	to   []int // where the letter that the byte belongs to ends
}

func foldText(s string) folded {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return folded{text: strings.ToLower(s)}
	}
	var f folded
	var b strings.Builder
	for start := 0; start < len(s); {
		end := start + max(norm.NFKD.NextBoundaryInString(s[start:], true), 1)
		segment := norm.NFKD.AppendString(nil, s[start:end])
		before := b.Len()
		last := rune(0)
		for len(segment) > 0 {
			r, size := utf8.DecodeRune(segment)
			segment = segment[size:]
			const dotAbove = '\u0307'
			if r == dotAbove && last == 'i' { // of İ
				continue
			}
			last = foldRune(r)
			if last == 'ß' {
				b.WriteString("ss")
				continue
			}
			b.WriteRune(last)
		}
		for range b.Len() - before {
			f.from, f.to = append(f.from, start), append(f.to, end)
		}
		start = end
	}
	f.text = b.String()
	f.from = append(f.from, len(s))
	return f
}

// foldRune is one of all letters that differ by case only. The dotless i is one
// of the letters i: Turkish has KIM in capitals for kım, all others for kim.
func foldRune(r rune) rune {
	switch r {
	case 'ı':
		return 'i'
	case 'ς':
		return 'σ'
	case 'ẞ':
		return 'ß'
	}
	return unicode.ToLower(r)
}

// find returns where in s, which was folded, the word stands. A word that has to
// stand alone has no letter beside it.
func (f folded) find(s, word string, alone bool) (found [][2]int) {
	for at := 0; word != ""; {
		i := strings.Index(f.text[at:], word)
		if i < 0 {
			break
		}
		i += at
		start, end := i, i+len(word)
		at = end
		if f.from != nil {
			if i > 0 && f.from[i] == f.from[i-1] || f.from[end] == f.from[end-1] { // in the middle of a letter
				at = i + 1
				continue
			}
			start, end = f.from[i], f.to[end-1]
		}
		if alone && (letterBefore(s, start) || letterAfter(s, end)) {
			continue
		}
		found = append(found, [2]int{start, end})
	}
	return found
}
