package main

import (
	"slices"
	"strings"
	"unicode"

	"github.com/urfave/cli/v2"
)

// arguments is the command line as it was meant: flags whose dashes a phone has
// changed are flags, and a session number without a command, or nothing at all, is a
// join.
func (p *program) arguments(commands []*cli.Command, args []string) []string {
	meant := make([]string, len(args))
	for i, arg := range args {
		meant[i] = plainFlag(commands, arg)
	}
	if asksAboutProgram(meant) {
		return meant
	}
	first := firstWord(commands, meant)
	if first == "" || strings.ContainsFunc(first, unicode.IsDigit) {
		return append([]string{"join"}, meant...)
	}
	return meant
}

func asksAboutProgram(args []string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		return slices.Contains([]string{"--help", "-help", "-h", "--version", "-version", "-v"}, arg)
	})
}

// plainFlag is a flag of ours with plain dashes and letters, and anything else as it
// is.
func plainFlag(commands []*cli.Command, arg string) string {
	name, value, hasValue := strings.Cut(arg, "=")
	plain := plainTyped(name)
	word := strings.ToLower(strings.TrimLeft(plain, "-"))
	if !strings.HasPrefix(plain, "-") || declaredBy(commands, word) == nil {
		return arg
	}
	if hasValue {
		return "--" + word + "=" + value
	}
	return "--" + word
}

// firstWord is the first argument that is no flag and no flag's value, or "".
func firstWord(commands []*cli.Command, args []string) string {
	for i := 0; i < len(args); i++ {
		switch name, _, hasValue := strings.Cut(args[i], "="); {
		case args[i] == "--":
			return strings.Join(args[i+1:], " ")
		case !strings.HasPrefix(args[i], "-"):
			return args[i]
		case !hasValue && takesValue(declaredBy(commands, strings.TrimLeft(name, "-"))):
			i++
		}
	}
	return ""
}

// declaredBy is the flag of that name of any command, or nil.
func declaredBy(commands []*cli.Command, name string) cli.Flag {
	for _, c := range commands {
		for _, f := range c.Flags {
			if slices.Contains(f.Names(), name) {
				return f
			}
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}
