//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"supportd/hack/internal/rig"
)

// mark is the command line of a process that a script leaves behind, so that it
// can be looked for afterwards. Another demo on this machine has another one.
func mark() string { return fmt.Sprintf("sleep 4242.%d", os.Getpid()) }

// scripts are what the CSR brings, by name.
func scripts() map[string]string {
	return map[string]string{
		"1-look.sh": `#!/bin/sh
echo "Looking around on a computer with $(nproc) processors."
echo "Only I can read my temp directory: $(ls -ld "$TMPDIR" | cut -c1-10)"
setsid ` + mark() + ` >/dev/null 2>&1 &
touch "$TMPDIR/litter"
echo "I left a process and a file behind."
`,
		"2-fail.sh": "#!/bin/sh\necho 'The printer spooler cannot be restarted.' >&2\nexit 7\n",
		"3-done.sh": "#!/bin/sh\necho 'All done.'\n",
	}
}

func (t *tour) run() error {
	defer func() {
		if t.customer != nil {
			t.customer.Close()
		}
	}()
	for _, chapter := range []func() error{t.opens, t.joins, t.looks, t.stages, t.runs, t.cleans, t.denies, t.talks, t.ends, t.proves} {
		if err := chapter(); err != nil {
			return err
		}
	}
	fmt.Fprintln(t.out, "\nEverything was as it should be.")
	return nil
}

func (t *tour) opens() error {
	t.chapter("Alice, a support rep, opens a support session")
	if err := t.ssh(result{shows: []string{"alice"}}, "relay", "whoami"); err != nil {
		return err
	}
	text, err := t.output(result{shows: []string{"waiting"}}, "", "ssh", "-F", "alice/config", "relay", "session", "start", "--json")
	if err != nil {
		return err
	}
	if t.number, err = sessionNumber(text); err != nil {
		return err
	}
	return t.ssh(result{shows: []string{t.number, "waiting"}}, "relay", "session", "list")
}

// sessionNumber reads what "session start --json" has printed.
func sessionNumber(text []byte) (string, error) {
	var s struct{ Number string }
	return s.Number, json.Unmarshal(text, &s)
}

func (t *tour) joins() error {
	t.chapter("Bob, the customer, joins with the number he was told on the phone")
	key, err := t.relay.Admin(t.ctx, "fingerprint")
	if err != nil {
		return err
	}
	args := []string{"join", t.number, "--relay", t.relay.Addr, "--relay-key", strings.TrimSpace(key), "--name", "Bob", "--state", "state"}
	fmt.Fprintf(t.out, "$ support-agent %s\n", quoted(args))
	cmd := exec.Command(t.programs.Agent, args...)
	cmd.Dir = t.dir
	if t.customer, err = rig.OpenConsole(cmd, &margin{w: t.out, prefix: "    bob │ "}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.ctx, rig.Patience)
	defer cancel()
	if err := t.customer.Expect(ctx, "Alice Kim"); err != nil {
		return err
	}
	if err := t.ssh(result{shows: []string{"active"}}, "relay", "session", "list"); err != nil {
		return err
	}
	return t.ssh(result{}, t.computer(), "status")
}

// computer is how the CSR names Bob's computer.
func (t *tour) computer() string { return t.number + ".support" }

func (t *tour) looks() error {
	t.chapter("Alice asks what computer it is; Bob says yes")
	return t.asked("see information about this computer", "yes", func() error {
		return t.ssh(result{shows: []string{"Linux"}}, t.computer(), "sysinfo", "summary", "os", "cpu", "memory")
	})
}

