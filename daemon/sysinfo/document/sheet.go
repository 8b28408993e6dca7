package document

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"supportd/daemon/sysinfo/secrets"
)

// What one category may say. A computer that says more is broken or hostile;
// what is left out is counted and shown.
const (
	MaxRows  = 5000    // of one table: the software of a well-filled desktop fits, and the adapters of a host of containers
	MaxItems = 1000    // of one section
	maxValue = 4 << 10 // bytes of one text
	MaxBytes = 1 << 20 // bytes of all texts of one section
	maxScan  = 8 << 10 // bytes of one text that are looked at for secrets, which takes longest
	maxNotes = 8       // reasons of one section
)

// Sheet is a section being filled by its probe. It may be read and sealed while
// a probe that hangs still holds it: what comes later is dropped.
type Sheet struct {
	mu     sync.Mutex
	sec    Section
	tables []*Table
	notes  []string
	left   int // bytes
	sealed bool
}

// Say adds to why the section is incomplete, each reason once.
func (s *Sheet) Say(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sealed && len(s.notes) < maxNotes && !slices.Contains(s.notes, what) {
		s.notes = append(s.notes, what)
	}
}

// NewSheet is an empty sheet of a category.
func NewSheet(c Category) *Sheet { return &Sheet{sec: Section{Category: c}, left: MaxBytes} }

// Seal ends the filling and returns what there is.
func (s *Sheet) Seal(err error) Section {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sealed = true
	sec := s.sec
	for _, t := range s.tables {
		sec.Tables = append(sec.Tables, *t)
	}
	reasons := s.notes
	if err != nil {
		reasons = append([]string{Why(err)}, reasons...)
	}
	sec.Reason = s.text(strings.Join(reasons, "; "))
	return sec
}

// Set adds an item. A value that is empty becomes an item that says so, so that
// the names are the same on every computer.
func (s *Sheet) Set(name string, v any, marks ...Mark) { s.Try(name, v, nil, marks...) }

// Fail adds an item that could not be read.
func (s *Sheet) Fail(name string, err error, marks ...Mark) { s.Try(name, nil, err, marks...) }

// Try adds an item, or the reason why it could not be read.
func (s *Sheet) Try(name string, v any, err error, marks ...Mark) {
	c := Col(name, marks...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sealed {
		return
	}
	if len(s.sec.Items) >= MaxItems {
		s.sec.Omitted++
		return
	}
	v = s.value(v)
	it := Item{Name: name, Value: v, Unit: unitOf(v, c.Unit), Class: c.Class}
	switch {
	case err != nil:
		it.Value, it.Reason = nil, s.text(Why(err))
	case v == nil:
		it.Reason = ErrUnknown.Error()
	}
	s.sec.Items = append(s.sec.Items, it)
}

// Table starts a table; it is shown even when it stays empty.
func (s *Sheet) Table(name string, columns ...Column) *Rows {
	t := &Table{Name: name, Columns: columns}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sealed {
		s.tables = append(s.tables, t)
	}
	return &Rows{s, t}
}

// Rows fills one table of a sheet.
type Rows struct {
	s *Sheet
	t *Table
}

// Add appends a row, one value for each column.
func (r *Rows) Add(values ...any) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	switch {
	case r.s.sealed:
		return
	case len(values) != len(r.t.Columns):
		panic(fmt.Sprintf("table %s: %d values for %d columns", r.t.Name, len(values), len(r.t.Columns)))
	case len(r.t.Rows) >= MaxRows, r.s.left <= 0:
		r.t.Omitted++
		return
	}
	row := make([]any, len(values))
	for i, v := range values {
		row[i] = r.s.value(v)
		r.t.Columns[i].Unit = unitOf(row[i], r.t.Columns[i].Unit)
	}
	r.t.Rows = append(r.t.Rows, row)
}

// Fail says why the table is incomplete.
func (r *Rows) Fail(err error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if !r.s.sealed && err != nil {
		r.t.Reason = r.s.text(Why(err))
	}
}

// Leave counts rows that were left out before they were read.
func (r *Rows) Leave(n int) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if !r.s.sealed {
		r.t.Omitted += n
	}
}

// Masked is a text whose secrets have been masked, such as a command line: a sheet takes
// it as it stands. To look for them takes time, and a computer may have thousands of these.
type Masked struct {
	Text string
	Of   int // bytes that it had before
}

// value is normal with texts made fit: bounded, valid UTF-8, secrets masked.
func (s *Sheet) value(v any) any {
	v = normal(v)
	var fit string
	switch v := v.(type) {
	case string:
		fit = s.text(v)
	case Masked:
		fit = s.cut(valid(v.Text), v.Of)
	default:
		return v
	}
	if fit == "" {
		return nil
	}
	return fit
}

func (s *Sheet) text(v string) string {
	all := len(v)
	v = valid(v[:min(all, maxScan)])
	if strings.Contains(v, " -") || strings.Contains(v, " /") {
		v = secrets.Prose(v) // a command line may be in any text
	} else {
		v = secrets.Text(v)
	}
	return s.cut(v, all)
}

// valid is a text in UTF-8, without space around it.
func valid(v string) string {
	if !utf8.ValidString(v) {
		v = escapeInvalid(v)
	}
	return strings.Trim(v, " \t\r\n\x00")
}

// cut takes what is left of the sheet's bytes for a text; all is how long it was.
func (s *Sheet) cut(v string, all int) string {
	keep := min(maxValue, max(s.left, 0))
	if len(v) > keep {
		v = strings.ToValidUTF8(v[:keep], "")
		v += fmt.Sprintf("… (%d bytes, cut)", all)
	}
	s.left -= len(v)
	return v
}

// escapeInvalid shows bytes that are no UTF-8 as \xNN and leaves the rest alone.
func escapeInvalid(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[i])
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// ByName sorts the table by its first column, a text.
func (r *Rows) ByName() {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.s.sealed {
		return
	}
	slices.SortStableFunc(r.t.Rows, func(a, b []any) int {
		x, _ := a[0].(string)
		y, _ := b[0].(string)
		return strings.Compare(x, y)
	})
}
