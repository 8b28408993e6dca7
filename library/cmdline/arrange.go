package cmdline

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"supportd/library/text"
)

// level is one command of the path that a command line names, and the flags
// that were given to it.
type level struct {
	name     string
	flags    []cli.Flag
	commands []*cli.Command
	takes    string // ArgsUsage
	runs     bool   // has an action of its own
	given    []string
}

// levelOf is what a command line names by c.
func levelOf(c *cli.Command) *level {
	return &level{name: c.Name, flags: c.Flags, commands: c.Subcommands, takes: c.ArgsUsage, runs: c.Action != nil}
}

// arrange puts every flag in front of the arguments of the command that
// declares it, because urfave/cli stops to look for flags at the first argument
// and would take the rest for arguments without a word.
func arrange(app *cli.App, args []string) ([]string, error) {
	path := []*level{{name: app.Name, flags: app.Flags, commands: app.Commands, takes: app.ArgsUsage, runs: app.Action != nil}}
	var words []string
	var early [][]string // flags before the command that declares them
	asked := false       // for help, with a word
	for i := 0; i < len(args); i++ {
		arg, at := args[i], path[len(path)-1]
		switch {
		case arg == "--":
			words = append(words, args[i+1:]...)
			i = len(args)
		case strings.HasPrefix(arg, "-") && arg != "-":
			used, err := takeFlag(path, args[i:])
			if below := usedBelow(at.commands, args[i:]); err != nil && below > 0 {
				used, early = below, append(early, args[i:i+below])
			} else if err != nil {
				return nil, err
			}
			i += used - 1
		case len(words) == 0 && len(at.commands) > 0:
			switch next := find(at.commands, arg); {
			case next != nil:
				path = append(path, levelOf(next))
			case arg == "help":
				asked = true
			default:
				return nil, unknown(path, arg)
			}
		default:
			words = append(words, arg)
		}
	}
	for _, flag := range early {
		if _, err := takeFlag(path, flag); err != nil {
			return nil, err
		}
	}
	last := path[len(path)-1]
	words = joinNumbers(last.takes, words)
	if asked {
		last.given = append(last.given, "--help")
	}
	if wantsHelp(path) {
		words = nil // the library would look for help on them
		if len(path) == 1 && wantsVersion(path[0]) {
			return []string{askVersion}, nil
		}
	} else {
		if len(last.commands) > 0 && !last.runs {
			return nil, refuse(oneOf(last.commands), "%swhich command?", prefix(path))
		}
		if err := checkCount(path, words); err != nil {
			return nil, err
		}
		if err := checkRequired(path); err != nil {
			return nil, err
		}
	}
	var ordered []string
	for i, l := range path {
		if i > 0 {
			ordered = append(ordered, l.name)
		}
		ordered = append(ordered, l.given...)
	}
	if len(words) > 0 {
		ordered = append(append(ordered, "--"), words...)
	}
	return ordered, nil
}

// takeFlag gives args[0], and its value where it takes one, to the innermost
// command that declares it, and returns how many of args that used.
func takeFlag(path []*level, args []string) (used int, err error) {
	name, value, hasValue := strings.Cut(strings.TrimLeft(args[0], "-"), "=")
	for _, l := range slices.Backward(path) {
		flag := declared(l.flags, name)
		if flag == nil {
			continue
		}
		doc, ok := flag.(cli.DocGenerationFlag)
		switch {
		case !hasValue && ok && !doc.TakesValue():
			if _, optional := flag.(OptionalFlag); optional {
				l.given = append(l.given, "--"+name+"=")
			} else {
				l.given = append(l.given, args[0])
			}
			return 1, nil
		case !hasValue && len(args) < 2:
			return 0, refuse(helpHint(path), "%s needs a value", text.Escape(args[0]))
		case !hasValue:
			value, used = args[1], 2
		default:
			used = 1
		}
		if takesNumbers(flag) && !hasValue {
			if values, n := numberValues(args[1:]); n > 0 {
				for _, v := range values {
					l.given = append(l.given, "--"+name+"="+v)
				}
				return 1 + n, nil
			}
		}
		value, err = plainValue(flag, value)
		if err != nil {
			return 0, refuse(helpHint(path), "%s--%s: %v", prefix(path), name, err)
		}
		l.given = append(l.given, "--"+name+"="+value)
		return used, nil
	}
	return 0, refuse(helpHint(path), "%sunknown flag %s%s", prefix(path), text.Escape(args[0]), meantFlag(path, args[0]))
}

