//go:build unix

// Package hostile is a relay that lies in all the ways of section Z of SECURITY.md, and what
// must hold against each: the computer runs the shipped support-agent, the support rep has
// supportctl and the stock OpenSSH client, and the relay alone is another one. Each attack
// holds what customer and support rep see of it, where the customer's program knows the
// organisation's CA and where it does not. A short part of it is in hack/e2e; the campaign
// is hack/hostile.
package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/library/journal"
	"supportd/library/wire"
)

// stage is one support session: its computer, and who it is for.
type stage struct {
	*house
	ca     bool // the customer's program knows the CA
	csr    rig.CSR
	number wire.Number
	state  string // the daemon's state directory
	log    *rig.Log
	screen *rig.Console // nil where nobody can be asked
	exited chan struct{}
	cmd    *exec.Cmd
}

// setting is how a stage is made.
type setting struct {
	ca    bool
	asked bool               // somebody is at the screen
	lies  func(*stage) *Lies // told before the customer joins
	owner string             // whose session it is; "" is alice's
	allow string             // "" is sysinfo,script
	more  []string           // of the customer's command line
	// unjoined does not wait until the customer is connected.
	unjoined bool
}

// open opens a support session, and has a customer join it.
func (h *house) open(ctx context.Context, set setting) (*stage, error) {
	h.mu.Lock()
	h.last++
	s := &stage{house: h, ca: set.ca, state: h.path(fmt.Sprint("customer", h.last)), log: rig.NewLog(nil)}
	h.mu.Unlock()
	account := owner
	if set.owner != "" {
		account = set.owner
	}
	if s.csr = h.csrs[account]; set.ca {
		s.csr = h.csrs[account+"-ca"]
	}
	out, err := rig.Run(s.csr.SSH(ctx, "relay", "session", "start", "--json"))
	if err != nil {
		return nil, err
	}
	var opened struct{ Number wire.Number }
	if err := json.Unmarshal([]byte(out), &opened); err != nil {
		return nil, err
	}
	s.number = opened.Number
	if set.lies != nil {
		h.relay.Lie(s.number, set.lies(s))
	}
	if err := s.join(ctx, set); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// join starts the customer's program, or starts it again, until it is connected.
func (s *stage) join(ctx context.Context, set setting) error {
	allow := set.allow
	if allow == "" {
		allow = "sysinfo,script"
	}
	args := []string{"join", string(s.number), "--relay", s.relay.Addr, "--relay-key", s.relayKey, "--state", s.state}
	if set.ca {
		args = append(args, "--csr-ca", s.caFile())
	}
	if !set.asked {
		args = append(args, "--ui", "none")
	}
	if !set.asked || set.allow != "" {
		args = append(args, "--allow", allow)
	}
	s.cmd, s.exited = exec.Command(s.programs.Agent, append(args, set.more...)...), make(chan struct{})
	s.cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=dumb")
	if set.asked {
		var err error
		if s.screen, err = rig.OpenConsole(s.cmd, s.log); err != nil {
			return err
		}
		go func(over chan<- struct{}) { defer close(over); _, _ = s.screen.Wait(context.Background()) }(s.exited) // ends with the program
	} else {
		s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
		if err := s.cmd.Start(); err != nil {
			return err
		}
		go func(cmd *exec.Cmd, over chan<- struct{}) { defer close(over); _ = cmd.Wait() }(s.cmd, s.exited)
	}
	if set.unjoined {
		return nil
	}
	return s.shows(ctx, "Connected")
}

// rejoin kills the customer's program as a power cut does, and starts it again.
func (s *stage) rejoin(ctx context.Context, set setting) error {
	_ = s.cmd.Process.Kill()
	<-s.exited
	before := s.returns()
	set.unjoined = true
	if err := s.join(ctx, set); err != nil {
		return err
	}
	return s.returned(ctx, before)
}

// returns is how often the computer has come back.
func (s *stage) returns() int { return strings.Count(s.log.String(), "Connected again") }

// returned waits until it has come back once more.
func (s *stage) returned(ctx context.Context, before int) error {
	return eventually(ctx, "the computer to come back", func() error {
		if s.returns() == before {
			return fmt.Errorf("the screen shows:\n%s", s.log)
		}
		return nil
	})
}

// agent runs a command of the customer's program beside the one that runs.
func (s *stage) agent(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.programs.Agent, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	return rig.Run(cmd)
}

// close ends what still runs.
func (s *stage) close() {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	if s.screen != nil {
		s.screen.Close()
	}
	s.relay.Lie(s.number, nil)
}

// shows waits until the customer's screen shows a text.
func (s *stage) shows(ctx context.Context, text string) error {
	return eventually(ctx, "the customer's screen to show "+text, func() error {
		if !strings.Contains(s.log.String(), text) {
			return fmt.Errorf("it shows:\n%s", s.log)
		}
		return nil
	})
}

// ssh runs a command on the computer with the stock client, and returns all that its
// person sees.
func (s *stage) ssh(ctx context.Context, command ...string) (seen string, err error) {
	return all(s.csr.SSH(ctx, append([]string{s.number.Host()}, command...)...))
}

// supportctl runs one of its commands, and returns all that its person sees.
func (s *stage) supportctl(ctx context.Context, args ...string) (seen string, err error) {
	return all(s.control(ctx, args...))
}

// control is one of its commands.
func (s *stage) control(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.programs.Control, args...)
	cmd.Env = append(os.Environ(), "HOME="+s.csr.Dir, "XDG_CONFIG_HOME=", "LC_ALL=C.UTF-8", "SSH_AUTH_SOCK=")
	return cmd
}

