package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"supportd/library/cmdline"
)

// errNoTerminal is the cause when a person would have to be asked and there is
// nobody to ask.
var errNoTerminal = errors.New("this needs a terminal")

// output is standard output. Its errors are fit for people, and silent where
// the reader went away, as with "| head": whoever did that knows.
type output struct {
	file     *os.File
	problems *os.File // standard error, by which a person is known to be there; may be nil
}

func (o output) Write(p []byte) (int, error) {
	n, err := o.file.Write(p)
	switch {
	case err == nil:
		return n, nil
	case noReader(err):
		return n, cmdline.Silent(cmdline.ExitFailed)
	}
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	return n, cmdline.Fail(cmdline.ExitFailed, "", "cannot write to standard output: %v", err).Because(err)
}

// noReader reports whether the reader went away.
func noReader(err error) bool {
	return slices.ContainsFunc(brokenPipe(), func(e error) bool { return errors.Is(err, e) })
}

// Saved is [cmdline.SavedByPerson].
func (o output) Saved() bool { return cmdline.SavedByPerson(o.file, o.problems) }

// Width is the terminal's, for tables; it is 0 where a file or a program reads.
func (o output) Width() int {
	if !isTerminal(o) {
		return 0
	}
	width, _ := size(o)
	return width
}

// problems is standard error, which knows its width where it is a terminal.
func (p *program) problems() io.Writer {
	if f := fileOf(p.std.Err); f != nil {
		return output{file: f}
	}
	return p.std.Err
}

// fileOf is the file behind a stream, or nil.
func fileOf(stream any) *os.File {
	switch s := stream.(type) {
	case output:
		return s.file
	case *os.File:
		return s
	}
	return nil
}

// isTerminal reports whether a stream is one.
func isTerminal(stream any) bool {
	f := fileOf(stream)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// mayAsk reports whether a person is there to read a question and to answer it.
func (p *program) mayAsk() bool { return isTerminal(p.std.In) && isTerminal(p.std.Err) }

// size is the terminal's, in characters; a terminal that does not say is 80 by 24.
func size(stream any) (width, height int) {
	if f := fileOf(stream); f != nil {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return 80, 24
}

// ask puts a question on the terminal and returns the line that is typed. There
// is no default answer: an empty line, the end of input and Ctrl-C say nothing.
func (p *program) ask(ctx context.Context, question string) (string, error) {
	if !p.mayAsk() {
		return "", errNoTerminal
	}
	fmt.Fprint(p.std.Err, question)
	line, err := await(ctx, func() (string, error) {
		line, err := bufio.NewReaderSize(oneByte{p.std.In}, 16).ReadString('\n')
		return strings.TrimSpace(line), err
	})
	if err != nil {
		fmt.Fprintln(p.std.Err)
	}
	if errors.Is(err, io.EOF) {
		return "", nil
	}
	return line, err
}

// askSecret is ask without echo, from before the question appears. The terminal
// is as it was when it returns, also after Ctrl-C.
func (p *program) askSecret(ctx context.Context, question string) ([]byte, error) {
	if !p.mayAsk() {
		return nil, errNoTerminal
	}
	fd := int(fileOf(p.std.In).Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(p.std.Err, question)
	secret, err := await(ctx, func() ([]byte, error) { return readSecret(p.std.In) })
	fmt.Fprint(p.std.Err, "\r\n")
	return secret, errors.Join(err, term.Restore(fd, before))
}

// maxSecret bounds a secret that is typed, in bytes. The place for it is made once, so that
// no copy stays behind where it grows.
const maxSecret = 4096

// readSecret reads a line from a raw terminal, with the keys that people use in
// one: Backspace, Ctrl-U, Ctrl-C, Ctrl-D. What is taken back is overwritten.
func readSecret(r io.Reader) ([]byte, error) {
	const ctrlC, ctrlD, backspace, enter, newline, ctrlU, del = 3, 4, 8, '\r', '\n', 21, 127
	typed := make([]byte, 0, maxSecret)
	cut := func(n int) { clear(typed[n:]); typed = typed[:n] }
	for key := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, key); err != nil {
			cut(0)
			return nil, err
		}
		switch key[0] {
		case ctrlC:
			cut(0)
			return nil, context.Canceled
		case ctrlD:
			if len(typed) == 0 {
				return nil, context.Canceled
			}
		case enter, newline:
			return typed, nil
		case ctrlU:
			cut(0)
		case backspace, del:
			_, size := utf8.DecodeLastRune(typed)
			cut(len(typed) - size)
		default:
			if len(typed) < maxSecret {
				typed = append(typed, key[0])
			}
		}
	}
}

// await returns what read returns, or earlier when ctx ends. A read from a
// terminal cannot be broken off, so in that case it is left behind; the program
// ends then, and it with it.
func await[T any](ctx context.Context, read func() (T, error)) (value T, err error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := read()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return value, ctx.Err()
	}
}

// oneByte reads no further than it must, so that what is typed ahead stays for
// the next question.
type oneByte struct{ io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.Reader.Read(p[:min(1, len(p))]) }

// confirm asks for the word yes before something that cannot be taken back. With
// --yes it does not ask; without a terminal it refuses.
func (p *program) confirm(ctx context.Context, yes bool, question string) error {
	if yes {
		return nil
	}
	answer, err := p.ask(ctx, question+"\n"+p.say("Type yes to go on: "))
	switch {
	case errors.Is(err, errNoTerminal):
		return cmdline.Usage("--yes confirms it beforehand: add it if you are sure", "nothing was done: this has to be confirmed, and there is no terminal to ask at")
	case err != nil:
		return err
	case answer != "yes":
		return cmdline.Fail(cmdline.ExitInterrupted, "", "nothing was done")
	}
	return nil
}
