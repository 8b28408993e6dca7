package sysinfo

import (
	"cmp"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hidden is what stands where a withheld value was part of a longer text.
func hidden(c Class) string {
	switch c {
	case UserNames:
		return "[user name withheld]"
	case Serials:
		return "[serial withheld]"
	}
	return "[address withheld]"
}

// redactor replaces what a customer withholds: whole values by their class, and
// the same values wherever else they stand: home directories, command lines,
// log messages. Addresses are also known by their form.
type redactor struct {
	classes []Class
	service map[string]bool // accounts that are no person, in lower case
	known   map[string]Class
	sorted  []string // keys of known, longest first
}

// people are the accounts of a computer.
type people struct {
	names   []string // login and full names of persons
	service []string // accounts of the system, which tell nothing about anybody
	serials []string // numbers that only this computer has
}

func newRedactor(classes []Class, p people) *redactor {
	r := &redactor{classes: classes, service: map[string]bool{}, known: map[string]Class{}}
	for _, name := range append(p.service, "root", "system", "local service", "network service", "nobody", "administrator") {
		r.service[strings.ToLower(name)] = true
	}
	for _, name := range p.names {
		r.know(name, UserNames)
	}
	return r
}

func (r *redactor) hides(c Class) bool { return slices.Contains(r.classes, c) }

// learn remembers the withheld values of a section, to find them elsewhere.
func (r *redactor) learn(s Section) {
	for _, it := range s.Items {
		r.know(it.Value, it.Class)
	}
	for _, t := range s.Tables {
		for i, c := range t.Columns {
			if !r.hides(c.Class) {
				continue
			}
			for _, row := range t.Rows {
				r.know(row[i], c.Class)
			}
		}
	}
}

// know remembers one value. Values that are too short or too general would
// deface every text without protecting anybody.
func (r *redactor) know(value any, c Class) {
	text, ok := value.(string)
	if !ok || !r.hides(c) || c == Addresses { // addresses have a form
		return
	}
	names := []string{text}
	if c == UserNames {
		if _, name, ok := strings.Cut(text, `\`); ok { // DOMAIN\name
			names = []string{text, name}
		}
	}
	for _, n := range names {
		n = strings.ToLower(strings.TrimSpace(n))
		short := c == Serials && len(n) < 5
		number := c == UserNames && strings.Trim(n, "0123456789") == "" // an account without a name
		if short || number || r.service[n] || r.known[n] != Public {
			continue
		}
		r.known[n] = c
		i, _ := slices.BinarySearchFunc(r.sorted, n, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
		r.sorted = slices.Insert(r.sorted, i, n)
	}
}

// section returns a copy with everything withheld replaced.
func (r *redactor) section(s Section) Section {
	s.Reason = r.text(s.Reason)
	s.Items = slices.Clone(s.Items)
	for i, it := range s.Items {
		it.Reason = r.text(it.Reason)
		if r.hides(it.Class) {
			it.Value, it.Reason, it.Withheld = nil, "", true
		}
		it.Value = r.value(it.Value)
		s.Items[i] = it
	}
	s.Tables = slices.Clone(s.Tables)
	for i, t := range s.Tables {
		s.Tables[i] = r.table(t)
	}
	return s
}

func (r *redactor) table(t Table) Table {
	t.Reason = r.text(t.Reason)
	t.Columns = slices.Clone(t.Columns)
	for i, c := range t.Columns {
		t.Columns[i].Withheld = r.hides(c.Class)
	}
	rows := make([][]any, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make([]any, len(row))
		for j, v := range row {
			if !t.Columns[j].Withheld {
				rows[i][j] = r.value(v)
			}
		}
	}
	t.Rows = rows
	return t
}

func (r *redactor) value(v any) any {
	if text, ok := v.(string); ok {
		return r.text(text)
	}
	return v
}

// text replaces known values and addresses inside a text.
func (r *redactor) text(s string) string {
	if s == "" {
		return s
	}
	if r.hides(Addresses) {
		s = hideAddresses(s)
	}
	if r.hides(Serials) {
		s = uuid.ReplaceAllString(s, hidden(Serials))
	}
	for _, word := range r.sorted {
		s = replaceFold(s, word, hidden(r.known[word]))
	}
	return s
}

// What addresses look like. A run of hexadecimal digits and colons may also be
// a time of day, or part of a name: see hideColons.
var (
	dotted   = regexp.MustCompile(`(?:\d{1,3}\.){3}\d{1,3}`)
	hyphened = regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2}-){5}[0-9a-f]{2}\b`)
	coloned  = regexp.MustCompile(`(?i)[0-9a-f]*:[0-9a-f]*:[0-9a-f:]*(?:%[0-9a-z]+)?`)
)

// uuid is an identifier of a disk, a board, an installation: for this purpose a
// serial number.
var uuid = regexp.MustCompile(`(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}`)

// hideAddresses replaces IPv4, IPv6 and hardware addresses. In doubt it is one.
func hideAddresses(s string) string {
	s = dotted.ReplaceAllString(s, hidden(Addresses))
	s = hyphened.ReplaceAllString(s, hidden(Addresses))
	var b strings.Builder
	at := 0
	for _, found := range coloned.FindAllStringIndex(s, -1) {
		start, end := found[0], found[1]
		if letterBefore(s, start) || !coloned6(s[start:end]) { // std::move, 08:15:30
			continue
		}
		b.WriteString(s[at:start] + hidden(Addresses))
		at = end
	}
	return b.String() + s[at:]
}

// coloned6 tells an IPv6 or hardware address from a time of day.
func coloned6(s string) bool {
	s = strings.TrimRight(s, ":")
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if _, err := net.ParseMAC(s); err == nil {
		return true
	}
	return strings.Contains(s, "::") && strings.Trim(s, ":") != ""
}

// replaceFold replaces every occurrence of word, whatever its case. word is in
// lower case. A word of fewer than four letters has to stand alone.
func replaceFold(s, word, with string) string {
	lower := strings.ToLower(s)
	if len(lower) != len(s) { // folding moved the bytes: be exact instead
		return strings.ReplaceAll(s, word, with)
	}
	alone := utf8.RuneCountInString(word) < 4
	var b strings.Builder
	at := 0
	for {
		i := strings.Index(lower[at:], word)
		if i < 0 {
			break
		}
		start, end := at+i, at+i+len(word)
		if alone && (letterBefore(s, start) || letterAfter(s, end)) {
			b.WriteString(s[at:end])
		} else {
			b.WriteString(s[at:start])
			b.WriteString(with)
		}
		at = end
	}
	if at == 0 {
		return s
	}
	b.WriteString(s[at:])
	return b.String()
}

func letterBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func letterAfter(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
