package cmdline

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"supportd/library/text"
)

// Guide is what a program tells about itself beyond its commands.
type Guide struct {
	About   string            // a paragraph for the manual page
	Topics  map[string]string // texts of "help TOPIC" that belong to no command
	SeeAlso string            // other manual pages: "ssh(1), ssh_config(5)"
}

// manTopic is the topic that is made of everything else.
const manTopic = "man"

// TopicNames lists what "help" takes beside commands.
func (g Guide) TopicNames() []string {
	return append(slices.Sorted(maps.Keys(g.Topics)), manTopic)
}

// Command is the command "help" of a program: help on a command, a topic, or with
// "help man" the manual page in roff, see man(7), which is in English. app makes the
// program's commands.
func (g Guide) Command(app func() *cli.App, s *text.Speaker) *cli.Command {
	s = s.With(korean)
	return &cli.Command{
		Name: "help", Usage: s.Say("help on a command, or on one of: %s", strings.Join(g.TopicNames(), ", ")), ArgsUsage: "[TOPIC...]",
		Action: func(c *cli.Context) error {
			words := c.Args().Slice()
			if len(words) == 1 {
				if topic, ok := g.Topics[words[0]]; ok {
					_, err := io.WriteString(c.App.Writer, Folded(c.App.Writer, s.Text(topic)))
					return err
				}
				if words[0] == manTopic {
					_, err := io.WriteString(c.App.Writer, g.manual(app()))
					return err
				}
			}
			std := Streams{In: c.App.Reader, Out: c.App.Writer, Err: c.App.ErrWriter, Speaker: s}
			if code := Run(c.Context, app(), append(words, "--help"), std); code != ExitOK {
				return Silent(code)
			}
			return nil
		},
	}
}

// manual is the manual page of a program, section 1, in roff.
func (g Guide) manual(app *cli.App) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"%s %s\" \"\"\n.SH NAME\n%s \\- %s\n", roff(strings.ToUpper(app.Name)), roff(app.Name), roff(Version()), roff(app.Name), roff(app.Usage))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n.I COMMAND\n[ARGUMENT or OPTION]...\n.SH DESCRIPTION\n%s Options may stand before or after arguments.\n.SH COMMANDS\n", roff(app.Name), roff(g.About))
	var walk func(prefix string, commands []*cli.Command)
	walk = func(prefix string, commands []*cli.Command) {
		for _, c := range commands {
			name := strings.TrimSpace(prefix + " " + c.Name)
			switch {
			case c.Hidden:
			case len(c.Subcommands) > 0:
				walk(name, c.Subcommands)
			default:
				writeCommand(&b, app, name, c)
			}
		}
	}
	walk("", app.Commands)
	for _, topic := range slices.Sorted(maps.Keys(g.Topics)) {
		fmt.Fprintf(&b, ".SH %s\n.nf\n%s.fi\n", roff(strings.ToUpper(strings.ReplaceAll(topic, "-", " "))), roff(g.Topics[topic]))
	}
	fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", g.SeeAlso)
	return b.String()
}

func writeCommand(b *strings.Builder, app *cli.App, name string, c *cli.Command) {
	fmt.Fprintf(b, ".SS %s\n%s.\n", roff(strings.TrimSpace(name+" "+c.ArgsUsage)), roff(c.Usage))
	if c.Description != "" {
		fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", roff(c.Description))
	}
	for _, f := range c.Flags {
		writeFlag(b, f)
	}
	if example := exampleOf(app, name); example != "" {
		fmt.Fprintf(b, ".PP\nExample:\n.B %s\n", roff(example))
	}
}

// writeFlag describes one option; the placeholder for its value stands between
// backquotes in its usage.
func writeFlag(b *strings.Builder, f cli.Flag) {
	doc, ok := f.(cli.DocGenerationFlag)
	if shown, hides := f.(cli.VisibleFlag); !ok || hides && !shown.IsVisible() {
		return
	}
	var names []string
	for _, n := range f.Names() {
		names = append(names, strings.Repeat("-", min(len(n), 2))+n)
	}
	heading := `\fB` + roff(strings.Join(names, ", ")) + `\fR`
	before, rest, found := strings.Cut(doc.GetUsage(), "`")
	value, after, _ := strings.Cut(rest, "`")
	if found && doc.TakesValue() {
		heading += ` \fI` + roff(value) + `\fR`
	}
	fmt.Fprintf(b, ".TP\n%s\n%s.\n", heading, roff(before+value+after))
}

// roff makes a text safe for troff: backslashes, lines that begin with a control
// character, and what is not ASCII.
func roff(s string) string {
	var b strings.Builder
	lineStart := true
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case lineStart && (r == '.' || r == '\''):
			b.WriteString(`\&` + string(r))
		case r >= utf8.RuneSelf:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
		lineStart = r == '\n'
	}
	return b.String()
}
