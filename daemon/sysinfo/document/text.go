package document

import (
	"fmt"
	"io"
	"strings"
	"time"

	"supportd/library/text"
)

const (
	indent = "  "
	// maxPad bounds what a long cell may push the next column to the right: it
	// breaks the line of its own row, not those of all others.
	maxPad = 44
)

// WriteText writes a whole document for people: see [Text].
func WriteText(w io.Writer, d Document) error {
	t := NewText(w)
	if err := t.Head(d.Host, d.Collected); err != nil {
		return err
	}
	for _, s := range d.Sections {
		if err := t.Section(s); err != nil {
			return err
		}
	}
	return nil
}

// Text writes a document for people, section by section: UTF-8, names and
// columns aligned in terminal cells, numbers in units that people read, and no
// character that could drive a terminal or deceive a reader. It is not safe for
// concurrent use.
type Text struct {
	w io.Writer
}

// NewText returns a Text that writes to w.
func NewText(w io.Writer) *Text { return &Text{w} }

// Head writes the first lines.
func (t *Text) Head(host string, collected time.Time) error {
	if host == "" {
		host = "(host name not known)"
	}
	_, err := fmt.Fprintf(t.w, "System information of %s\ncollected %s\n", text.Escape(host), instant(collected))
	return err
}

// Section writes one section with an empty line before it, in one Write.
func (t *Text) Section(s Section) error {
	var b strings.Builder
	title := s.Category.Title()
	fmt.Fprintf(&b, "\n%s [%s]\n", title, s.Category)
	if s.Withheld {
		b.WriteString(indent + "withheld by the customer\n")
	}
	t.items(&b, s.Items)
	if s.Omitted > 0 {
		fmt.Fprintf(&b, indent+"… and %d more, left out\n", s.Omitted)
	}
	for _, table := range s.Tables {
		t.table(&b, table)
	}
	if s.Reason != "" {
		fmt.Fprintf(&b, indent+"incomplete: %s\n", text.Escape(s.Reason))
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *Text) items(b *strings.Builder, items []Item) {
	width := 0
	for _, it := range items {
		width = max(width, len(it.Name))
	}
	for _, it := range items {
		value := show(it.Value, it.Unit)
		switch {
		case it.Withheld:
			value = "withheld"
		case it.Reason != "":
			value = "(" + text.Escape(it.Reason) + ")"
		}
		fmt.Fprintf(b, indent+"%-*s  %s\n", width, label(it.Name), value)
	}
}

func (t *Text) table(b *strings.Builder, table Table) {
	heading := label(table.Name)
	switch {
	case len(table.Rows) == 0 && table.Reason != "":
		fmt.Fprintf(b, indent+"%s: (%s)\n", heading, text.Escape(table.Reason))
		return
	case len(table.Rows) == 0:
		fmt.Fprintf(b, indent+"%s: none\n", heading)
		return
	}
	fmt.Fprintf(b, indent+"%s (%d)\n", heading, len(table.Rows)+table.Omitted)
	t.grid(b, table)
	if table.Omitted > 0 {
		fmt.Fprintf(b, indent+indent+"… and %d more, left out\n", table.Omitted)
	}
	if table.Reason != "" {
		fmt.Fprintf(b, indent+indent+"incomplete: %s\n", text.Escape(table.Reason))
	}
}

// grid writes heading and rows in columns, numbers to the right.
func (t *Text) grid(b *strings.Builder, table Table) {
	lines := make([][]string, 0, len(table.Rows)+1)
	head := make([]string, len(table.Columns))
	right := make([]bool, len(table.Columns))
	for i, c := range table.Columns {
		head[i] = label(c.Name)
		right[i] = len(table.Rows) > 0 && numeric(table.Rows, i)
	}
	lines = append(lines, head)
	for _, row := range table.Rows {
		line := make([]string, len(row))
		for i, v := range row {
			line[i] = "-"
			switch c := table.Columns[i]; {
			case c.Withheld:
				line[i] = "withheld"
			case v != nil:
				line[i] = show(v, c.Unit)
			}
		}
		lines = append(lines, line)
	}
	widths := make([]int, len(table.Columns))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], min(text.Width(cell), maxPad))
		}
	}
	for _, line := range lines {
		var row strings.Builder
		for i, cell := range line {
			pad := strings.Repeat(" ", max(widths[i]-text.Width(cell), 0))
			if right[i] {
				cell = pad + cell
			} else {
				cell += pad
			}
			row.WriteString(indent + cell)
		}
		b.WriteString(indent + strings.TrimRight(row.String(), " ") + "\n")
	}
}

// numeric reports whether the column holds numbers only.
func numeric(rows [][]any, column int) bool {
	found := false
	for _, row := range rows {
		switch row[column].(type) {
		case nil:
		case int64, uint64, float64, time.Duration:
			found = true
		default:
			return false
		}
	}
	return found
}
