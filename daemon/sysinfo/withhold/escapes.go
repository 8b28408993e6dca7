package withhold

import (
	"regexp"
	"strconv"
	"strings"
)

// maxEscapes bounds how often a text is read again whose escapes are escaped.
const maxEscapes = 3

// escapes are the ways to write a letter as its number: in URLs, in JSON and programs,
// in HTML, in the tables of mounts.
var escapes = regexp.MustCompile(`%[0-9a-f]{2}|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\[0-3][0-7]{2}|&#(?:x[0-9a-f]{1,5}|[0-9]{1,6});`)

// views are a text as it is searched: folded, and with its escapes read.
func views(s string) []folded {
	f := foldText(s)
	all := []folded{f}
	for range maxEscapes {
		next, ok := unescape(f)
		if !ok {
			break
		}
		f = next
		all = append(all, f)
	}
	return all
}

// unescape reads the escapes of a folded text; false when there are none.
func unescape(f folded) (folded, bool) {
	if !strings.ContainsAny(f.text, `%\&`) {
		return f, false
	}
	found := escapes.FindAllStringIndex(f.text, -1)
	if found == nil {
		return f, false
	}
	var b strings.Builder
	var from, to []int
	put := func(raw string, start, end int) {
		b.WriteString(raw)
		for range len(raw) {
			from, to = append(from, start), append(to, end)
		}
	}
	at := 0
	for _, m := range append(found, []int{len(f.text), len(f.text)}) {
		for ; at < m[0]; at++ {
			start, end := f.place(at, at+1)
			put(f.text[at:at+1], start, end)
		}
		if m[0] < m[1] {
			start, end := f.place(m[0], m[1])
			put(letter(f.text[m[0]:m[1]]), start, end)
			at = m[1]
		}
	}
	// Bytes of one letter were escaped one by one: they are folded now.
	g := foldText(b.String())
	out := folded{text: g.text, escaped: true, from: make([]int, 0, len(g.text)+1), to: make([]int, 0, len(g.text))}
	for i := range len(g.text) {
		start, end := g.place(i, i+1)
		out.from, out.to = append(out.from, from[start]), append(out.to, to[end-1])
	}
	out.from = append(out.from, to[len(to)-1])
	return out, true
}

// letter is what an escape stands for; for an escape of bytes it is one byte.
func letter(escape string) string {
	number, base := "", 16
	switch {
	case escape[0] == '%':
		number = escape[1:]
	case strings.HasPrefix(escape, `\x`), strings.HasPrefix(escape, `\u`):
		number = escape[2:]
	case escape[0] == '\\':
		number, base = escape[1:], 8
	case strings.HasPrefix(escape, "&#x"):
		number = escape[3 : len(escape)-1]
	default:
		number, base = escape[2:len(escape)-1], 10
	}
	n, _ := strconv.ParseUint(number, base, 32) // always a number: see [escapes]
	if escape[0] == '%' || escape[0] == '\\' && escape[1] != 'u' {
		return string([]byte{byte(n)})
	}
	return string(rune(n))
}
