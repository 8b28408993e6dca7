package cmdlinetest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// Columns is how wide a [Narrow] terminal is.
const Columns = 80

// Narrow is a terminal of 80 columns.
type Narrow struct{ bytes.Buffer }

// Width implements [cmdline.Terminal].
func (*Narrow) Width() int { return Columns }

// Help holds that the help of a program, and of each of its commands, fits 80 columns in a
// language, and that folding has lost no word of it. app makes the program.
func Help(t *testing.T, app func() *cli.App, s *text.Speaker) {
	t.Helper()
	var paths [][]string
	var walk func(before []string, commands []*cli.Command)
	walk = func(before []string, commands []*cli.Command) {
		for _, c := range commands {
			path := append(before[:len(before):len(before)], c.Name)
			paths = append(paths, append(path[:len(path):len(path)], "--help"))
			walk(path, c.Subcommands)
		}
	}
	walk(nil, app().Commands)
	if s != nil {
		translated(t, app(), s)
	}
	for _, args := range append(paths, []string{"--help"}) {
		var narrow Narrow
		var wide, wrong bytes.Buffer
		for _, std := range []cmdline.Streams{{Out: &narrow, Err: &wrong, Speaker: s}, {Out: &wide, Err: &wrong, Speaker: s}} {
			if code := cmdline.Run(context.Background(), app(), args, std); code != cmdline.ExitOK {
				t.Fatalf("%q: exit code %d, %s", args, code, &wrong)
			}
		}
		Fits(t, strings.Join(args, " "), narrow.String())
		for _, word := range strings.Fields(wide.String()) {
			if s != nil && !strings.Contains(narrow.String(), word) && text.MostWidth(word) < Columns/2 {
				t.Errorf("%q: %q is lost in\n%s", args, word, &narrow)
			}
		}
	}
}

// translated holds that what a flag is for is said in Korean, whatever type it has.
func translated(t *testing.T, app *cli.App, s *text.Speaker) {
	t.Helper()
	cmdline.Translate(app, s)
	var walk func(path string, commands []*cli.Command)
	walk = func(path string, commands []*cli.Command) {
		for _, c := range commands {
			for _, f := range c.Flags {
				said, ok := f.(cli.DocGenerationFlag)
				if ok && !strings.ContainsFunc(said.GetUsage(), func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
					t.Errorf("%s %s --%s is not in Korean: %s", path, c.Name, f.Names()[0], said.GetUsage())
				}
			}
			walk(path+" "+c.Name, c.Subcommands)
		}
	}
	walk(app.Name, app.Commands)
}

// HelpOf is what a terminal of 80 columns shows for each of some command lines. app makes the
// program.
func HelpOf(t *testing.T, app func() *cli.App, s *text.Speaker, lines ...string) string {
	t.Helper()
	var narrow Narrow
	for _, line := range lines {
		narrow.WriteString("$ " + line + "\n")
		if code := cmdline.Run(context.Background(), app(), strings.Fields(line), cmdline.Streams{Out: &narrow, Err: &narrow, Speaker: s}); code != cmdline.ExitOK {
			t.Fatalf("%q: exit code %d\n%s", line, code, &narrow)
		}
		narrow.WriteString("\n")
	}
	return narrow.String()
}

// Fits holds that no line is wider than 80 columns on any terminal.
func Fits(t *testing.T, what, shown string) {
	t.Helper()
	if strings.TrimSpace(shown) == "" {
		t.Errorf("%s: nothing is shown", what)
	}
	for line := range strings.Lines(shown) {
		if line = strings.TrimSuffix(line, "\n"); text.MostWidth(line) > Columns {
			t.Errorf("%s: %d columns: %s", what, text.MostWidth(line), line)
		}
	}
}
