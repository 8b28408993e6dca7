package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/windows"

	"supportd/library/cmdline"
)

// shellCommand runs a line as the user's shell would.
func shellCommand(ctx context.Context, line string) *exec.Cmd {
	return exec.CommandContext(ctx, "cmd.exe", "/c", line)
}

// print gives a text file to the shell's print verb, which hands it to the
// program that text files are printed with; "" is the default printer.
func (p *program) print(ctx context.Context, printer, _, text string) (err error) {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "supportctl-")
	if err != nil {
		return explain(os.TempDir(), err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "sysinfo.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return explain(file, err)
	}
	// What is printed and where are variables, so that no character of theirs is
	// part of the command.
	line := `Start-Process -FilePath $env:SUPPORTCTL_FILE -Verb Print -Wait`
	if printer != "" {
		line = `Start-Process -FilePath $env:SUPPORTCTL_FILE -Verb PrintTo -ArgumentList ('"' + $env:SUPPORTCTL_PRINTER + '"') -Wait`
	}
	cmd := exec.CommandContext(ctx, filepath.Join(system, `WindowsPowerShell\v1.0\powershell.exe`), "-NoProfile", "-NonInteractive", "-Command", line)
	cmd.Env = append(os.Environ(), "SUPPORTCTL_FILE="+file, "SUPPORTCTL_PRINTER="+printer)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &cmdline.Error{Code: cmdline.ExitFailed, Text: "Windows does not print it", Hint: "check the printer's name, or use --save and print the file", Err: err}
	}
	return nil
}
