//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"

	"supportd/library/cmdline"
	"supportd/library/text"
)

// shellCommand runs a line as the user's shell would.
func shellCommand(ctx context.Context, line string) *exec.Cmd {
	return exec.CommandContext(ctx, "/bin/sh", "-c", line)
}

// print sends a text to a printer of CUPS; "" is the default one.
func (p *program) print(ctx context.Context, printer, host, s string) error {
	args := []string{"-t", "System information of " + text.Plain(host, 60)}
	if printer != "" {
		args = append(args, "-d", printer)
	}
	cmd := exec.CommandContext(ctx, "lp", args...)
	// The text is UTF-8 whatever this user's locale is.
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var said, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(s), &said, &complaint
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return cmdline.Fail(cmdline.ExitFailed, "install the CUPS client (Debian: cups-client), or use --save and print the file", "there is no lp on this machine")
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return cmdline.Fail(cmdline.ExitFailed, "lpstat -p shows the printers, --printer names one", "lp does not print it: %s", text.Plain(strings.TrimPrefix(complaint.String(), "lp: "), 200))
	}
	p.note("%s", strings.TrimSpace(said.String()))
	return nil
}
