package secrets

import "strings"

// word is one word of a command, or an operator between commands.
type word struct {
	start, end int    // where it stands, quotes included
	text       string // without its quotes
	quote      byte   // that it begins with, 0 when it has none
	operator   bool
}

// splitShell takes a command apart as a shell does: quotes, backslashes, operators. It
// never fails: a quote that is not closed is an apostrophe.
func splitShell(s string) (words []word) {
	var b strings.Builder
	w, open := word{}, false
	begin := func(i int) {
		if !open {
			w, open = word{start: i}, true
			b.Reset()
		}
	}
	finish := func(i int) {
		if open {
			w.end, w.text = i, b.String()
			words = append(words, w)
			open = false
		}
	}
	for i := 0; i < len(s); {
		switch c := s[i]; c {
		case ' ', '\t', '\r':
			finish(i)
			i++
		case '\'', '"':
			end := closing(s, i)
			if end < 0 {
				begin(i)
				b.WriteByte(c)
				i++
				continue
			}
			if !open {
				begin(i)
				w.quote = c
			}
			b.WriteString(inside(s[i+1:end], c))
			i = end + 1
		case '\\':
			begin(i)
			if i+1 < len(s) && strings.IndexByte(" \t'\"\\$`;&|", s[i+1]) >= 0 {
				i++
			}
			b.WriteByte(s[i])
			i++
		case ';', '&', '|', '\n', '(', ')', '`', '<', '>':
			finish(i)
			n := 1
			for n < 3 && i+n < len(s) && s[i+n] == c && c != '(' && c != ')' && c != '`' {
				n++
			}
			if n == 1 && i+1 < len(s) && (s[i+1] == '&' && redirects(s[i:i+1]) || c == '&' && redirects(s[i+1:i+2])) { // 2>&1, &>x
				n++
			}
			words = append(words, word{start: i, end: i + n, text: s[i : i+n], operator: true})
			i += n
		default:
			begin(i)
			b.WriteByte(c)
			i++
		}
	}
	finish(len(s))
	return words
}

// closing finds the end of the quotes that begin at i, -1 when there is none.
func closing(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch {
		case s[j] == '\\' && s[i] == '"':
			j++
		case s[j] == s[i]:
			return j
		}
	}
	return -1
}

// inside is what stands between quotes, without the backslashes of double ones.
func inside(s string, quote byte) string {
	if quote == '\'' {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\"\\$`", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
