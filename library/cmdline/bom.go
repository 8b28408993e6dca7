package cmdline

import (
	"io"
	"os"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"supportd/library/text"
)

// A spreadsheet takes CSV for the old character set of its system, and Hangul
// becomes garbage, unless a byte order mark stands at its beginning. A program
// would take the mark for a part of the first heading.

// Saved is a writer that knows whether a person has sent it into a new file, as
// with "> list.csv" at a terminal.
type Saved interface {
	io.Writer
	Saved() bool
}

// SavedByPerson reports whether out is a new file into which somebody at a terminal
// sends a program's output: one where nothing stands yet, while problems, its
// standard error, is shown on a terminal.
func SavedByPerson(out, problems *os.File) bool {
	info, err := out.Stat()
	return err == nil && info.Mode().IsRegular() && info.Size() == 0 && problems != nil && term.IsTerminal(int(problems.Fd()))
}

// Savable is a program's standard output that knows whether a person saves it.
type Savable struct {
	*os.File
	Problems *os.File // standard error
}

// Saved is [SavedByPerson].
func (s Savable) Saved() bool { return SavedByPerson(s.File, s.Problems) }

// Width implements [Terminal]. A terminal that does not say has 80 columns.
func (s Savable) Width() int {
	if !term.IsTerminal(int(s.Fd())) {
		return 0
	}
	if width, _, err := term.GetSize(int(s.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// BOMFlag is --bom, for every command that writes CSV.
func BOMFlag() cli.Flag {
	return &cli.BoolFlag{
		Name: "bom", DisableDefaultText: true,
		Usage: "begin CSV with a byte order mark, which spreadsheets need for Hangul; so is what you save at a terminal, unless --bom=false",
	}
}

// WantsBOM reads [BOMFlag]. Without it, CSV that a person saves has the mark, and
// what goes to a program has none.
func WantsBOM(c *cli.Context) bool {
	if c.IsSet("bom") {
		return c.Bool("bom")
	}
	out, ok := c.App.Writer.(Saved)
	return ok && out.Saved()
}

// WithBOM returns a writer that puts the mark before the first byte; where nothing
// is written there is none.
func WithBOM(w io.Writer) io.Writer { return &marked{w: w} }

type marked struct {
	w     io.Writer
	begun bool
}

func (m *marked) Write(p []byte) (int, error) {
	if !m.begun && len(p) > 0 {
		if _, err := io.WriteString(m.w, text.BOM); err != nil {
			return 0, err
		}
		m.begun = true
	}
	return m.w.Write(p)
}
