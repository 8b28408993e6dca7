package withhold

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// separators stand between the words of a name: in texts, file names, addresses of mail
// and queries.
var separators = []string{" ", "", ".", "_", "-", "+", ", "}

// maxNameWords bounds the words of a name that are turned around; a longer one is
// looked for in its own order.
const maxNameWords = 5

// nameForms are the ways in which a name of a person is written: with the domain and
// without, its words in the usual orders and with everything that stands between them.
func nameForms(text string) []string {
	names := []string{text}
	if _, name, ok := strings.Cut(text, `\`); ok { // DOMAIN\name
		names = append(names, name)
	}
	if name, _, ok := strings.Cut(text, "@"); ok { // name@domain
		names = append(names, name)
	}
	for _, words := range orders(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })) {
		for _, between := range separators {
			names = append(names, strings.Join(words, between))
		}
	}
	return names
}

// orders are the orders in which the words of a name stand: as they are, with the last
// or the first one at the other end, and without those in the middle.
func orders(words []string) [][]string {
	if len(words) == 1 {
		if words = hangul(words[0]); words == nil {
			return nil
		}
	}
	if len(words) < 2 || slices.ContainsFunc(words, func(w string) bool { return len(w) < 2 }) && len(words) == 2 {
		return nil
	}
	all := [][]string{words}
	if len(words) > maxNameWords {
		return all
	}
	first, last := words[0], words[len(words)-1]
	all = append(all, append([]string{last}, words[:len(words)-1]...), append(slices.Clone(words[1:]), first))
	if len(words) > 2 && len(first) > 1 && len(last) > 1 {
		all = append(all, []string{first, last}, []string{last, first})
	}
	return all
}

// hangul are family name and given name of a Korean name that is written as one word.
func hangul(name string) []string {
	if n := utf8.RuneCountInString(name); n != 3 && n != 4 {
		return nil
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < '가' || r > '힣' }) {
		return nil
	}
	_, size := utf8.DecodeRuneInString(name)
	return []string{name[:size], name[size:]}
}
