//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"supportd/hack/internal/rig"
	"supportd/library/cmdline"
)

// consoleParts are a customer at a console of Windows.
func consoleParts() []part { return []part{{"questions", questions}, {"clicked", clicked}} }

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
	if err := console.Expect(ctx, "Keep a copy"); err != nil {
		return err
	}
	if err := console.Type("no" + enter); err != nil {
		return err
	}
	return errors.Join(closes(ctx, console, cmdline.ExitInterrupted), w.onlyJournals())
}

// closes presses Enter where the console, which is the program's own, stays open for
// what was said last.
func closes(ctx context.Context, console *rig.Console, want int) error {
	if err := console.Expect(ctx, "To close this, press Enter."); err != nil {
		return err
	}
	for {
		if err := console.Type(enter); err != nil {
			return err
		}
		// A console that shows things late forgets what was pressed meanwhile, and a person
		// presses Enter once more.
		moment, done := context.WithTimeout(ctx, 3*time.Second)
		code, err := console.Wait(moment)
		done()
		switch {
		case ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		case err != nil || code != want:
			return fmt.Errorf("exit code %d, want %d, %w", code, want, err)
		default:
			return nil
		}
	}
}

// clicked is a program that was downloaded for a support session: its number stands in
// the file name. The console is the program's own. It cannot be the first part that is
// played: services that Wine starts with its first program keep that one's terminal open.
func clicked(ctx context.Context, w *world) error {
	number, err := w.newSession(ctx)
	if err != nil {
		return err
	}
	program, err := os.ReadFile(filepath.Join(w.windows, "support-agent.exe"))
	if err != nil {
		return err
	}
	name := "support-" + number + " (1).exe"
	if err := os.WriteFile(w.drive(name), program, 0o700); err != nil {
		return err
	}
	defer os.Remove(w.drive(name))
	ctx, done := context.WithTimeout(ctx, 4*rig.Patience)
	defer done()
	for _, c := range []struct {
		answer, says string
		code         int
	}{
		{"no", "hang up", cmdline.ExitDenied},
		{"yes", "Connected.", cmdline.ExitInterrupted},
	} {
		console, err := rig.OpenConsole(exec.CommandContext(ctx, "wine64", `C:\`+name, "--relay", w.relay.Addr, "--relay-key", w.pin, "--state", `C:\`+stateDir), nil)
		if err != nil {
			return err
		}
		defer console.Close()
		for _, text := range []string{"The number of your support session: ", "Did you call us for help?"} {
			if err := console.Expect(ctx, text); err != nil {
				return err
			}
		}
		if err := console.Type(c.answer + enter); err != nil {
			return err
		}
		if err := console.Expect(ctx, c.says); err != nil {
			return err
		}
		if c.code == cmdline.ExitInterrupted {
			if err := console.Type("\x03"); err != nil {
				return err
			}
		}
		if err := closes(ctx, console, c.code); err != nil {
			return err
		}
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
