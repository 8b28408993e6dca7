// Package withhold hides in a document what the customer keeps to themselves:
// names of users, serial numbers, addresses. Whole values go by their class; the
// same values go wherever else they stand, in paths, command lines and messages.
//
// It is told what is [Known] of a computer and learns the rest from the sections.
// It asks no computer: it imports the document, and never a collector, the machine
// or the masking of secrets.
package withhold

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"supportd/daemon/sysinfo/document"
)

// hidden is what stands where a withheld value was part of a longer text.
func hidden(c document.Class) string {
	switch c {
	case document.UserNames:
		return "[user name withheld]"
	case document.Serials:
		return "[serial withheld]"
	}
	return "[address withheld]"
}

// Redactor replaces what a customer withholds: whole values by their class, and
// the same values wherever else they stand: home directories, command lines,
// log messages. Addresses are also known by their forms.
type Redactor struct {
	classes []document.Class
	service map[string]bool // accounts that are no person, in lower case
	known   map[string]document.Class
	words   index // what is known, for looking it up in a text
}

// Known is what a computer told of its users and of itself before any section
// was read.
type Known struct {
	Names   []string // login and full names of persons
	Service []string // accounts of the system, which tell nothing about anybody
	// numbers that only this computer has, and its own addresses
	Serials, Addresses []string
}

// New returns a redactor that hides these classes. What p does not have is learnt
// from the sections: see [Redactor.Learn].
func New(classes []document.Class, p Known) *Redactor {
	r := &Redactor{classes: classes, service: map[string]bool{}, known: map[string]document.Class{}, words: newIndex()}
	for _, name := range append(p.Service, "root", "system", "local service", "network service", "nobody", "administrator") {
		r.service[foldText(name).text] = true
	}
	for _, name := range p.Names {
		r.know(name, document.UserNames)
		if number := foldText(name).text; r.hides(document.UserNames) && len(number) >= shortestNumber && strings.Trim(number, "0123456789") == "" {
			r.known[number] = document.UserNames
			r.words.addApart(number)
		}
	}
	for _, serial := range p.Serials {
		r.know(serial, document.Serials)
	}
	for _, address := range p.Addresses {
		r.know(address, document.Addresses)
	}
	return r
}

func (r *Redactor) hides(c document.Class) bool { return slices.Contains(r.classes, c) }

// Learn remembers the withheld values of a section, to find them elsewhere.
func (r *Redactor) Learn(s document.Section) {
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

// know remembers one value. Values that are too short or too general stand in every text:
// to hide them would make the text unreadable and protect nobody.
func (r *Redactor) know(value any, c document.Class) {
	text, ok := value.(string)
	if !ok || !r.hides(c) {
		return
	}
	var forms []string
	switch c {
	case document.UserNames:
		forms = nameForms(text)
	case document.Addresses:
		forms = addressForms(text)
	default:
		forms = []string{text, strings.ReplaceAll(text, "-", "")} // a UUID, without its dashes too
	}
	if c == document.UserNames {
		for _, n := range initialForms(text) {
			if n = foldText(n).text; r.known[n] == document.Public && !r.service[n] {
				r.known[n] = c
				r.words.addApart(n)
			}
		}
	}
	for _, n := range forms {
		n = foldText(strings.TrimSpace(n)).text
		short := c == document.Serials && len(n) < 5
		number := c == document.UserNames && strings.Trim(n, "0123456789") == "" // an account without a name
		if n == "" || short || number || c == document.UserNames && r.service[n] || r.known[n] != document.Public {
			continue
		}
		r.known[n] = c
		r.words.add(n, c == document.Addresses && !strings.Contains(n, "."))
	}
}

// shortestNumber is how many digits a login name has at least that is only a number, such
// as a student's: shorter ones are numbers of everything.
const shortestNumber = 5

// Section returns a copy with everything withheld replaced.
func (r *Redactor) Section(s document.Section) document.Section {
	s.Reason = r.Text(s.Reason)
	s.Items = slices.Clone(s.Items)
	for i, it := range s.Items {
		it.Reason = r.Text(it.Reason)
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

func (r *Redactor) table(t document.Table) document.Table {
	t.Reason = r.Text(t.Reason)
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

func (r *Redactor) value(v any) any {
	if text, ok := v.(string); ok {
		return r.Text(text)
	}
	return v
}

// stretch is a part of a text that is not shown.
type stretch struct {
	start, end int
	class      document.Class
}

// Text replaces known values and addresses inside a text. All are found before any is
// replaced, so that nothing is found in a replacement.
func (r *Redactor) Text(s string) string {
	if s == "" {
		return s
	}
	var stretches []stretch
	for _, f := range views(s) {
		if len(r.known) > 0 {
			for _, hit := range r.words.find(s, f) {
				stretches = append(stretches, stretch{hit.start, hit.end, r.known[hit.word]})
			}
		}
		if r.hides(document.Addresses) {
			for _, at := range findAddresses(f.text) {
				start, end := f.place(at[0], at[1])
				stretches = append(stretches, stretch{start, end, document.Addresses})
			}
		}
	}
	if r.hides(document.Serials) {
		for _, pattern := range []*regexp.Regexp{uuid, longHex, worldWide} {
			for _, at := range pattern.FindAllStringIndex(s, -1) {
				stretches = append(stretches, stretch{at[0], at[1], document.Serials})
			}
		}
	}
	return cover(s, stretches)
}

// cover puts the words for its class in the place of each stretch. Where stretches
// overlap, the longest one decides which words.
func cover(s string, stretches []stretch) string {
	slices.SortStableFunc(stretches, func(a, b stretch) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end)) })
	var b strings.Builder
	at := 0
	for i := 0; i < len(stretches); {
		all, longest := stretches[i], stretches[i]
		for i++; i < len(stretches) && stretches[i].start < all.end; i++ {
			if stretches[i].end-stretches[i].start > longest.end-longest.start {
				longest = stretches[i]
			}
			all.end = max(all.end, stretches[i].end)
		}
		b.WriteString(s[at:all.start] + hidden(longest.class))
		at = all.end
	}
	return b.String() + s[at:]
}

// Identifiers of a disk, a board, an installation: for this purpose serial
// numbers.
var (
	uuid      = regexp.MustCompile(`(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}`)
	longHex   = regexp.MustCompile(`(?i)\b[0-9a-f]{32}\b`)                             // a machine id, a UUID without dashes
	worldWide = regexp.MustCompile(`(?i)\b(?:wwn-0x|wwn-|naa\.|eui\.|t10\.)[0-9a-z]+`) // of a disk
)

// alphanumeric reports whether a byte of a folded text is a letter or digit of ASCII.
func alphanumeric(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' }

func letterBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func letterAfter(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
