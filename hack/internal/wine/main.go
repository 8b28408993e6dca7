//go:build linux

// Command wine plays a customer, a CSR and a relay on Windows, with Wine in the
// place of Windows, and Linux programs on the other side. ./hack/wine builds what
// it needs and starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"supportd/hack/internal/rig"
)

// limit is how long all of it may take: Wine has been seen to hang.
const limit = 10 * time.Minute

// part is one thing that must hold.
type part struct {
	name string
	play func(context.Context, *world) error
}

// parts are in the order in which they are played, most of them in one support session.
func parts() []part {
	return slices.Concat(sessionParts(), endParts(), consoleParts(), programParts(), boxParts(), testParts())
}

// notShown is what Wine cannot show.
func notShown() []string {
	return []string{
		"a restart and the way back: Wine does not boot; that the entries for it are made and removed, the tests show",
		"logging on as another user: Wine lets everybody in and has no other users; how scripts are started for one, the tests show",
		"a console's window: closing it, other fonts and code pages; Wine draws its console on a Linux terminal",
		"Korean letters in a message box: Wine brings no font for them",
		"\"support-agent stop\" and \"status\" in another window: Wine has no sockets in directories; the refusal is shown",
		"a script's path with a percent sign: Wine's cmd.exe replaces %NAME% a second time in what a variable holds",
		"PowerShell scripts: Wine's powershell.exe does nothing and reports success",
		"what comes from WMI, Windows Update, the event log and the firewall: Wine answers a part; it is reported as not available",
		"access lists, elevation, profiles, other sessions: Wine has one user, who may do everything",
		"deleting files the way that Windows 10 and later do: Wine knows the older way only, which the programs here use",
	}
}

func main() {
	prefix := flag.String("prefix", "", "")
	linux := flag.String("linux", "", "")
	windows := flag.String("windows", "", "")
	overlay := flag.String("overlay", "", "")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := play(ctx, &world{prefix: *prefix, linux: *linux, windows: *windows, overlay: *overlay}, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func play(ctx context.Context, w *world, names []string) error {
	if slices.Equal(names, []string{"list"}) {
		for _, p := range parts() {
			fmt.Println(p.name)
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dir, err := os.MkdirTemp("", "supportd-wine-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := w.open(ctx, dir); err != nil {
		return err
	}
	defer w.close()
	for _, p := range parts() {
		if len(names) > 0 && !slices.Contains(names, p.name) {
			continue
		}
		began := time.Now()
		if err := p.play(ctx, w); err != nil {
			return fmt.Errorf("FAILED    %s, %.1f s: %w\n%s", p.name, time.Since(began).Seconds(), err, w.logs())
		}
		fmt.Printf("ok        %s, %.1f s\n", p.name, time.Since(began).Seconds())
	}
	for _, what := range notShown() {
		fmt.Printf("not shown here: %s\n", what)
	}
	return nil
}

// world is one relay and one CSR on Linux, and one computer under Wine.
type world struct {
	prefix, linux, windows, overlay string // what ./hack/wine has built

	dir    string
	relay  *rig.Relay
	pin    string // the relay's fingerprint
	csr    rig.CSR
	agent  *program // nil until it is needed
	number string   // of the support session that it is in
}

func (w *world) open(ctx context.Context, dir string) (err error) {
	w.dir = dir
	programs := rig.Programs{Relay: filepath.Join(w.linux, "support-relay")}
	if w.relay, err = rig.StartRelay(ctx, programs, filepath.Join(dir, "relay"), "", nil); err != nil {
		return err
	}
	if w.csr, err = rig.NewCSR(ctx, w.relay, "kim", "Kim", filepath.Join(dir, "kim")); err != nil {
		return err
	}
	pin, err := w.relay.Admin(ctx, "fingerprint")
	w.pin = strings.TrimSpace(pin)
	return err
}

func (w *world) close() {
	if w.agent != nil {
		w.agent.kill()
	}
	if w.relay != nil {
		w.relay.Kill()
	}
}

// logs are what the programs that run have to say about a failure.
func (w *world) logs() string {
	text := "--- the relay:\n" + w.relay.Log.String()
	if w.agent != nil {
		log, _ := os.ReadFile(w.drive(agentLog))
		text += "--- the computer:\n" + w.agent.log.String() + string(log)
	}
	return text
}

// drive is where a path below drive C lies.
func (w *world) drive(path string) string { return filepath.Join(w.prefix, "drive_c", path) }

// exe is one of our programs under Wine. A path of Linux is one of its drive Z.
func (w *world) exe(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "wine64", append([]string{filepath.Join(w.windows, name+".exe")}, args...)...)
}

// zPath is a path of Linux as programs under Wine see it.
func zPath(path string) string { return `Z:` + strings.ReplaceAll(path, "/", `\`) }

// program is one that runs under Wine until it is done with.
type program struct {
	cmd    *exec.Cmd
	log    *rig.Log // both of its outputs
	exited chan struct{}
}

func start(cmd *exec.Cmd) (*program, error) {
	p := &program{cmd: cmd, log: rig.NewLog(nil), exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.WaitDelay = time.Second // programs of Wine's own may hold the outputs longer
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.exited)
		_ = cmd.Wait() // ProcessState says how it ended
	}()
	return p, nil
}

// kill ends it as a power cut does.
func (p *program) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// ends waits for its own end.
func (p *program) ends(ctx context.Context) error {
	select {
	case <-p.exited:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("exit code %d, want 0", code)
	}
	return nil
}

// says runs a command and checks its exit code, and that what it writes holds all
// of the texts.
func says(cmd *exec.Cmd, code int, texts ...string) (string, error) {
	cmd.WaitDelay = rig.Patience // another program may hold its output open
	raw, err := cmd.CombinedOutput()
	out := strings.ReplaceAll(string(raw), "\r\n", "\n")
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return out, err
	}
	what := strings.Join(cmd.Args, " ")
	if got := cmd.ProcessState.ExitCode(); got != code {
		return out, fmt.Errorf("%s: exit code %d, want %d\n%s", what, got, code, out)
	}
	for _, text := range texts {
		if !strings.Contains(out, text) {
			return out, fmt.Errorf("%s does not say %q:\n%s", what, text, out)
		}
	}
	return out, nil
}

// until polls for something that takes a moment.
func until(ctx context.Context, what string, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	for {
		if ok, err := holds(); err != nil || ok {
			return err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		}
	}
}
