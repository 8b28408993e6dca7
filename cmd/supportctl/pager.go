package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/term"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// page shows a text: through $PAGER or, where that is not set, screen by screen
// along the categories, with lines that fit. Without a terminal it is simply written.
func (p *program) page(ctx context.Context, text string) error {
	pager := p.env("PAGER")
	switch {
	case !isTerminal(p.std.Out):
		_, err := io.WriteString(p.std.Out, text)
		return err
	case pager != "":
		return p.pageThrough(ctx, pager, text)
	}
	text = cmdline.Folded(p.std.Out, text)
	width, height := size(p.std.Out)
	screens := screensOf(text, width, height-1)
	if len(screens) < 2 || !isTerminal(p.std.In) || p.env("TERM") == "dumb" {
		_, err := io.WriteString(p.std.Out, text)
		return err
	}
	return p.pageScreens(ctx, screens)
}

// pageThrough runs a pager as the shell would. Ctrl-C belongs to the pager
// meanwhile.
func (p *program) pageThrough(ctx context.Context, pager, text string) error {
	cmd := shellCommand(ctx, pager)
	cmd.Env = os.Environ()
	if p.env("LESS") == "" {
		cmd.Env = append(cmd.Env, "LESS=FRX")
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), fileOf(p.std.Out), fileOf(p.std.Err)
	defer p.interrupts.take(make(chan struct{}))()
	err := cmd.Run()
	var exit *exec.ExitError
	if noReader(err) || errors.As(err, &exit) && exit.ExitCode() < 126 {
		return nil // it was left before the end
	}
	if err != nil {
		fmt.Fprintf(p.std.Err, "supportctl: %s\n", p.say("PAGER %q does not run: %v", pager, err))
		_, err = io.WriteString(p.std.Out, text)
	}
	return err
}

// screensOf cuts a text into screens of at most height rows. A screen that is more
// than half full ends before a section that does not fit.
func screensOf(document string, width, height int) (screens []string) {
	height = max(height, 3)
	rows := func(line string) int {
		return 1 + max(0, text.Width(strings.TrimRight(line, "\n"))-1)/max(width, 1)
	}
	var screen strings.Builder
	used := 0
	flush := func() {
		if screen.Len() > 0 {
			screens = append(screens, screen.String())
			screen.Reset()
		}
		used = 0
	}
	for _, section := range sectionsOf(document) {
		needed := 0
		for _, line := range section {
			needed += rows(line)
		}
		if used > height/2 && used+needed > height {
			flush()
		}
		for _, line := range section {
			if used > 0 && used+rows(line) > height {
				flush()
			}
			screen.WriteString(line)
			used += rows(line)
		}
	}
	flush()
	return screens
}

// sectionsOf takes a text apart into lines, and begins anew with each heading.
func sectionsOf(text string) (sections [][]string) {
	for line := range strings.Lines(text) {
		if len(sections) == 0 || headingOf(strings.TrimRight(line, "\n")) != "" {
			sections = append(sections, nil)
		}
		last := len(sections) - 1
		sections[last] = append(sections[last], line)
	}
	return sections
}

// pageScreens shows screen after screen: any key goes on, n goes on to the next
// category, q ends.
func (p *program) pageScreens(ctx context.Context, screens []string) error {
	for i, skip := 0, false; i < len(screens); i++ {
		if skip && !hasHeading(screens[i]) {
			continue
		}
		if _, err := io.WriteString(p.std.Out, screens[i]); err != nil || i == len(screens)-1 {
			return err
		}
		key, err := p.key(ctx, p.say("-- %d of %d: Space goes on, n to the next category, q ends --", i+1, len(screens)))
		fmt.Fprint(p.std.Out, "\r\x1b[K")
		const ctrlC, ctrlD, escape = 3, 4, 27
		if err != nil || strings.ContainsRune("qQ", rune(key)) || key == ctrlC || key == ctrlD || key == escape {
			return err
		}
		skip = key == 'n'
	}
	return nil
}

// hasHeading reports whether a category begins on a screen.
func hasHeading(screen string) bool {
	for line := range strings.Lines(screen) {
		if headingOf(strings.TrimRight(line, "\n")) != "" {
			return true
		}
	}
	return false
}

// key asks for one key, which is one from before the question appears: Ctrl-C is no
// signal then. The terminal is as it was when it returns.
func (p *program) key(ctx context.Context, question string) (byte, error) {
	fd := int(fileOf(p.std.In).Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return 0, err
	}
	fmt.Fprint(p.std.Out, question)
	typed, err := await(ctx, func() (string, error) {
		var b [1]byte
		_, err := p.std.In.Read(b[:])
		return string(b[:]), err
	})
	if err := errors.Join(err, term.Restore(fd, before)); err != nil {
		return 0, err
	}
	return typed[0], nil
}
