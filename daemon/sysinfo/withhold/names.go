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
	if len(first) > 1 && len(last) > 1 {
		all = append(all, []string{first, last}, []string{last, first})
	}
	return all
}

// shortestFirst is how long a first name is that is looked for with only an initial and no
// point behind it: shorter ones are words of texts, too.
const shortestFirst = 4

// initialForms are the ways in which a name of a person is written with initials: "M. Kim",
// mkim, "Kim, M.", "Minji K.", "A. M. Jung".
func initialForms(text string) (forms []string) {
	if _, name, ok := strings.Cut(text, `\`); ok {
		text = name
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	n := len(words)
	if n < 2 || n > maxNameWords || slices.ContainsFunc(words, noInitial) || n == 2 && slices.ContainsFunc(words, func(w string) bool { return utf8.RuneCountInString(w) < 2 }) {
		return nil
	}
	if strings.Contains(text, ",") { // "Kim, Minji"
		words = append(slices.Clone(words[1:]), words[0])
	}
	letters := make([]string, n)
	for i, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		letters[i] = string(r)
	}
	first, last := words[0], words[n-1]
	join := func(parts ...string) {
		for _, between := range separators {
			forms = append(forms, strings.Join(parts, between))
		}
	}
	if utf8.RuneCountInString(last) > 1 {
		both := [][]string{{letters[0]}}
		if n > 2 {
			both = append(both, letters[:n-1])
			join(append(append([]string{first}, letters[1:n-1]...), last)...)          // Anna M Jung
			join(append(append([]string{first}, pointed(letters[1:n-1])...), last)...) // Anna M. Jung
		}
		for _, initials := range both {
			for _, written := range []string{strings.Join(initials, ""), strings.Join(initials, ".") + ".", strings.Join(pointed(initials), " "), strings.Join(initials, " ")} {
				join(written, last)
				join(last, written)
			}
		}
	}
	if utf8.RuneCountInString(first) > 1 {
		join(first, letters[n-1]+".")
		if utf8.RuneCountInString(first) >= shortestFirst {
			join(first, letters[n-1])
		}
	}
	return forms
}

// noInitial reports whether nobody shortens a word to its first letter.
func noInitial(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return !unicode.Is(unicode.Latin, r) && !unicode.Is(unicode.Cyrillic, r) && !unicode.Is(unicode.Greek, r)
}

// pointed are initials with their points.
func pointed(letters []string) []string {
	all := make([]string, len(letters))
	for i, l := range letters {
		all[i] = l + "."
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
