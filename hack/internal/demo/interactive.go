//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"

	"supportd/hack/internal/rig"
	"supportd/library/api"
)

// front starts a relay that has a join page, and the program for this system on it.
func front(ctx context.Context, p rig.Programs, dir string) (*rig.Relay, error) {
	data, served := filepath.Join(dir, "relay"), filepath.Join(dir, "programs")
	if err := os.Mkdir(served, 0o700); err != nil {
		return nil, err
	}
	// What the program is told of the relay exists once that has run.
	first, err := rig.StartRelay(ctx, p, data, "", nil)
	if err != nil {
		return nil, err
	}
	key, err := first.Admin(ctx, "fingerprint")
	if err = errors.Join(err, first.Stop()); err != nil {
		return nil, err
	}
	_, err = rig.Run(exec.CommandContext(ctx, p.Relay, "imprint", p.Agent, "--relay", first.Addr, "--relay-key", strings.TrimSpace(key),
		"--organisation", organisation, "--out", filepath.Join(served, program)))
	if err != nil {
		return nil, err
	}
	return rig.StartRelay(ctx, p, data, first.Addr, nil, "--web", "127.0.0.1:0", "--programs", served, "--organisation", organisation)
}

const (
	organisation = "Example Helpdesk"
	program      = "support-agent-" + runtime.GOOS + "-" + runtime.GOARCH
)

// host lets the person at this terminal be the customer, and prints what a CSR
// types in another one.
func host(ctx context.Context, alice rig.CSR, dir string, out io.Writer) error {
	text, err := rig.Run(alice.SSH(ctx, "relay", "session", "start", "--link", "--json"))
	if err != nil {
		return err
	}
	var session api.Session
	if err := json.Unmarshal([]byte(text), &session); err != nil {
		return err
	}
	script := filepath.Join(dir, "hello.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\necho \"hello from $(hostname)\"\n"), 0o700); err != nil {
		return err
	}
	// A download has the number in its name, as this has.
	own := filepath.Join(dir, "support-"+string(session.Number))
	if err := os.Link(filepath.Join(dir, "programs", program), own); err != nil {
		return err
	}
	fmt.Fprintf(out, `
Paste these into another terminal to be the CSR:

    ssh  -F %[1]s %[2]s.support help
    ssh  -F %[1]s %[2]s.support sysinfo
    echo 'put %[3]s' | sftp -F %[1]s %[2]s.support
    ssh  -F %[1]s %[2]s.support run hello.sh
    ssh  -F %[1]s relay session end %[2]s

You are the customer. Your support rep has sent you this link:

    %[4]s

Open it in a browser on this computer and start what it gives you; Ctrl-C here ends
the relay then. Or press Enter, and the same program starts here; Ctrl-C ends the
support session then.
`, alice.Config(), session.Number, script, session.Link)
	waiting, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	entered := make(chan error, 1)
	go func() { // ends with this program, which ends when this function does
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		entered <- err
	}()
	select {
	case <-waiting.Done():
		return nil
	case err := <-entered:
		if err != nil {
			return err
		}
	}

	// Ctrl-C is for the customer's program: it reaches both, and only that one
	// acts on it.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	agent := exec.CommandContext(ctx, own, "--state", filepath.Join(dir, "state"))
	agent.Stdin, agent.Stdout, agent.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = agent.Run()
	const interrupted = 130
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == interrupted {
		return nil
	}
	return err
}
