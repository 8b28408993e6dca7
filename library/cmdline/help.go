package cmdline

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library/text"
)

// Translate says what commands and flags are for in a language. Their names and
// placeholders stay as they are, because they are typed.
func Translate(app *cli.App, s *text.Speaker) {
	if s = s.With(korean); s == nil {
		return
	}
	app.Usage = s.Text(app.Usage)
	translateFlags(app.Flags, s)
	var walk func(commands []*cli.Command)
	walk = func(commands []*cli.Command) {
		for _, c := range commands {
			c.Usage, c.Description = s.Text(c.Usage), s.Text(c.Description)
			translateFlags(c.Flags, s)
			walk(c.Subcommands)
		}
	}
	walk(app.Commands)
}

func translateFlags(flags []cli.Flag, s *text.Speaker) {
	for _, f := range flags {
		switch f := f.(type) {
		case *cli.BoolFlag:
			f.Usage = s.Text(f.Usage)
		case *cli.StringFlag:
			f.Usage = s.Text(f.Usage)
		case OptionalFlag:
			f.StringFlag.Usage = s.Text(f.StringFlag.Usage)
		case *cli.StringSliceFlag:
			f.Usage = s.Text(f.Usage)
		case *cli.IntFlag:
			f.Usage = s.Text(f.Usage)
		case *cli.DurationFlag:
			f.Usage = s.Text(f.Usage)
		}
	}
}

// programHelp is the form of a program's help in a language, on a terminal of so many
// columns; "" is the library's own, which is English and for no terminal: 0.
func programHelp(app *cli.App, s *text.Speaker, columns int) string {
	if s == nil && columns == 0 {
		return ""
	}
	return laidOut(helpForm(s, app.Name, app.Usage, "[command] [options]", "", app.Commands, app.Flags), "", s, columns)
}

// commandHelp is the same for the command at a path, and ends with its example.
func commandHelp(app *cli.App, c *cli.Command, path string, s *text.Speaker, columns int) string {
	example := exampleOf(app, path)
	if s != nil || columns > 0 {
		name, takes := app.Name+" "+path, "[options]"
		if len(c.Subcommands) > 0 {
			takes = "[command] [options]"
		}
		return laidOut(helpForm(s, name, c.Usage, takes+" "+c.ArgsUsage, c.Description, c.Subcommands, c.Flags), example, s, columns)
	}
	if example == "" {
		return ""
	}
	// What stands in {{ }} is taken as it is.
	return strings.TrimRight(cli.CommandHelpTemplate, "\n") + "\n\nEXAMPLE:\n   {{`" + strings.ReplaceAll(example, "`", "'") + "`}}\n"
}

// laidOut is a help as a template that has nothing to fill in, and ends with its example.
func laidOut(form, example string, s *text.Speaker, columns int) string {
	if columns > 0 {
		form = fitHelp(form, columns)
		if example != "" {
			example = text.FoldAt("   "+example, columns, "      ", " \\\n")[len("   "):]
		}
	}
	if example != "" {
		form += fmt.Sprintf("\n%s\n   %s\n", s.Text("EXAMPLE:"), example)
	}
	return "{{" + strconv.Quote(form) + "}}"
}

// fitHelp fits a help into a terminal. What a name is for stands beside it, where that
// leaves room, and else below it.
func fitHelp(form string, columns int) string {
	lines := strings.Split(form, "\n")
	at := 0
	for _, line := range lines {
		if name, _, ok := strings.Cut(line, "\t"); ok {
			at = max(at, text.MostWidth(name)+2)
		}
	}
	at = min(at, columns*2/5)
	beside := strings.Repeat(" ", at)
	for i, line := range lines {
		name, what, ok := strings.Cut(line, "\t")
		switch {
		case !ok:
			lines[i] = text.Fold(line, columns)
		case text.MostWidth(name)+2 > at:
			lines[i] = text.Fold(name, columns) + "\n" + text.FoldAt(beside+what, columns, beside, "\n")
		default:
			lines[i] = text.FoldAt(text.Pad(name, at)+what, columns, beside, "\n")
		}
	}
	return strings.Join(lines, "\n")
}

// helpForm is a help without its example: a name, a tab and what it is for.
func helpForm(s *text.Speaker, name, usage, takes, description string, commands []*cli.Command, flags []cli.Flag) string {
	for _, word := range []string{"[command]", "[options]"} {
		takes = strings.Replace(takes, word, s.Text(word), 1)
	}
	if usage != "" {
		usage = " - " + usage
	}
	var b strings.Builder
	part := func(heading, text string) {
		fmt.Fprintf(&b, "\n%s\n   %s\n", s.Text(heading), text)
	}
	part("NAME:", name+usage)
	part("USAGE:", strings.TrimSpace(name+" "+takes))
	if description != "" {
		part("DESCRIPTION:", strings.ReplaceAll(description, "\n", "\n   "))
	}
	var lines []string
	for _, c := range commands {
		if !c.Hidden {
			lines = append(lines, strings.Join(c.Names(), ", ")+"\t"+c.Usage)
		}
	}
	if len(lines) > 0 {
		part("COMMANDS:", strings.Join(lines, "\n   "))
	}
	lines = nil
	for _, f := range flags {
		if shown, hides := f.(cli.VisibleFlag); !hides || shown.IsVisible() {
			lines = append(lines, flagHelp(f, s))
		}
	}
	part("OPTIONS:", strings.Join(lines, "\n   "))
	return strings.TrimPrefix(b.String(), "\n")
}

// flagHelp is a flag's line. The library says in English what it is when it is not given.
func flagHelp(f cli.Flag, s *text.Speaker) string {
	names, _, _ := strings.Cut(f.String(), "\t")
	names, _, _ = strings.Cut(names, " [ ") // of one that may be given again, all is said twice
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return names
	}
	usage := strings.ReplaceAll(doc.GetUsage(), "`", "")
	if value := doc.GetDefaultText(); value != "" && doc.TakesValue() {
		usage = s.Say("%s (default: %s)", usage, strings.Trim(value, "\""))
	}
	return names + "\t" + usage
}
