// Package cmdline is the command contract that the three programs and the exec
// commands of relay and daemon share: exit codes, errors with a hint, flags that
// may stand anywhere, and output as table, JSON or CSV. It wraps urfave/cli so
// that nothing a person typed is dropped silently and nothing below main exits.
package cmdline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	shellquote "github.com/kballard/go-shellquote"
	"github.com/urfave/cli/v2"

	"supportd/library/text"
)

// The exit codes of every program and every exec command.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2   // wrong usage or configuration
	ExitSome        = 3   // some of several targets or scripts failed
	ExitAuth        = 4   // not authenticated
	ExitDenied      = 5   // the customer said no, or did not answer
	ExitNoSession   = 6   // no such support session, or it has ended
	ExitTimeout     = 7   // a time limit was reached
	ExitUnreachable = 8   // the relay cannot be reached
	ExitInterrupted = 130 // Ctrl-C
)

// Documented reports whether a failed command may end with the code.
func Documented(code int) bool {
	return code == ExitInterrupted || code >= ExitFailed && code <= ExitUnreachable
}

// Error is an error as people see it: Text says what happened and why, Hint what
// to do next. Err is the cause for the log; it is never shown.
type Error struct {
	Code int
	Text string
	Hint string
	Err  error

	// What Text and Hint are made of, to be said in other languages.
	said, hinted text.Message
}

// Error is the text, and the cause's where there is no text.
func (e *Error) Error() string {
	if e.Text == "" && e.Err != nil {
		return e.Err.Error()
	}
	return e.Text
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail makes an [Error].
func Fail(code int, hint, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...), Hint: hint, said: text.Later(format, args...)}
}

// WithHint gives an error a hint in which something is filled in.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint, e.hinted = fmt.Sprintf(format, args...), text.Later(format, args...)
	return e
}

// Because gives an error its cause for the log.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// In is what Error is in a language. It implements [text.Sayable].
func (e *Error) In(s *text.Speaker) string {
	whole := e.Error()
	switch {
	case e.said.String() == whole:
		return e.said.In(s)
	case e.Err != nil && e.Err.Error() == whole:
		return s.Error(e.Err)
	}
	return s.Text(whole)
}

// HintIn is what to do next, in a language.
func (e *Error) HintIn(s *text.Speaker) string {
	if e.hinted.String() == e.Hint {
		return e.hinted.In(s)
	}
	return s.Text(e.Hint)
}

// Usage makes an [Error] about how a command was called.
func Usage(hint, format string, args ...any) *Error { return Fail(ExitUsage, hint, format, args...) }

// Code is the exit code for an error: that of an [Error] within, 130 for an
// interruption, else 1; 0 for nil.
func Code(err error) int {
	var e *Error
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		return ExitTimeout
	}
	return ExitFailed
}

// Report writes an error as "NAME: text" and, where there is one, a second line
// "hint: …". An Error without a text was told already and is not shown.
func Report(w io.Writer, name string, err error) { ReportIn(w, nil, name, err) }

// ReportIn is [Report] in a language.
func ReportIn(w io.Writer, s *text.Speaker, name string, err error) {
	s = s.With(korean)
	var e *Error
	isOurs := errors.As(err, &e)
	switch {
	case err == nil, isOurs && e.Text == "" && e.Err == nil:
	case errors.Is(err, context.Canceled) && !isOurs:
		fmt.Fprintf(w, "%s: %s\n", name, s.Text("interrupted"))
	default:
		fmt.Fprintf(w, "%s: %s\n", name, text.Escape(s.Error(err)))
	}
	if isOurs && e.Hint != "" {
		fmt.Fprintf(w, "%s: %s\n", s.Text(hintLabel), e.HintIn(s))
	}
}

// hintLabel begins the line with what to do next.
const hintLabel = "hint"

// CutHint is what to do next, out of a line that [ReportIn] has written in any language;
// found is false for every other line.
func CutHint(line string) (hint string, found bool) {
	for _, l := range text.Languages() {
		if hint, found = strings.CutPrefix(line, text.NewSpeaker(l, korean).Text(hintLabel)+": "); found {
			return hint, true
		}
	}
	return "", false
}

// Silent is an [Error] that only sets the exit code: everything has been said.
func Silent(code int) error { return &Error{Code: code} }

