package withhold

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text in which all ways to write one name are the same: case, composed
// and decomposed letters, wide and narrow ones are folded. Folding changes how many
// bytes a letter has (İ is one letter, in lower case it is two), so each byte keeps
// the place that it comes from.
type folded struct {
	text string
	from []int // of each byte of text and of its end; nil where nothing moved
	to   []int // where the letter that the byte belongs to ends

	escaped bool // it is written with escapes in the text that it comes from
}

// place is where a stretch of the folded text stands in the text that it comes from.
func (f folded) place(start, end int) (int, int) {
	if f.from == nil {
		return start, end
	}
	return f.from[start], f.to[end-1]
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
	case '。', '｡': // a point in Chinese and Japanese input (RFC 3490 section 3.1)
		return '.'
	}
	switch {
	case r < utf8.RuneSelf:
	case unicode.Is(unicode.Pd, r) || r == '−': // all dashes
		return '-'
	case unicode.IsDigit(r):
		zero := r
		for unicode.IsDigit(zero - 1) { // the digits of a script stand together, from 0 to 9
			zero--
		}
		return '0' + (r-zero)%10
	}
	return unicode.ToLower(r)
}

// index finds many words in a text at once: a terminal server has thousands of
// people, a host of containers thousands of addresses. The words are folded.
type index struct {
	begins  []bool           // by the first two bytes, whether any word begins so
	lengths map[string][]int // of the words of three bytes and more, by their first three
	words   map[string]bool
	short   []string        // shorter ones
	alone   map[string]bool // words that are only meant when they stand alone: in letters and digits
	apart   map[string]bool // words that are only meant where no letter or digit is beside them
}

func newIndex() index {
	return index{begins: make([]bool, 1<<16), lengths: map[string][]int{}, words: map[string]bool{}, alone: map[string]bool{}, apart: map[string]bool{}}
}

func (x *index) add(word string, alone bool) {
	switch {
	case alone:
		x.alone[word] = true
	case x.apart[word]: // now it is meant everywhere
		delete(x.apart, word)
	case len(word) < 3:
		x.short = append(x.short, word)
	default:
		x.words[word] = true
		if head := word[:3]; !slices.Contains(x.lengths[head], len(word)) {
			x.lengths[head] = append(x.lengths[head], len(word))
		}
		x.begins[uint16(word[0])<<8|uint16(word[1])] = true
	}
}

// addApart adds a word that is only meant where no letter or digit is beside it.
func (x *index) addApart(word string) {
	x.add(word, false)
	x.apart[word] = true
}

// hit is a place in a text where a word stands.
type hit struct {
	start, end int
	word       string
}

// find returns where in s words stand; f is s as it is searched. A word of fewer than
// four letters is only meant where no letter or digit is beside it.
func (x *index) find(s string, f folded) (hits []hit) {
	add := func(i int, word string) {
		start, end := i, i+len(word)
		if f.from != nil {
			if i > 0 && f.from[i] == f.from[i-1] || f.from[end] == f.from[end-1] { // in the middle of a letter
				return
			}
			start, end = f.from[i], f.to[end-1]
		}
		beside := letterBefore(s, start) || letterAfter(s, end)
		if f.escaped {
			beside = letterBefore(f.text, i) || letterAfter(f.text, i+len(word))
		}
		if beside && (x.apart[word] || utf8.RuneCountInString(word) < 4) {
			return
		}
		hits = append(hits, hit{start, end, word})
	}
	for _, word := range x.short {
		for at := 0; ; at++ {
			i := strings.Index(f.text[at:], word)
			if i < 0 {
				break
			}
			at += i
			add(at, word)
		}
	}
	for i := 0; i+3 <= len(f.text); i++ {
		if !x.begins[uint16(f.text[i])<<8|uint16(f.text[i+1])] {
			continue
		}
		for _, length := range x.lengths[f.text[i:i+3]] {
			if end := i + length; end <= len(f.text) && x.words[f.text[i:end]] {
				add(i, f.text[i:end])
			}
		}
	}
	if len(x.alone) == 0 {
		return hits
	}
	start := -1
	for i := 0; i <= len(f.text); i++ {
		switch {
		case i < len(f.text) && alphanumeric(f.text[i]):
			if start < 0 {
				start = i
			}
		case start >= 0:
			if word := f.text[start:i]; x.alone[word] {
				add(start, word)
			}
			start = -1
		}
	}
	return hits
}
