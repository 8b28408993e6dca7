package main

import (
	"context"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/report"
	"supportd/library/text"
	"supportd/relay/client"
)

const (
	// completeCommand is what the shells' completion scripts call: with the words
	// before the cursor, and then the word at the cursor behind a "=", because some
	// shells drop an empty argument.
	completeCommand = "__complete"
	// completePatience bounds how long the relay is asked for session numbers; a
	// person waits for the answer with a finger on the Tab key.
	completePatience = 1500 * time.Millisecond
	// askFiles tells the shell to complete file names itself.
	askFiles = ":files"
)

//go:embed completion
var completions embed.FS

func shells() []string { return []string{"bash", "zsh", "fish", "pwsh"} }

func (p *program) completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "the script that completes words in a shell: bash, zsh, fish or pwsh", ArgsUsage: "SHELL",
		Action: func(c *cli.Context) error {
			name := c.Args().First()
			if !slices.Contains(shells(), name) {
				return cmdline.Usage("", "no completion for %q", text.Plain(name, 40)).WithHint("one of: %s", strings.Join(shells(), ", "))
			}
			text, err := completions.ReadFile("completion/" + name)
			if err != nil {
				return err
			}
			_, err = p.std.Out.Write(text)
			return err
		},
	}
}

// word is a proposal for the word at the cursor.
type word struct{ text, usage string }

// complete writes proposals, one a line with what it means after a tab. It reads
// only, asks nobody, and runs no command; whatever goes wrong, it says nothing.
func (p *program) complete(ctx context.Context, args []string) {
	if len(args) == 0 {
		return
	}
	last := len(args) - 1
	current, ok := strings.CutPrefix(args[last], "=")
	if !ok {
		return
	}
	var b strings.Builder
	for _, w := range p.proposals(ctx, args[:last], current) {
		switch {
		case w.text == askFiles:
			b.WriteString(askFiles + "\n")
		case strings.HasPrefix(w.text, current) && text.Escape(w.text) == w.text:
			fmt.Fprintf(&b, "%s\t%s\n", w.text, text.Plain(w.usage, 80))
		}
	}
	_, _ = io.WriteString(p.std.Out, b.String())
}

// proposals reads the words before the cursor as cmdline.Run would, and lists
// what may come next.
func (p *program) proposals(ctx context.Context, before []string, current string) []word {
	app := p.app()
	cmdline.Translate(app, p.std.Speaker)
	flags, commands, takes := app.Flags, app.Commands, ""
	var path []string
	var arguments int
	for i := 0; i < len(before); i++ {
		arg := before[i]
		switch {
		case arg == "--":
			arguments += len(before) - i - 1
			return p.values(ctx, path, takes, arguments)
		case strings.HasPrefix(arg, "-") && arg != "-":
			if needsValue(flags, arg) {
				if i++; i == len(before) {
					return p.flagValues(ctx, path, arg)
				}
			}
		case arguments == 0 && len(commands) > 0:
			at := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(arg) })
			if at < 0 {
				return nil
			}
			c := commands[at]
			if len(path) == 0 {
				flags = nil // those of the program are rare: they are offered in front of its commands
			}
			flags, commands, takes, path = append(flags, c.Flags...), c.Subcommands, c.ArgsUsage, append(path, c.Name)
		default:
			arguments++
		}
	}
	switch {
	case strings.HasPrefix(current, "-"):
		return p.flagWords(flags)
	case len(commands) > 0:
		return commandWords(commands)
	}
	return p.values(ctx, path, takes, arguments)
}

func needsValue(flags []cli.Flag, arg string) bool {
	name, _, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	at := slices.IndexFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
	if given || at < 0 {
		return false
	}
	doc, ok := flags[at].(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}

func (p *program) flagWords(flags []cli.Flag) []word {
	words := []word{{"--help", p.say("show help")}}
	for _, f := range flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		words = append(words, word{"--" + f.Names()[0], strings.ReplaceAll(doc.GetUsage(), "`", "")})
	}
	return words
}

func commandWords(commands []*cli.Command) []word {
	var words []word
	for _, c := range commands {
		words = append(words, word{c.Name, c.Usage})
	}
	return words
}

