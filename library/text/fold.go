package text

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Fold breaks a line that has more columns than a terminal, each character taken at its
// widest. Nothing is cut. What goes on below stands further in than the line begins: behind
// the line's first gap of two spaces where that is in its first half.
//
// What a script wrote begins with "| " or "! ", and goes on behind "|>" or "!>". Support
// reps copy it: an error into a search, a path into the next command. Each row says
// whose words it holds, so no script writes what looks like a line of ours. The mark says
// where the script has no line end, and what stands behind the marks of such rows is what
// it wrote, each space included. A file or a program gets the line in one piece.
func Fold(line string, columns int) string { return newRows(line, columns).all(line) }

// FoldAt is [Fold] with what each further line begins with, and what ends the one before:
// "\n", or " \\\n" in a command that is to be pasted into a shell.
func FoldAt(line string, columns int, indent, end string) string {
	return (&rows{columns: columns, indent: indent, end: end}).all(line)
}

// rows are those of one line.
type rows struct {
	columns  int
	indent   string // before each row but the first
	end      string // behind each row but the last
	verbatim bool   // no space of the line may be lost
	begun    bool   // the first row is done
}

func newRows(line string, columns int) *rows {
	r := &rows{columns: columns, end: "\n"}
	begins := indentation(line)
	rest := line[begins:]
	if strings.HasPrefix(rest, "| ") || strings.HasPrefix(rest, "! ") {
		r.verbatim, r.indent = true, line[:begins]+rest[:1]+">"
		return r
	}
	begins = min(begins, columns/2)
	at := min(begins+6, columns/2)
	if gap := strings.Index(rest, "  "); gap > 0 {
		if n := begins + MostWidth(rest[:gap]) + indentation(rest[gap:]); n <= columns/2 {
			at = n
		}
	}
	r.indent = strings.Repeat(" ", at)
	return r
}

// indentation is how many spaces a line begins with.
func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func (r *rows) all(line string) string {
	var b strings.Builder
	for {
		row, rest := r.next(line)
		b.WriteString(row)
		if line = rest; line == "" {
			return b.String()
		}
		b.WriteString(r.end)
	}
}

// next takes a row off a line. It looks at no more of it than [rows.enough].
func (r *rows) next(line string) (row, rest string) {
	before, lead := r.indent, 0
	if !r.begun {
		r.begun, before, lead = true, "", indentation(line)
		switch most := r.columns / 2; {
		case r.verbatim:
			lead += len("| ")
		case lead > most && MostWidth(line) > r.columns: // an indentation, and not a text, of that width
			line, lead = line[lead-most:], most
		}
	}
	left := max(1, r.columns-MostWidth(before))
	n := within(line, left)
	if n < len(line) {
		n = r.breakAt(line, lead, max(1, left-len(r.end)+1))
	}
	row, rest = line[:n], line[n:]
	if !r.verbatim && rest != "" {
		row, rest = strings.TrimRight(row, " "), strings.TrimLeft(rest, " ")
	}
	return before + row, rest
}

// enough is how many bytes of a line decide on its next row.
func (r *rows) enough() int { return 2 * utf8.UTFMax * max(r.columns, 1) }

// breakAt is how many bytes of a line that does not fit into left columns its next row
// holds: up to a space behind lead, where the word that follows fits whole into the row
// below, or half of this row is used; else as many as fit.
func (r *rows) breakAt(line string, lead, left int) int {
	n := within(line, left)
	if lead >= n {
		return n
	}
	at := lead + strings.LastIndexByte(line[lead:n+1], ' ') // one that follows the row is a place, too
	word := line[at+1:]
	if r.verbatim {
		at = len(strings.TrimRight(line[:max(at, 0)], " ")) // the row ends in no space that copying may lose
	}
	if at <= lead {
		return n
	}
	below := within(word, max(1, r.columns-MostWidth(r.indent)))
	if below < len(word) && !strings.Contains(word[:below+1], " ") && at <= n/2 {
		return n
	}
	return at
}

// within is how many bytes of a line fit into so many columns, at least a character.
func within(line string, columns int) int {
	used := 0
	for i, r := range line {
		if used += mostWidth(r); used > columns && i > 0 {
			return i
		}
	}
	return len(line)
}

// Folder folds what is written to it, as [Fold] does, line by line as it comes. A line
// without an end is not held in memory. It is for one goroutine.
type Folder struct {
	to      io.Writer
	columns int
	held    string // of a line or a character that has not ended
	rows    *rows  // of that line, when some of them are written; else nil
}

// NewFolder returns a Folder for a terminal of so many columns; with 0 it changes nothing.
func NewFolder(to io.Writer, columns int) *Folder { return &Folder{to: to, columns: columns} }

// Write writes the rows that have come whole. The rest of what came waits for [Folder.Flush].
func (f *Folder) Write(p []byte) (int, error) {
	if f.columns <= 0 {
		return f.to.Write(p)
	}
	in := f.held + string(p)
	whole := len(in) - Begun([]byte(in[max(0, len(in)-utf8.UTFMax):]))
	var out strings.Builder
	rest := in[:whole]
	for {
		line, behind, ended := strings.Cut(rest, "\n")
		if !ended {
			break
		}
		out.WriteString(f.started(line).all(line) + "\n")
		f.rows, rest = nil, behind
	}
	for f.rows != nil && len(rest) > f.rows.enough() || f.rows == nil && len(rest) > newRows("", f.columns).enough() {
		row, behind := f.started(rest).next(rest)
		out.WriteString(row + "\n")
		rest = behind
	}
	f.held = rest + in[whole:]
	if _, err := io.WriteString(f.to, out.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// started are the rows of the line that a text begins with, or goes on with.
func (f *Folder) started(line string) *rows {
	if f.rows == nil {
		f.rows = newRows(line, f.columns)
	}
	return f.rows
}

// Flush writes what is left of a line that did not end.
func (f *Folder) Flush() error {
	if f.held == "" {
		return nil
	}
	left := f.started(f.held).all(f.held)
	f.held, f.rows = "", nil
	_, err := io.WriteString(f.to, left)
	return err
}