// Split takes an exec request's command line apart as a POSIX shell would, with
// quotes and backslashes but without expanding anything.
func Split(line string) ([]string, error) {
	words, err := shellquote.Split(line)
	if err != nil {
		return nil, &Error{Code: ExitUsage, Text: "the command's quotes do not match", Hint: "put quotes in pairs, as in a shell", Err: err}
	}
	return words, nil
}

// Streams are what a command reads and writes. Data goes to Out, everything
// else to Err.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// Speaker says help, errors and hints in the reader's language; nil is English. It
	// has the texts of the program's commands, and need not have those of this package.
	Speaker *text.Speaker
}

// Run runs a command line, without the program's name, and returns the exit
// code. Flags may stand before or after arguments. What a command takes is read
// off its ArgsUsage: "NAME FILE..." or "[NUMBER]"; too few or too many arguments
// are an error. Run never exits the process and does not read the environment.
func Run(ctx context.Context, app *cli.App, args []string, std Streams) int {
	std.Speaker = std.Speaker.With(korean)
	prepare(app, std)
	ordered, err := arrange(app, args)
	if err == nil && slices.Equal(ordered, []string{askVersion}) {
		_, err = fmt.Fprintf(std.Out, "%s %s\n", app.Name, app.Version)
	} else if err == nil {
		err = app.RunContext(ctx, append([]string{app.Name}, ordered...))
	}
	err = aboutOutput(err)
	ReportIn(std.Err, std.Speaker, app.Name, err)
	return Code(err)
}

// aboutOutput puts an error of standard output, which Go calls after a file, into
// words.
func aboutOutput(err error) error {
	var told *Error
	var cause *fs.PathError
	if errors.As(err, &told) || !errors.As(err, &cause) || cause.Op != "write" || cause.Path != "/dev/stdout" {
		return err
	}
	return Fail(ExitFailed, "it is closed, or what it leads to is full", "cannot write to standard output: %v", cause.Err).Because(err)
}

func prepare(app *cli.App, std Streams) {
	app.Reader, app.Writer, app.ErrWriter = std.In, std.Out, std.Err
	app.ExitErrHandler = func(*cli.Context, error) {}
	app.OnUsageError = usageError
	app.DisableSliceFlagSeparator = true
	app.EnableBashCompletion = false // the stock completer can execute the command
	// The library's own flags for help and version are variables for the whole
	// process, and they are written to in each call.
	help := func(flags []cli.Flag) []cli.Flag {
		flags = append(slices.Clone(flags), &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "show help"})
		for _, f := range flags {
			if f, ok := f.(*cli.BoolFlag); ok {
				f.DisableDefaultText = true // no is what everybody expects
			}
		}
		return flags
	}
	app.HideHelp, app.Flags = true, help(app.Flags)
	if app.Version != "" {
		app.HideVersion = true
		app.Flags = append(app.Flags, versionFlag())
	}
	var walk func([]*cli.Command)
	walk = func(commands []*cli.Command) {
		for _, c := range commands {
			c.OnUsageError = usageError
			c.HideHelp, c.Flags = true, help(c.Flags)
			walk(c.Subcommands)
		}
	}
	walk(app.Commands)
	Translate(app, std.Speaker)
	columns := 0
	if t, ok := std.Out.(Terminal); ok {
		columns = t.Width()
	}
	app.CustomAppHelpTemplate = programHelp(app, std.Speaker, columns)
	setHelp(app, "", app.Commands, std.Speaker, columns)
}

func setHelp(app *cli.App, before string, commands []*cli.Command, s *text.Speaker, columns int) {
	for _, c := range commands {
		c.CustomHelpTemplate = commandHelp(app, c, before+c.Name, s, columns)
		setHelp(app, before+c.Name+" ", c.Subcommands, s, columns)
	}
}

// askVersion is how a program is asked for its version.
const askVersion = "--version"

func versionFlag() cli.Flag {
	return &cli.BoolFlag{Name: "version", Aliases: []string{"v"}, Usage: "print the version", DisableDefaultText: true}
}

func usageError(_ *cli.Context, err error, _ bool) error {
	return &Error{Code: ExitUsage, Text: err.Error(), Hint: "--help shows the usage", Err: err}
}
