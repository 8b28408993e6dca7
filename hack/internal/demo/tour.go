//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"supportd/hack/internal/rig"
)

// tour is the unattended demo. It stops at the first thing that is not as it
// should be.
type tour struct {
	ctx      context.Context
	out      io.Writer
	dir      string
	programs rig.Programs
	relay    *rig.Relay
	alice    rig.CSR
	customer *rig.Console
	number   string
	chapters int
}

// chapter prints a heading.
func (t *tour) chapter(title string) {
	t.chapters++
	fmt.Fprintf(t.out, "\n── %d. %s\n\n", t.chapters, title)
}

// control is how the CSR's own program is called.
const control = "supportctl"

// result is what a command must do.
type result struct {
	code  int
	shows []string
	hides []string
}

// cmd runs a command as people would type it in the demo's directory, prints
// it with what came back, and checks that.
func (t *tour) cmd(want result, stdin string, args ...string) error {
	_, err := t.output(want, stdin, args...)
	return err
}

// output is [tour.cmd] for those who need what came back.
func (t *tour) output(want result, stdin string, args ...string) ([]byte, error) {
	fmt.Fprintf(t.out, "$ %s\n", quoted(args))
	for line := range strings.Lines(stdin) {
		fmt.Fprintf(t.out, "  < %s", line)
	}
	cmd := exec.CommandContext(t.ctx, args[0], args[1:]...)
	if args[0] == control { // it keeps Alice's login with her key, and not at your home
		cmd = exec.CommandContext(t.ctx, t.programs.Control, args[1:]...)
		cmd.Env = append(os.Environ(), "HOME="+filepath.Join(t.dir, "alice"), "XDG_CONFIG_HOME=")
	}
	cmd.Dir, cmd.Stdin = t.dir, strings.NewReader(stdin)
	text, err := cmd.CombinedOutput()
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	_, _ = t.out.Write(text)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		return nil, err
	}
	if code != 0 {
		fmt.Fprintf(t.out, "(exit code %d)\n", code)
	}
	if code != want.code {
		return nil, fmt.Errorf("%s: exit code %d, want %d", quoted(args), code, want.code)
	}
	for _, s := range want.shows {
		if !strings.Contains(string(text), s) {
			return nil, fmt.Errorf("%s: the output does not show %q", quoted(args), s)
		}
	}
	for _, s := range want.hides {
		if strings.Contains(string(text), s) {
			return nil, fmt.Errorf("%s: the output shows %q", quoted(args), s)
		}
	}
	return text, nil
}

func quoted(args []string) string {
	words := make([]string, len(args))
	for i, a := range args {
		if words[i] = a; a == "" || strings.ContainsAny(a, " '\"$") {
			words[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// ssh runs an ssh command of the CSR.
func (t *tour) ssh(want result, args ...string) error {
	return t.cmd(want, "", append([]string{"ssh", "-F", "alice/config"}, args...)...)
}

// asked runs act, which makes the customer's screen show question, and answers.
func (t *tour) asked(question, answer string, act func() error) error {
	done := make(chan error, 1)
	go func() { done <- act() }()
	ctx, cancel := context.WithTimeout(t.ctx, rig.Patience)
	defer cancel()
	shown := make(chan error, 1)
	go func() { shown <- t.customer.Expect(ctx, question) }()
	select {
	case err := <-shown:
		if err == nil {
			err = t.customer.Type(answer + "\n")
		}
		if err != nil {
			return err
		}
		return <-done
	case err := <-done:
		cancel()
		<-shown
		if err == nil {
			err = fmt.Errorf("the customer was not asked: %s", question)
		}
		return err
	}
}

// margin prefixes every line.
type margin struct {
	mu     sync.Mutex
	w      io.Writer
	prefix string
	inside bool
}

// chatPrompt begins the line in which the customer may write.
const chatPrompt = "> "

func (m *margin) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for line := range bytes.Lines(p) {
		for !m.inside && bytes.HasPrefix(line, []byte(chatPrompt)) {
			line = line[len(chatPrompt):] // the line being typed, which a terminal redraws
		}
		if len(line) == 0 {
			continue
		}
		if !m.inside {
			_, _ = io.WriteString(m.w, m.prefix)
		}
		m.inside = !bytes.HasSuffix(line, []byte("\n"))
		_, _ = m.w.Write(line)
	}
	return len(p), nil
}