func all(cmd *exec.Cmd) (string, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// seen holds what somebody saw: an exit code, and a text in it.
func seen(what, out string, err error, code int, text string) error {
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		return err
	}
	if got != code || !strings.Contains(out, text) {
		return fmt.Errorf("%s: exit code %d, wanted %d and %q:\n%s", what, got, code, text, out)
	}
	return nil
}

// works holds that the support session goes on as if nothing had been.
func (s *stage) works(ctx context.Context) error {
	out, err := s.ssh(ctx, "sysinfo", "os")
	return seen("the CSR's next command", out, err, 0, "Linux")
}

// events is the customer's journal so far.
func (s *stage) events() ([]journal.Event, error) {
	names, err := filepath.Glob(filepath.Join(s.state, "journal-*"))
	if err != nil || len(names) != 1 {
		return nil, fmt.Errorf("the customer's journals: %v, %w", names, err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		return nil, err
	}
	var events []journal.Event
	for line := range bytes.Lines(data) {
		if journal.IsSealLine(line) || !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		e, err := journal.ParseEvent(line)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

// count is how many events of a kind the customer's journal has.
func (s *stage) count(kind string) (n int, err error) {
	events, err := s.events()
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n, err
}

// entered holds that the journal knows of so many connections.
func (s *stage) entered(n int) error {
	got, err := s.count(journal.KindConnOpen)
	if err == nil && got != n {
		err = fmt.Errorf("%d connections of CSRs are in the customer's journal, not %d", got, n)
	}
	return err
}

// end ends the session as its CSR, and waits for the customer's program.
func (s *stage) end(ctx context.Context) error {
	if _, err := rig.Run(s.csr.SSH(ctx, "relay", "session", "end", string(s.number))); err != nil {
		return err
	}
	return s.over(ctx)
}

// over waits for the end of the customer's program.
func (s *stage) over(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case <-s.exited:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the customer's program does not end:\n%s", s.log)
	}
}

// eventually tries until f has no error.
func eventually(ctx context.Context, what string, f func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := f()
		if err == nil {
			return nil
		}
		select {
		case <-time.After(poll):
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
	}
}

// privateKey makes a key, and its file.
func privateKey() (ssh.Signer, []byte, error) {
	signer, secret := newKeyPair()
	block, err := ssh.MarshalPrivateKey(secret, "")
	if err != nil {
		return nil, nil, err
	}
	return signer, pem.EncodeToMemory(block), nil
}
