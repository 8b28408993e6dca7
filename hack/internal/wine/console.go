//go:build linux

package main

import (
	"context"
	"fmt"
	"strings"

	"supportd/hack/internal/rig"
	"supportd/library/cmdline"
)

// consoleParts are a customer at a console of Windows.
func consoleParts() []part { return []part{{"questions", questions}} }

// enter is the Enter key of a console.
const enter = "\r"

// questions are answered with yes and with no, one is withdrawn because the CSR
// has gone, and Ctrl-C is Stop.
func questions(ctx context.Context, w *world) error {
	number, err := w.newSession(ctx)
	if err != nil {
		return err
	}
	console, err := rig.OpenConsole(w.exe(ctx, "support-agent", "join", number, "--relay", w.relay.Addr, "--relay-key", w.pin,
		"--ui", "terminal", "--state", `C:\`+stateDir), nil)
	if err != nil {
		return err
	}
	defer console.Close()
	ctx, done := context.WithTimeout(ctx, 2*rig.Patience)
	defer done()
	if err := console.Expect(ctx, "Connected."); err != nil {
		return err
	}
	for _, a := range []struct {
		key  string
		code int
		says string
	}{
		{"yes" + enter, cmdline.ExitOK, "Microsoft Windows"},
		{"no" + enter, cmdline.ExitDenied, "the customer said no"},
		{enter, cmdline.ExitDenied, "the customer "}, // only a whole word is a yes
	} {
		if err := w.asked(ctx, console, number, a.key, a.code, a.says); err != nil {
			return err
		}
	}
	if err := w.withdrawn(ctx, console, number); err != nil {
		return err
	}
	if err := w.asked(ctx, console, number, "yes"+enter, cmdline.ExitOK, "Microsoft Windows"); err != nil {
		return fmt.Errorf("after a question that was withdrawn: %w", err)
	}
	if err := console.Type("\x03"); err != nil {
		return err
	}
	if err := console.Expect(ctx, "Stopped."); err != nil {
		return err
	}
	if code, err := console.Wait(ctx); err != nil || code != cmdline.ExitInterrupted {
		return fmt.Errorf("Ctrl-C: exit code %d, %w", code, err)
	}
	return w.onlyJournals()
}

// asked lets the CSR ask for system information, and the customer answer.
func (w *world) asked(ctx context.Context, console *rig.Console, number, key string, code int, text string) error {
	csr, err := start(w.csr.SSH(ctx, number+".support", "sysinfo", "os"))
	if err != nil {
		return err
	}
	defer csr.kill()
	if err := newQuestion(ctx, console); err != nil {
		return err
	}
	if err := console.Type(key); err != nil {
		return err
	}
	<-csr.exited
	out := csr.log.String()
	if got := csr.cmd.ProcessState.ExitCode(); got != code || !strings.Contains(out, text) {
		return fmt.Errorf("answered with %q: exit code %d, want %d and %q:\n%s", key, got, code, text, out)
	}
	return nil
}

// newQuestion waits for a question from its first line on: Wine draws the last line
// of an older one twice.
func newQuestion(ctx context.Context, console *rig.Console) error {
	for _, text := range []string{"wants to see information about this computer.", "Do you allow this?"} {
		if err := console.Expect(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// withdrawn asks, and goes before the customer has answered.
func (w *world) withdrawn(ctx context.Context, console *rig.Console, number string) error {
	csr, err := start(w.csr.SSH(ctx, number+".support", "sysinfo", "os"))
	if err != nil {
		return err
	}
	defer csr.kill()
	if err := newQuestion(ctx, console); err != nil {
		return err
	}
	if err := console.Type("ye"); err != nil {
		return err
	}
	csr.kill()
	return console.Expect(ctx, "This question is closed.")
}