// flagValues lists what may stand behind a flag.
func (p *program) flagValues(ctx context.Context, path []string, flag string) []word {
	switch strings.TrimLeft(flag, "-") {
	case "session", "s":
		return p.numbers(ctx)
	case "category", "c":
		if slices.Contains(path, "script") {
			return p.fromRelay(ctx, func(r *client.Relay) (words []word, err error) {
				list, err := r.Categories(ctx)
				for _, c := range list {
					words = append(words, word{c.Name, ""})
				}
				return words, err
			})
		}
		return plainWords(api.Categories()...)
	case "sort":
		return plainWords(api.ScriptOrders()...)
	case "state":
		return plainWords(strings.Split(api.StateNames(" "), " ")...)
	case "output", "o", "format":
		if flag == "--output" && slices.Contains(path, "script") && (slices.Contains(path, "run") || slices.Contains(path, "attach")) {
			return plainWords(askFiles) // a directory
		}
		return plainWords(outputs(path)...)
	case "identity", "i", "save", "file", "f", "with":
		return plainWords(askFiles)
	}
	return nil
}

// outputs are what -o of a command takes.
func outputs(path []string) (names []string) {
	forms := report.Forms()
	switch {
	case slices.Contains(path, "report") && slices.Contains(path, "export"):
		forms = report.ExportForms()
		fallthrough
	case slices.Contains(path, "report") && slices.Contains(path, "show"):
		return strings.Split(report.FormNames(forms, " "), " ")
	}
	for _, f := range cmdline.Formats() {
		names = append(names, string(f))
	}
	return names
}

// values lists what may be the next argument of a command.
func (p *program) values(ctx context.Context, path []string, takes string, arguments int) []word {
	words := strings.Fields(takes)
	if len(words) == 0 || arguments >= len(words) && !strings.Contains(takes, "...") {
		return nil
	}
	switch strings.Trim(words[min(arguments, len(words)-1)], "[].") {
	case "NUMBER":
		return p.numbers(ctx)
	case "NUMBER|FILE":
		return append(p.numbers(ctx), plainWords(askFiles)...)
	case "SCRIPT":
		return append(p.scripts(ctx), plainWords(askFiles)...)
	case "NAME":
		if slices.Contains(path, "script") && !slices.Contains(path, "add") {
			return p.scripts(ctx)
		}
	case "ADDRESS":
		if pr, err := p.loadProfile(); err == nil {
			return plainWords(pr.Relay)
		}
	case "SHELL":
		return plainWords(shells()...)
	case "TOPIC":
		if arguments == 0 {
			app := p.app()
			cmdline.Translate(app, p.std.Speaker)
			return append(plainWords(guide().TopicNames()...), commandWords(app.Commands)...)
		}
	}
	return nil
}

func plainWords(texts ...string) (words []word) {
	for _, t := range texts {
		words = append(words, word{t, ""})
	}
	return words
}

// numbers are the open support sessions.
func (p *program) numbers(ctx context.Context) []word {
	return p.fromRelay(ctx, func(r *client.Relay) (words []word, err error) {
		list, err := r.Sessions(ctx, client.Which{})
		for _, s := range list {
			words = append(words, word{string(s.Number), strings.TrimSpace(p.std.Speaker.Text(string(s.State)) + "  " + strings.Join([]string{s.Customer, s.Host, s.Ticket, s.Name}, "  "))})
		}
		return words, err
	})
}

// scripts are those of the library.
func (p *program) scripts(ctx context.Context) []word {
	return p.fromRelay(ctx, func(r *client.Relay) (words []word, err error) {
		list, err := r.Scripts(ctx)
		for _, s := range list {
			words = append(words, word{s.Name, s.Category + "  " + s.Description})
		}
		return words, err
	})
}

// fromRelay asks the relay, unless that would need a passphrase or takes too
// long.
func (p *program) fromRelay(ctx context.Context, ask func(*client.Relay) ([]word, error)) (words []word) {
	ctx, cancel := context.WithTimeout(ctx, completePatience)
	defer cancel()
	silent := *p
	silent.std = cmdline.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Speaker: p.std.Speaker}
	silent.atEnd, silent.readsOnly = nil, true
	defer silent.release()
	// An error leaves words empty, and that is all a person at the Tab key can use.
	_ = silent.onRelay(ctx, func(r *client.Relay, _ profile) (err error) {
		words, err = ask(r)
		return err
	})
	return words
}
