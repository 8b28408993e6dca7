package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
)

// topics are the texts of "help TOPIC" that belong to no command.
func topics() map[string]string {
	return map[string]string{
		"exit-codes": `supportctl ends with one of these exit codes:

    0  ok
    1  failed
    2  wrong usage, or a file of yours that cannot be used
    3  some of several computers or scripts failed, or were denied
    4  not authenticated: no key, a key that is not accepted, or a host key that is not the expected one
    5  the customer said no, or did not answer
    6  no such support session, or it has ended
    7  a time limit was reached
    8  the relay cannot be reached
  130  interrupted
`,
		"addresses": `An address of a relay is one of these:

  HOST                  every way there: SSH on port 2222 and on 443, a WebSocket inside TLS (https),
                        and the same by this computer's proxy; the first that works counts, and is
                        tried first the next time
  HOST:PORT             SSH on that port only; [IPv6]:PORT
  https://HOST[:PORT]   the WebSocket only

On each of them the relay is known by its host key, which login has been given. Plain ssh knows one port
only: "supportctl ssh config" makes it start "supportctl connect" where the login has more ways than that.
`,
		"environment": `supportctl reads these variables:

  HOME, XDG_CONFIG_HOME  your login is kept in supportctl/ below XDG_CONFIG_HOME or ~/.config
                         (Windows: below AppData; macOS: below ~/Library/Application Support)
  SSH_AUTH_SOCK          the ssh-agent that holds your keys, hardware keys among them
  PAGER                  shows long texts; without it they stop after each screen
  LESS                   is set to FRX for the pager where you have not set it
  NO_COLOR               when not empty: no colours
  TERM                   "dumb": no colours, and long texts do not stop
  PATH                   where lp is found, for --print
  HTTPS_PROXY, ALL_PROXY the proxy to the relay: http://, https:// or socks5://[USER:PASSWORD@]HOST:PORT;
                         without them, that of the system's settings (Windows, macOS)
  NO_PROXY               hosts that are reached without it

No secret is needed in a variable but a proxy's password, and passphrases are asked for on the terminal only.
`,
	}
}

// manTopic is the topic that is made of everything else.
const manTopic = "man"

func topicNames() []string {
	return append(slices.Sorted(maps.Keys(topics())), manTopic)
}

func (p *program) helpCommand() *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "help on a command, or on one of: " + strings.Join(topicNames(), ", "), ArgsUsage: "[TOPIC...]",
		Action: func(c *cli.Context) error {
			words := c.Args().Slice()
			if len(words) == 1 {
				if text, ok := topics()[words[0]]; ok {
					_, err := io.WriteString(p.std.Out, text)
					return err
				}
				if words[0] == manTopic {
					return p.manual()
				}
			}
			if code := cmdline.Run(c.Context, p.app(), append(words, "--help"), p.std); code != cmdline.ExitOK {
				return cmdline.Silent(code)
			}
			return nil
		},
	}
}

// manual writes the manual page supportctl(1), in roff.
func (p *program) manual() error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH SUPPORTCTL 1 \"\" \"supportctl %s\" \"\"\n.SH NAME\nsupportctl \\- support sessions on customers' computers\n", roff(cmdline.Version))
	b.WriteString(".SH SYNOPSIS\n.B supportctl\n.I COMMAND\n[ARGUMENT or OPTION]...\n.SH DESCRIPTION\n")
	b.WriteString(roff("A support rep opens a support session, reads its number to the customer, and then sees the customer's computer and runs scripts on it, each time after the customer has said yes. Options may stand before or after arguments."))
	b.WriteString("\n.SH COMMANDS\n")
	var walk func(prefix string, commands []*cli.Command)
	walk = func(prefix string, commands []*cli.Command) {
		for _, c := range commands {
			name := strings.TrimSpace(prefix + " " + c.Name)
			if len(c.Subcommands) > 0 {
				walk(name, c.Subcommands)
				continue
			}
			fmt.Fprintf(&b, ".SS %s\n%s.\n", roff(strings.TrimSpace(name+" "+c.ArgsUsage)), roff(c.Usage))
			for _, f := range c.Flags {
				writeFlag(&b, f)
			}
		}
	}
	walk("", p.app().Commands)
	for _, topic := range slices.Sorted(maps.Keys(topics())) {
		fmt.Fprintf(&b, ".SH %s\n.nf\n%s.fi\n", strings.ToUpper(strings.ReplaceAll(topic, "-", " ")), roff(topics()[topic]))
	}
	b.WriteString(".SH SEE ALSO\nssh(1), ssh_config(5), ssh-agent(1)\n")
	_, err := io.WriteString(p.std.Out, b.String())
	return err
}

// writeFlag describes one option; the placeholder for its value stands between
// backquotes in its usage.
func writeFlag(b *strings.Builder, f cli.Flag) {
	doc, ok := f.(cli.DocGenerationFlag)
	if !ok {
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
func roff(text string) string {
	var b strings.Builder
	lineStart := true
	for _, r := range text {
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
