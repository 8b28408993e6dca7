package main

import (
	"context"
	"os/exec"
	"strings"

	shellquote "github.com/kballard/go-shellquote"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// problemMark begins the lines that say what was wrong.
const problemMark = "#! "

func comment(said string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text.EscapeLines(said), "\n") {
		b.WriteString(problemMark + line + "\n")
	}
	return b.String()
}

// withoutProblem takes off the top what comment put there.
func withoutProblem(text string) string {
	for strings.HasPrefix(text, problemMark) {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// edit opens VISUAL, else EDITOR, else vi, and waits until it is closed.
func (p *program) edit(ctx context.Context, file string) error {
	editor := p.env("VISUAL")
	if editor == "" {
		editor = p.env("EDITOR")
	}
	if editor == "" {
		editor = defaultEditor
	}
	words, err := shellquote.Split(editor)
	if err != nil || len(words) == 0 {
		return cmdline.Usage("export EDITOR=nano", "EDITOR: %q is no command", text.Plain(editor, 60))
	}
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], file)...)
	// Its own streams, not copies of what it writes: an editor needs the terminal.
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.std.In, fileOf(p.std.Out), fileOf(p.std.Err)
	if err := cmd.Run(); err != nil {
		return cmdline.Fail(cmdline.ExitFailed, "export EDITOR=nano, or use the flags: --help", "the editor %s: %v", text.Plain(words[0], 60), err)
	}
	return nil
}
