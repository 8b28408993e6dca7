//go:build linux

// Command vm plays a customer's computer that really restarts and really has
// users: a virtual machine, with a relay and a CSR outside. Other parts play an
// operator's machine, on which packages are installed, and the machines of a group of
// relays. ./hack/vm builds what it needs and starts it.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supportd/hack/internal/rig"
)

// limit is how long one part may take where nothing else needs the processors. The
// emulator hangs once in a while; then the part is tried again with another machine.
const limit = 150 * time.Second

// bootLimit is how long a boot may take until the console answers.
const bootLimit = 60 * time.Second

// part is one thing that must hold, with a machine, a relay and a CSR of its own.
type part struct {
	name  string
	more  []string      // for the relay's command line
	limit time.Duration // how long it may take; zero is [limit]
	alone bool          // the relay and everybody else are on the machine, which has further disks
	site  bool          // the machine is the first one of several, which are everybody's
	play  func(context.Context, *world) error
}

func main() {
	kernel := flag.String("kernel", "", "")
	disk := flag.String("disk", "", "")
	site := flag.String("site", "", "")
	programs := flag.String("programs", "", "")
	packages := flag.String("packages", "", "")
	spare := flag.String("spare", "", "")
	readme := flag.String("readme", "", "")
	protocol := flag.String("transcript", "", "where the parts operator and group write what was typed and shown")
	patience := flag.Int("patience", 1, "how many times longer a part and a boot may take")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := play(ctx, image{*kernel, *disk, *site, *programs, *packages, *spare, *readme, *protocol}, time.Duration(*patience), flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// image is what ./hack/vm has built, as paths, the README that people go by, and where a
// transcript goes.
type image struct{ kernel, disk, site, programs, packages, spare, readme, protocol string }

func play(ctx context.Context, from image, patience time.Duration, names []string) error {
	listed := slices.Contains(names, "list")
	names = slices.DeleteFunc(names, func(name string) bool { return name == "list" })
	failed := []string{}
	for _, p := range slices.Concat(rebootParts(), logonParts(), operatorParts(), groupParts()) {
		if len(names) > 0 && !slices.Contains(names, p.name) {
			continue
		}
		if listed {
			fmt.Println(p.name)
			continue
		}
		began := time.Now()
		err := attempt(ctx, from, patience, p)
		var hung *hungError
		if errors.As(err, &hung) && ctx.Err() == nil {
			fmt.Printf("again     %s: %v\n", p.name, err)
			err = attempt(ctx, from, patience, p)
		}
		if err != nil {
			failed = append(failed, p.name)
			fmt.Printf("FAILED    %s, %.1f s: %v\n", p.name, time.Since(began).Seconds(), err)
			continue
		}
		fmt.Printf("ok        %s, %.1f s\n", p.name, time.Since(began).Seconds())
	}
	if len(failed) > 0 {
		return fmt.Errorf("failed: %s", strings.Join(failed, ", "))
	}
	return nil
}

// hungError is a machine that did not boot, or a part that took too long.
type hungError struct{ error }

// world is one relay, one CSR and one computer.
type world struct {
	*machine
	relay    *rig.Relay
	programs rig.Programs
	csr      rig.CSR
	number   string
	more     []string

	// Of a part without a relay outside.
	from       image
	cabling    string // the directory where the cables of several machines lie
	patience   time.Duration
	readme     string
	protocol   string // where the transcript goes, at the end; "" is nowhere
	transcript *strings.Builder
	packages   string // as they are named to apt
	pin        string // the relay's fingerprint
	first      string // the number of the session before
}

func attempt(ctx context.Context, from image, patience time.Duration, p part) error {
	ctx, cancel := context.WithTimeout(ctx, patience*cmp.Or(p.limit, limit))
	defer cancel()
	dir, err := os.MkdirTemp("", "supportd-vm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w := &world{programs: rig.Programs{Relay: filepath.Join(from.programs, "support-relay")}, more: p.more, from: from, patience: patience, cabling: dir,
		readme: from.readme, protocol: from.protocol, transcript: &strings.Builder{}}
	disks, cables := []string{from.disk}, []cable(nil)
	switch {
	case p.alone:
		disks = append(disks, from.packages, from.spare)
	case p.site:
		disks, cables = []string{from.site, from.packages}, cablesOf(dir, 0)
	default:
		if w.relay, err = rig.StartRelay(ctx, w.programs, filepath.Join(dir, "relay"), "", nil, p.more...); err != nil {
			return err
		}
		defer func() { w.relay.Kill() }()
		if w.csr, err = rig.NewCSR(ctx, w.relay, "kim", "Kim", filepath.Join(dir, "kim")); err != nil {
			return err
		}
	}
	if w.machine, err = boot(from.kernel, cables, disks...); err != nil {
		return err
	}
	defer w.stop()
	booting, done := context.WithTimeout(ctx, patience*bootLimit)
	defer done()
	if _, err := w.expect(booting, prompt); err != nil {
		return &hungError{err}
	}
	if err := p.play(ctx, w); err != nil {
		log, _, _ := w.run(ctx, "tail -20 /var/log/support.log; systemctl --no-pager --full status 'support*' | cat; journalctl -u 'support*' -n 20 --no-pager | cat")
		err = fmt.Errorf("%w\n--- the computer:\n%s", err, log)
		if p.alone || p.site {
			err = fmt.Errorf("%w\n--- so far:\n%s\n--- the customer's screen:\n%s", err, w.transcript, w.seat.shown())
		} else {
			err = fmt.Errorf("%w\n--- the relay:\n%s", err, w.relay.Log)
		}
		if ctx.Err() != nil {
			return &hungError{err}
		}
		return err
	}
	return nil
}

// join opens a support session and lets the computer join it as a service, where
// nobody can be asked.
func (w *world) join(ctx context.Context, allow string) error {
	if err := w.open(ctx); err != nil {
		return err
	}
	return w.enter(ctx, "/usr/local/bin/support-agent join", "--ui none --allow "+allow)
}

// attend opens a support session and lets somebody join it at a terminal, who says yes
// to whatever is asked.
func (w *world) attend(ctx context.Context) error {
	return w.attendWith(ctx, "/usr/local/bin/support-agent")
}

// attendWith is attend with a program that lies elsewhere.
func (w *world) attendWith(ctx context.Context, program string) error {
	if err := w.open(ctx); err != nil {
		return err
	}
	return w.sit(ctx, program)
}

// sit lets them join the session that is open, or come back to it.
func (w *world) sit(ctx context.Context, program string) error {
	return w.enter(ctx, "/usr/bin/env PROGRAM="+program+" /usr/local/bin/customer", "--allow all")
}

// open opens a support session.
func (w *world) open(ctx context.Context) error {
	out, err := rig.Run(w.csr.SSH(ctx, "relay", "session", "start", "--json"))
	if err != nil {
		return err
	}
	var s session
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		return err
	}
	w.number = s.Number
	return nil
}

// enter starts a program with the arguments of support-agent join, and waits until the
// computer takes connections.
func (w *world) enter(ctx context.Context, program, flags string) error {
	pin, err := w.relay.Admin(ctx, "fingerprint")
	if err != nil {
		return err
	}
	_, err = w.must(ctx, fmt.Sprintf("systemd-run --quiet --unit=support -p KillMode=mixed %s %s "+
		"--relay 10.0.2.2:%s --relay-key %s --name Mina %s --state /var/lib/support --log /var/log/support.log",
		program, w.number, w.relay.Port(), strings.TrimSpace(pin), flags))
	if err != nil {
		return err
	}
	// It is active before it takes connections.
	for {
		out, err := w.do(ctx, 0, "", "status")
		if err == nil {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waiting for the computer: %w: %s", err, out)
		}
	}
}

type session struct {
	Number string `json:"number"`
	State  string `json:"state"`
	Reason string `json:"reason"`
}

func (w *world) session(ctx context.Context) (s session, err error) {
	out, err := rig.Run(w.csr.SSH(ctx, "relay", "session", "show", "--json", w.number))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(out), &s)
}

// await polls the relay until the session is in a state.
func (w *world) await(ctx context.Context, state, reason string) error {
	for {
		s, err := w.session(ctx)
		if err == nil && s.State == state && s.Reason == reason {
			return nil
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s (%s): the session is %+v, %w", state, reason, s, err)
		}
	}
}

// do runs a verb on the customer's computer and returns its output; code is what
// it has to exit with.
func (w *world) do(ctx context.Context, code int, input string, verb ...string) (string, error) {
	args := []string{w.number + ".support"}
	if input != "" {
		args = append([]string{"-tt"}, args...)
	}
	cmd := w.csr.SSH(ctx, append(args, verb...)...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return "", err
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		return "", fmt.Errorf("%s: exit code %d, want %d\n%s", strings.Join(verb, " "), got, code, out)
	}
	return string(out), nil
}

// says is do for output that has to hold all of the texts.
func (w *world) says(ctx context.Context, code int, verb string, texts ...string) error {
	out, err := w.do(ctx, code, "", strings.Fields(verb)...)
	for _, text := range texts {
		if err == nil && !strings.Contains(out, text) {
			err = fmt.Errorf("%s does not say %q:\n%s", verb, text, out)
		}
	}
	return err
}