// plainValue is a flag's value as the library reads it. It takes fewer forms, and
// its errors are for programmers.
func plainValue(flag cli.Flag, value string) (string, error) {
	switch flag.(type) {
	case *cli.DurationFlag:
		d, err := ParseSpan(value)
		return d.String(), err
	case *cli.IntFlag:
		n, err := strconv.Atoi(value)
		if err != nil {
			return "", text.Errorf("%q is no number", text.Plain(value, 30))
		}
		return strconv.Itoa(n), nil // the library would read 010 as 8
	case *cli.BoolFlag:
		switch strings.ToLower(value) {
		case "true", "yes", "on", "1":
			return "true", nil
		case "false", "no", "off", "0":
			return "false", nil
		}
		return "", text.Errorf("it takes no value such as %q: leave \"=%s\" out", text.Plain(value, 30), text.Plain(value, 30))
	}
	return value, nil
}

// usedBelow is how many of args a flag takes that one of the commands, or of
// theirs, declares; 0 where none does.
func usedBelow(commands []*cli.Command, args []string) int {
	for _, c := range commands {
		if used, err := takeFlag([]*level{levelOf(c)}, args); err == nil {
			return used
		}
		if used := usedBelow(c.Subcommands, args); used > 0 {
			return used
		}
	}
	return 0
}

func declared(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func names(commands []*cli.Command) []string {
	var list []string
	for _, c := range commands {
		if !c.Hidden {
			list = append(list, c.Name)
		}
	}
	return list
}

func unknown(path []*level, word string) error {
	return refuse(oneOf(path[len(path)-1].commands), "%sunknown command %q%s", prefix(path), text.Plain(word, 60), meant(path, word))
}

// wantsHelp reports whether the program will only say something about itself.
func wantsHelp(path []*level) bool {
	for _, l := range path {
		for _, f := range l.given {
			if n := strings.TrimLeft(f, "-"); n == "help" || n == "h" {
				return true
			}
		}
	}
	return wantsVersion(path[0])
}

func wantsVersion(l *level) bool {
	return declared(l.flags, "version") != nil && slices.ContainsFunc(l.given, func(f string) bool { return f == "--version" || f == "-v" })
}

func title(path []*level) string {
	var words []string
	for _, l := range path[1:] {
		words = append(words, l.name)
	}
	if len(words) == 0 {
		return path[0].name
	}
	return strings.Join(words, " ")
}

// prefix stands before an error's text: the command that was meant, or nothing
// where only the program itself was named, which Report names anyway.
func prefix(path []*level) string {
	if len(path) == 1 {
		return ""
	}
	return title(path) + ": "
}

func helpHint(path []*level) text.Message {
	return text.Later("%s --help shows the usage", title(path))
}

func oneOf(commands []*cli.Command) text.Message {
	return text.Later("one of: %s", strings.Join(names(commands), ", "))
}

// refuse is [Usage] with a hint in which something is filled in.
func refuse(hint text.Message, format string, args ...any) error {
	return Usage("", format, args...).WithHint("%s", hint)
}

// checkCount holds the number of arguments against what ArgsUsage says.
func checkCount(path []*level, words []string) error {
	takes := path[len(path)-1].takes
	least, most := arity(takes)
	if slices.Contains(path[len(path)-1].given, "--all") {
		least = 0 // it stands for them
	}
	switch {
	case len(words) < least:
		missing := strings.Fields(takes)[len(words)]
		return refuse(text.Later("%s", title(path)+" "+takes), "%s%s is missing", prefix(path), strings.TrimSuffix(missing, "..."))
	case most >= 0 && len(words) > most:
		hint := text.Later("%s", title(path)+" "+takes)
		if takes == "" {
			hint = text.Later("%s takes no arguments; %s", title(path), helpHint(path))
		}
		return refuse(hint, "%sunexpected argument %q", prefix(path), text.Plain(words[most], 60))
	}
	return nil
}

// checkRequired refuses what lacks a flag that has to be given.
func checkRequired(path []*level) error {
	for _, l := range path {
		for _, flag := range l.flags {
			if must, ok := flag.(cli.RequiredFlag); !ok || !must.IsRequired() {
				continue
			}
			given := func(arg string) bool {
				name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
				return strings.HasPrefix(arg, "-") && slices.Contains(flag.Names(), name)
			}
			if !slices.ContainsFunc(l.given, given) {
				return refuse(helpHint(path), "%s--%s is missing", prefix(path), flag.Names()[0])
			}
		}
	}
	return nil
}

// arity reads "NAME", "[NAME]", "NAME..." and "[NAME...]"; most is -1 for any number.
// "[--flag TEXT...]" is a flag whose text may go on behind it, as it comes without
// its quotes through ssh.
func arity(takes string) (least, most int) {
	optional := false
	for _, word := range strings.Fields(takes) {
		optional = optional || strings.HasPrefix(word, "[")
		if !optional {
			least++
		}
		if strings.HasSuffix(word, "]") {
			optional = false
		}
		if strings.HasPrefix(word, "[--") {
			continue // it is taken for itself
		}
		if strings.Contains(word, "...") {
			most = -1
		}
		if most >= 0 {
			most++
		}
	}
	return least, most
}
