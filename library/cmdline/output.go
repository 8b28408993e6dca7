package cmdline

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/text"
)

// Format is how a list or a thing is written.
type Format string

// The formats of -o.
const (
	Table Format = "table" // for people
	JSON  Format = "json"  // one array, or one object
	JSONL Format = "jsonl" // one object a line
	CSV   Format = "csv"

	// csvWithBOM is CSV with a byte order mark; see [WantsBOM].
	csvWithBOM Format = "csv with a byte order mark"
)

// Formats lists what -o takes.
func Formats() []Format { return []Format{Table, JSON, JSONL, CSV} }

// FormatFlags are -o, --json and --bom, for every command that lists or shows.
func FormatFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Value: string(Table), Usage: "`FORMAT`: table, json, jsonl or csv"},
		&cli.BoolFlag{Name: "json", Usage: "the same as -o json"},
		BOMFlag(),
	}
}

// FormatOf reads [FormatFlags].
func FormatOf(c *cli.Context) (Format, error) {
	return NamedFormat(c, c.String("output"))
}

// NamedFormat is [FormatOf] where the format is named by another flag than -o.
func NamedFormat(c *cli.Context, name string) (Format, error) {
	if c.Bool("json") {
		return JSON, nil
	}
	f := Format(name)
	switch {
	case !slices.Contains(Formats(), f):
		return "", Usage("one of: table, json, jsonl, csv", "-o: unknown format %q", text.Plain(string(f), 20))
	case f == CSV && WantsBOM(c):
		return csvWithBOM, nil
	}
	return f, nil
}

// Column is one column of a table or a CSV file.
type Column[T any] struct {
	Title string
	Value func(T) string
	Data  func(T) string // in CSV, for programs; nil is Value
	Cut   bool           // may end in "…" where the table is too wide for a [Terminal]
	Spare bool           // not in a table where no row has anything in it
	// Drop is more than 0 for a column that is left out of a table which is too wide for a
	// [Terminal] even when it is cut: the highest first.
	Drop int
}

// Dropped is a column with its [Column.Drop].
func Dropped[T any](rank int, c Column[T]) Column[T] {
	c.Drop = rank
	return c
}

// For is the speaker of a format: people read tables, and what programs read is English
// in every language.
func (f Format) For(s *text.Speaker) *text.Speaker {
	if f != Table {
		return nil
	}
	return s
}

// Headed are columns with their headings as a speaker says them; see [Format.For].
func Headed[T any](s *text.Speaker, columns []Column[T]) []Column[T] {
	for i := range columns {
		columns[i].Title = s.Text(columns[i].Title)
	}
	return columns
}

// Terminal is a writer that a person reads from. [List] fits tables into its
// width as far as columns may be cut; others get every character.
type Terminal interface {
	io.Writer
	// Width is how many characters go into a line, 0 where none has to be cut.
	Width() int
}

// Folded is a text for a writer: on a [Terminal] no line is wider than that is.
func Folded(w io.Writer, lines string) string {
	t, ok := w.(Terminal)
	if !ok || t.Width() <= 0 {
		return lines
	}
	folded := strings.Split(lines, "\n")
	for i, line := range folded {
		folded[i] = text.Fold(line, t.Width())
	}
	return strings.Join(folded, "\n")
}

// Folding is [Folded] for a text that comes in parts: call its Flush when no more comes.
func Folding(w io.Writer) *text.Folder {
	columns := 0
	if t, ok := w.(Terminal); ok {
		columns = t.Width()
	}
	return text.NewFolder(w, columns)
}

// YesNo is how a truth value is shown.
func YesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// TimeColumn is a column with a time, which is none where it is zero: shown in a
// table, in UTC and RFC 3339 for programs.
func TimeColumn[T any](title string, at func(T) time.Time, shown func(time.Time) string) Column[T] {
	return Column[T]{
		Title: title,
		Value: func(v T) string { return shown(at(v)) },
		Data: func(v T) string {
			if at(v).IsZero() {
				return ""
			}
			return at(v).UTC().Format(time.RFC3339)
		},
	}
}

// List writes rows. JSON is T's own, tables and CSV are made of the columns.
// Everything hostile in the values is escaped.
func List[T any](w io.Writer, f Format, rows []T, columns []Column[T]) error {
	return listingOf(f, rows, columns).list(w, f)
}

// listing is what is written of rows, whatever they are: a program has its code once, and not
// for each kind of rows, which counts in what a customer downloads.
type listing struct {
	all   any // the rows
	count int
	row   func(i int) any
	looks []look
	cell  func(row, column int) string
}

// look is what a [Column] is beside its values.
type look struct {
	title      string
	cut, spare bool
	drop       int
}

func listingOf[T any](f Format, rows []T, columns []Column[T]) listing {
	if rows == nil {
		rows = []T{} // no null in JSON
	}
	l := listing{all: rows, count: len(rows), row: func(i int) any { return rows[i] }}
	for _, c := range columns {
		l.looks = append(l.looks, look{c.Title, c.Cut, c.Spare, c.Drop})
	}
	l.cell = func(row, column int) string {
		value := columns[column].Value
		if f != Table && columns[column].Data != nil {
			value = columns[column].Data
		}
		return value(rows[row])
	}
	return l
}

