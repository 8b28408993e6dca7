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
		case *cli.StringSliceFlag:
			f.Usage = s.Text(f.Usage)
		case *cli.IntFlag:
			f.Usage = s.Text(f.Usage)
		case *cli.DurationFlag:
			f.Usage = s.Text(f.Usage)
		}
	}
}

// programHelp is the form of a program's help in a language; "" is the library's own, which
// is English.
func programHelp(app *cli.App, s *text.Speaker) string {
	if s == nil {
		return ""
	}
	return helpForm(s, app.Name, app.Usage, "[command] [options]", "", app.Commands, app.Flags, "")
}

// commandHelp is the same for the command at a path, and ends with its example.
func commandHelp(app *cli.App, c *cli.Command, path string, s *text.Speaker) string {
	example := exampleOf(app, path)
	if s != nil {
		name, takes := app.Name+" "+path, "[options]"
		if len(c.Subcommands) > 0 {
			takes = "[command] [options]"
		}
		return helpForm(s, name, c.Usage, takes+" "+c.ArgsUsage, c.Description, c.Subcommands, c.Flags, example)
	}
	if example == "" {
		return ""
	}
	// What stands in {{ }} is taken as it is.
	return strings.TrimRight(cli.CommandHelpTemplate, "\n") + "\n\nEXAMPLE:\n   {{`" + strings.ReplaceAll(example, "`", "'") + "`}}\n"
}

// helpForm is a whole help as a template that has nothing to fill in.
func helpForm(s *text.Speaker, name, usage, takes, description string, commands []*cli.Command, flags []cli.Flag, example string) string {
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
	if example != "" {
		part("EXAMPLE:", example)
	}
	return "{{" + strconv.Quote(strings.TrimPrefix(b.String(), "\n")) + "}}"
}

// flagHelp is a flag's line. The library says in English what it is when it is not given.
func flagHelp(f cli.Flag, s *text.Speaker) string {
	names, _, _ := strings.Cut(f.String(), "\t")
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
