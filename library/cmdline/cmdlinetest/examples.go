// Package cmdlinetest holds what the tests of several programs say about their commands.
package cmdlinetest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"supportd/library/cmdline"
)

// Examples checks that every command of a program that is shown has an example, that its
// help ends with it, and that it is a command line which the program takes. app makes the
// program; nothing of it is run.
func Examples(t *testing.T, app func() *cli.App, all cmdline.Examples) {
	t.Helper()
	var paths []string
	var walk func(before string, commands []*cli.Command)
	walk = func(before string, commands []*cli.Command) {
		for _, c := range commands {
			switch {
			case c.Hidden, c.Name == "help":
			case len(c.Subcommands) > 0:
				walk(before+c.Name+" ", c.Subcommands)
			default:
				paths = append(paths, before+c.Name)
			}
		}
	}
	walk("", app().Commands)
	for _, path := range paths {
		example, ok := all[path]
		if !ok {
			t.Errorf("%s has no example", path)
			continue
		}
		line, _, _ := strings.Cut(strings.ReplaceAll(example, " >>", " <"), " <") // what a shell would take
		line, _, _ = strings.Cut(line, " >")
		words, err := cmdline.Split(line)
		if err != nil {
			t.Errorf("%s: %q: %v", path, example, err)
			continue
		}
		if problems := try(t, app(), words); problems != "" {
			t.Errorf("%s: %q: %s", path, example, problems)
		}
		if help := try(t, app(), append(strings.Fields(path), "--help")); !strings.HasSuffix(strings.TrimSpace(help), example) {
			t.Errorf("the help of %s does not end with its example:\n%s", path, help)
		}
	}
	for path := range all {
		if !strings.Contains("\n"+strings.Join(paths, "\n")+"\n", "\n"+path+"\n") {
			t.Errorf("%s has an example and is no command", path)
		}
	}
}

// try runs a command line with every action taken out, and returns what was written.
func try(t *testing.T, app *cli.App, words []string) string {
	t.Helper()
	var idle func(commands []*cli.Command)
	idle = func(commands []*cli.Command) {
		for _, c := range commands {
			if c.Action != nil {
				c.Action = func(*cli.Context) error { return nil }
			}
			c.Before = nil
			idle(c.Subcommands)
		}
	}
	idle(app.Commands)
	var out bytes.Buffer
	cmdline.Run(t.Context(), app, words, cmdline.Streams{In: strings.NewReader(""), Out: &out, Err: &out})
	return out.String()
}
