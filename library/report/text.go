package report

import (
	"bufio"
	"io"
	"strings"
)

// textPage writes for a terminal: plain lines, no colours.
type textPage struct {
	out     *bufio.Writer
	midline bool // the last output did not end its line
	stderr  bool // it was standard error
}

// Text writes the report for a terminal. It begins at once and holds nothing.
func (s Source) Text(w io.Writer, style Style) error {
	return s.render(&textPage{out: bufio.NewWriterSize(w, 16<<10)}, style)
}

func (p *textPage) put(parts ...string) {
	for _, part := range parts {
		_, _ = p.out.WriteString(part) // bufio keeps the error for flush
	}
}

// fresh ends a line of output that a script did not end.
func (p *textPage) fresh() {
	if p.midline {
		p.put("\n")
	}
	p.midline = false
}

func (p *textPage) begin(title string) { p.put(title, "\n\n") }

func (p *textPage) facts(rows [][2]string) {
	for _, row := range rows {
		if row[0] == "" {
			p.put("      ", row[1], "\n")
			continue
		}
		p.put("  ", row[0], ": ", row[1], "\n")
	}
}

func (p *textPage) section(title string) {
	p.fresh()
	p.put("\n", title, "\n\n")
}

func (p *textPage) line(at moment, text string, _ tone) {
	p.fresh()
	p.put("  ", at.shown, "  ", text, "\n")
}

func (p *textPage) heading(_ level, at moment, text string) { p.line(at, text, plain) }

// output puts a mark before each line, so that no script can write what looks
// like the report itself.
func (p *textPage) output(text string, stderr bool) {
	mark := "    | "
	if stderr {
		mark = "    ! "
	}
	if p.stderr != stderr {
		p.fresh()
	}
	p.stderr = stderr
	for line := range strings.Lines(text) {
		if !p.midline {
			p.put(mark)
		}
		p.put(line)
		p.midline = !strings.HasSuffix(line, "\n")
	}
}

func (p *textPage) remark(text string) {
	p.fresh()
	p.put("    ", text, "\n")
}

func (p *textPage) verdict(text string, _ bool) { p.put("  ", text, "\n") }

func (p *textPage) end() {}

func (p *textPage) err() error { return failed(p.out) }

func (p *textPage) flush() error { return p.out.Flush() }

// failed is the error that a writer has run into, nil while there is none.
func failed(out *bufio.Writer) error {
	_, err := out.Write(nil)
	return err
}