func (t *tour) stages() error {
	t.chapter("Alice brings three scripts")
	var batch strings.Builder
	for name, text := range scripts() {
		if err := os.WriteFile(filepath.Join(t.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	for _, name := range []string{"1-look.sh", "2-fail.sh", "3-done.sh"} {
		fmt.Fprintf(&batch, "put %s\n", name)
	}
	return t.cmd(result{shows: []string{"3-done.sh"}}, batch.String()+"ls\n", "sftp", "-q", "-F", "alice/config", "-b", "-", t.computer())
}

func (t *tour) runs() error {
	t.chapter("They run in order, after Bob's yes, and stop where one fails")
	err := t.asked("wants to run 3 programs", "yes", func() error {
		return t.ssh(result{code: 3, shows: []string{"a process and a file behind", "cannot be restarted"}, hides: []string{"All done."}},
			t.computer(), "run", "1-look.sh", "2-fail.sh", "3-done.sh")
	})
	if err != nil {
		return err
	}
	t.chapter("Alice wants the rest all the same")
	return t.asked("wants to run 3 programs", "yes", func() error {
		return t.ssh(result{code: 3, shows: []string{"cannot be restarted", "All done."}},
			t.computer(), "run", "--keep-going", "1-look.sh", "2-fail.sh", "3-done.sh")
	})
}

func (t *tour) cleans() error {
	t.chapter("No process of the scripts is left on Bob's computer, and no temp directory")
	if err := t.cmd(result{code: 1}, "", "pgrep", "-fx", mark()); err != nil {
		return err
	}
	return t.cmd(result{hides: []string{"litter", "run-"}}, "", "find", "state", "-mindepth", "1")
}

func (t *tour) denies() error {
	t.chapter("Bob says no, and that is that")
	return t.asked("see information about this computer", "no", func() error {
		return t.ssh(result{code: 5}, t.computer(), "sysinfo", "processes")
	})
}

func (t *tour) talks() error {
	t.chapter("They talk; Alice uses supportctl now, which remembers the key of Bob's computer")
	key, err := t.relay.Admin(t.ctx, "fingerprint")
	if err != nil {
		return err
	}
	login := []string{control, "login", "alice@" + t.relay.Addr, "--relay-key", strings.TrimSpace(key), "--identity", "alice/id_ed25519"}
	if err := t.cmd(result{}, "", login...); err != nil {
		return err
	}
	if err := t.cmd(result{}, "", control, "chat", t.number, "Does it print now?"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.ctx, rig.Patience)
	defer cancel()
	if err := t.customer.Expect(ctx, "Does it print now?"); err != nil {
		return err
	}
	const answer = "Yes, thank you!"
	if err := t.customer.Type(answer + "\r"); err != nil {
		return err
	}
	for said := []byte{}; !bytes.Contains(said, []byte(answer)); {
		cmd := exec.CommandContext(ctx, "ssh", "-F", "alice/config", t.computer(), "journal")
		cmd.Dir = t.dir
		var err error
		if said, err = cmd.Output(); err != nil {
			return fmt.Errorf("waiting for Bob's answer: %w", err)
		}
	}
	return t.ssh(result{shows: []string{"Does it print now?", answer}}, t.computer(), "chat")
}

// proves shows what is left at the relay, and that the relay need not be trusted
// for it: supportctl compares with the key that it has met.
func (t *tour) proves() error {
	t.chapter("The report is complete, and signed by the computer that Alice was connected to")
	if err := t.ssh(result{shows: []string{t.number, "Bob"}}, "relay", "report", "list"); err != nil {
		return err
	}
	return t.cmd(result{shows: []string{"Proved: all", "the key of the computer that this program was connected to"}}, "", control, "report", "verify", t.number)
}

func (t *tour) ends() error {
	t.chapter("Alice ends the support session")
	if err := t.ssh(result{}, "relay", "session", "end", t.number); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.ctx, rig.Patience)
	defer cancel()
	if err := t.customer.Expect(ctx, "yes / no:"); err != nil { // for a copy of what happened
		return err
	}
	if err := t.customer.Type("no\n"); err != nil {
		return err
	}
	code, err := t.customer.Wait(ctx)
	switch {
	case err != nil:
		return err
	case code != 0:
		return fmt.Errorf("support-agent ended with exit code %d", code)
	}
	fmt.Fprintln(t.out, "\nWhat was uploaded is gone, only the journal is kept for Bob:")
	if err := t.cmd(result{shows: []string{"journal-"}, hides: []string{".sh", "spool"}}, "", "find", "state", "-type", "f"); err != nil {
		return err
	}
	return t.nothingRuns()
}

// nothingRuns looks for processes that were started from the demo's directory.
func (t *tour) nothingRuns() error {
	exes, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return err
	}
	for _, exe := range exes {
		program, err := os.Readlink(exe)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		case err != nil:
			return err
		case program == t.programs.Agent:
			return fmt.Errorf("%s still runs", program)
		}
	}
	return nil
}
