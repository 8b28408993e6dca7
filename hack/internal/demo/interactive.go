//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"supportd/hack/internal/rig"
)

// host lets the person at this terminal be the customer, and prints what a CSR
// types in another one.
func host(ctx context.Context, p rig.Programs, r *rig.Relay, alice rig.CSR, dir string, out io.Writer) error {
	text, err := rig.Run(alice.SSH(ctx, "relay", "session", "start", "--json"))
	if err != nil {
		return err
	}
	number, err := sessionNumber([]byte(text))
	if err != nil {
		return err
	}
	key, err := r.Admin(ctx, "fingerprint")
	if err != nil {
		return err
	}
	script := filepath.Join(dir, "hello.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"hello from $(hostname)\"\n"), 0o700); err != nil {
		return err
	}
	fmt.Fprintf(out, `
You are the customer here. Paste these into another terminal to be the CSR:

    ssh  -F %[1]s %[2]s.support help
    ssh  -F %[1]s %[2]s.support sysinfo
    echo 'put %[3]s' | sftp -F %[1]s %[2]s.support
    ssh  -F %[1]s %[2]s.support run hello.sh
    ssh  -F %[1]s relay session end %[2]s

Ctrl-C here ends the support session.

`, alice.Config(), number, script)

	// Ctrl-C is for the customer's program: it reaches both, and only that one
	// acts on it.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	agent := exec.CommandContext(ctx, p.Agent, "join", number, "--relay", r.Addr, "--relay-key", strings.TrimSpace(key),
		"--state", filepath.Join(dir, "state"))
	agent.Stdin, agent.Stdout, agent.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = agent.Run()
	const interrupted = 130
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == interrupted {
		return nil
	}
	return err
}