func (l listing) list(w io.Writer, f Format) error {
	switch f {
	case csvWithBOM:
		return l.list(WithBOM(w), CSV)
	case JSON:
		return writeJSON(w, l.all, "  ")
	case JSONL:
		lines := bufio.NewWriter(w) // a packet for each line would cost more than the line
		for i := range l.count {
			if err := writeJSON(lines, l.row(i), ""); err != nil {
				return err
			}
		}
		return lines.Flush()
	}
	looks := l.looks
	head := make([]string, len(looks))
	for i, c := range looks {
		head[i] = c.title
	}
	lines := [][]string{head}
	for row := range l.count {
		line := make([]string, len(looks))
		for i := range looks {
			line[i] = text.Escape(l.cell(row, i))
		}
		lines = append(lines, line)
	}
	if f == CSV {
		return writeCSV(w, lines)
	}
	lines, looks = without(lines, looks, func(i int) bool { return looks[i].spare && !anything(lines[1:], i) })
	if t, ok := w.(Terminal); ok && t.Width() > 0 {
		lines = fitColumns(lines, looks, t.Width())
	}
	return writeTable(w, lines)
}

// anything reports whether a column has a value in any line.
func anything(lines [][]string, column int) bool {
	return slices.ContainsFunc(lines, func(line []string) bool { return line[column] != "" })
}

// without leaves columns out.
func without(lines [][]string, columns []look, out func(i int) bool) ([][]string, []look) {
	var kept []look
	rest := make([][]string, len(lines))
	for i, c := range columns {
		if out(i) {
			continue
		}
		kept = append(kept, c)
		for l := range lines {
			rest[l] = append(rest[l], lines[l][i])
		}
	}
	return rest, kept
}

// fitColumns fits a table into a width: by cutting, and where that is not enough, without
// the columns that can be done without.
func fitColumns(lines [][]string, columns []look, width int) [][]string {
	for {
		cut, last := make([]bool, len(columns)), -1
		for i, c := range columns {
			if cut[i] = c.cut; c.drop > 0 && (last < 0 || c.drop > columns[last].drop) {
				last = i
			}
		}
		if fit(lines, cut, width) || last < 0 {
			return lines
		}
		lines, columns = without(lines, columns, func(i int) bool { return i == last })
	}
}

// leastCut is how narrow a column may become: enough to tell most things apart.
const leastCut = 8

// fit cuts cells, those of the widest column first, until the table is at most
// width characters wide. Where that is not enough, everything stays whole: lines
// would be broken all the same. So do headings, which are in the first line. It reports
// whether the table fits.
func fit(lines [][]string, cut []bool, width int) bool {
	widths := widthsOf(lines)
	over := (len(widths)-1)*len(gap) - width
	for _, w := range widths {
		over += w
	}
	for ; over > 0; over-- {
		widest := -1
		for i, w := range widths {
			if cut[i] && w > max(leastCut, text.Width(lines[0][i])) && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return false
		}
		widths[widest]--
	}
	for _, line := range lines {
		for i, cell := range line {
			line[i] = text.Cut(cell, widths[i])
		}
	}
	return true
}

// Show writes one thing: JSON as an object, a table as a line for each column. What is too
// wide for a [Terminal] goes on below where it began.
func Show[T any](w io.Writer, f Format, thing T, columns []Column[T]) error {
	return listingOf(f, []T{thing}, columns).show(w, f)
}

func (l listing) show(w io.Writer, f Format) error {
	switch f {
	case JSON:
		return writeJSON(w, l.row(0), "  ")
	case Table:
		lines := make([][]string, len(l.looks))
		for i, c := range l.looks {
			lines[i] = []string{c.title, text.Escape(l.cell(0, i))}
		}
		if t, ok := w.(Terminal); ok && t.Width() > 0 {
			return writeFolded(w, lines, t.Width())
		}
		return writeTable(w, lines)
	}
	return l.list(w, f)
}

// writeJSON also escapes what JSON allows raw but a terminal or a reader would
// be deceived by: C1 controls, bidirectional and invisible characters.
func writeJSON(w io.Writer, v any, indent string) error {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, text.EscapeJSON(b.String()))
	return err
}

// writeCSV follows RFC 4180 and puts an apostrophe before what a spreadsheet
// would take for a formula.
func writeCSV(w io.Writer, lines [][]string) error {
	cw := csv.NewWriter(w)
	for _, line := range lines {
		for i, cell := range line {
			line[i] = text.Cell(cell)
		}
		if err := cw.Write(line); err != nil {
			return err
		}
	}
	cw.Flush()
	return cw.Error()
}

// writeFolded is [writeTable] for titles and what they have beside them, on a terminal of so
// many columns.
func writeFolded(w io.Writer, lines [][]string, columns int) error {
	at := widthsOf(lines)[0] + len(gap)
	beside := strings.Repeat(" ", min(at, columns/2))
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(text.FoldAt(strings.TrimRight(text.Pad(line[0], at)+line[1], " "), columns, beside, "\n") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// gap stands between the columns of a table.
const gap = "  "

// widthsOf is how wide the columns are on a terminal.
func widthsOf(lines [][]string) []int {
	var widths []int
	for _, line := range lines {
		for i, cell := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], text.Width(cell))
		}
	}
	return widths
}

// writeTable pads to the width that a terminal gives each rune, so that Hangul lines up.
func writeTable(w io.Writer, lines [][]string) error {
	widths := widthsOf(lines)
	var b strings.Builder
	for _, line := range lines {
		var row strings.Builder
		for i, cell := range line {
			row.WriteString(text.Pad(cell, widths[i]) + gap)
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
