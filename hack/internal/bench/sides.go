//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/library/sshd"
)

// side is one of the two that are compared. The ssh_config at config knows
// three hosts behind the side's relay: "computer" is what a CSR would reach, "bulk"
// has commands for as many bytes as one likes, and "sshd" is the same sshd for both sides.
type side struct {
	name   string
	config string
	relay  int                 // process that is the relay, with all its children
	probe  []string            // a trivial command on "computer"
	bulk   map[string]commands // by host
	env    []string            // what ssh has in its environment besides
	close  []func() error
}

// commands are those that move bytes: zeros writes as many as it is told,
// swallow says "ready", reads everything, and says how much it was.
type commands struct{ zeros, swallow string }

// shellCommands are those of a host with a shell.
func shellCommands() commands { return commands{"head -c %d /dev/zero", "echo ready; wc -c"} }

func (s *side) onClose(f func() error) { s.close = append(s.close, f) }

// stop ends what the side has started, the last first.
func (s *side) stop() (err error) {
	for i := range s.close {
		err = errors.Join(err, s.close[len(s.close)-1-i]())
	}
	return err
}

// ssh is a client command of this side.
func (s *side) ssh(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "ssh", append([]string{"-F", s.config}, args...)...)
	if len(s.env) > 0 {
		cmd.Env = append(cmd.Environ(), s.env...)
	}
	return cmd
}

// keys makes what both sides share: a user key, a host key for every sshd, and
// an empty home directory.
func keys(ctx context.Context, dir string) error {
	for _, name := range []string{"id_ed25519", "host"} {
		if _, err := rig.Run(exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name))); err != nil {
			return err
		}
	}
	return os.Mkdir(filepath.Join(dir, "empty"), 0o755)
}

// writeConfig writes an ssh_config for a side: hosts is its own part. Every
// sshd goes by the name "openssh" in known_hosts.
func writeConfig(dir, name, hosts, known string) (string, error) {
	hostKey, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	if err != nil {
		return "", err
	}
	knownHosts := filepath.Join(dir, name+"-known_hosts")
	if err := os.WriteFile(knownHosts, []byte("openssh "+string(hostKey)+known), 0o600); err != nil {
		return "", err
	}
	config := filepath.Join(dir, name+"-config")
	return config, os.WriteFile(config, fmt.Appendf(nil, `%s
Host *
    IdentityFile %s/id_ed25519
    IdentitiesOnly yes
    IdentityAgent none
    BatchMode yes
    StrictHostKeyChecking yes
    UserKnownHostsFile %s
    GlobalKnownHostsFile none
    LogLevel ERROR
`, hosts, dir, knownHosts), 0o600)
}

// newOpenSSH sets up what people do without us: an sshd in the middle, "ssh -R"
// from the customer's computer to it, "ssh -J" through it.
// With pinned its connections, that of the tunnel too, use the algorithms of [pinned].
func newOpenSSH(ctx context.Context, dir, inner, pinned string) (_ *side, err error) {
	name := "openssh"
	if pinned != "" {
		name += "-pinned"
	}
	s := &side{
		name: "OpenSSH", probe: []string{"echo", "ready"},
		bulk: map[string]commands{"bulk": shellCommands(), "sshd": shellCommands()},
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	middle, err := startServer(ctx, dir)
	if err != nil {
		return nil, err
	}
	s.onClose(func() error { middle.stop(); return nil })
	s.relay = middle.cmd.Process.Pid
	host, port, _ := net.SplitHostPort(middle.addr)
	me, err := customers.UserName()
	if err != nil {
		return nil, err
	}
	through := fmt.Sprintf("Host relay\n    HostName %s\n    Port %s\n    User %s\n    HostKeyAlias openssh\n", host, port, me)
	if s.config, err = writeConfig(dir, name, through+pinned, ""); err != nil {
		return nil, err
	}
	tunnel := s.ssh(ctx, "-N", "-o", "ExitOnForwardFailure=yes", "-o", "LogLevel=INFO", "-R", "127.0.0.1:0:"+inner, "relay")
	log := rig.NewLog(nil)
	tunnel.Stderr = log
	if err := tunnel.Start(); err != nil {
		return nil, err
	}
	gone := make(chan struct{})
	go func() { defer close(gone); _ = tunnel.Wait() }()
	s.onClose(func() error { _ = tunnel.Process.Kill(); <-gone; return nil })
	waiting, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	line, err := log.Await(waiting, gone, "Allocated port")
	if err != nil {
		return nil, err
	}
	var allocated int
	if _, err := fmt.Sscanf(line, "Allocated port %d for", &allocated); err != nil {
		return nil, err
	}
	far := fmt.Sprintf("Host bulk computer sshd\n    HostName 127.0.0.1\n    Port %d\n    User %s\n    ProxyJump relay\n    HostKeyAlias openssh\n", allocated, me)
	s.config, err = writeConfig(dir, name, through+far+pinned, "")
	return s, err
}

// pinned are lines of ssh_config with which both sides use the same ciphers and the same key
// exchange, on every connection: those of the product that OpenSSH has in all versions in
// use.
const pinned = `Host *
    Ciphers aes128-gcm@openssh.com
    KexAlgorithms curve25519-sha256
`

// ours is our side, and what only it has.
type ours struct {
	*side
	pinned *side // the same with pinned algorithms
	relay  *rig.Relay
	api    *ssh.Client  // a CSR who is logged in
	agent  *rig.Console // the customer at "computer"
	// knowsCA is the customer at "certified", whose program knows a CSR CA.
	knowsCA *rig.Console
}

// newOurs sets up a relay and four customers: two with the real program, one of which knows
// a CSR CA, one with the product's tunnel and server but other commands, and one whose
// tunnel leads to the same sshd as OpenSSH's.
func newOurs(ctx context.Context, dir, inner string, p rig.Programs) (_ *ours, err error) {
	o := &ours{side: &side{
		name: "supportd", probe: []string{"status"},
		bulk: map[string]commands{"bulk": {"zeros %d", "swallow"}, "sshd": shellCommands()},
	}}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.stop())
		}
	}()
	if o.relay, err = rig.StartRelay(ctx, p, filepath.Join(dir, "relay"), "", nil); err != nil {
		return nil, err
	}
	if err := o.open(ctx, dir); err != nil {
		return nil, err
	}
	key := filepath.Join(dir, "id_ed25519")
	bulk, err := o.tunnel(ctx, customers.Spec{Inner: true, Key: key})
	if err != nil {
		return nil, err
	}
	same, err := o.tunnel(ctx, customers.Spec{Target: inner})
	if err != nil {
		return nil, err
	}
	certified, err := o.certified(ctx, dir, p)
	if err != nil {
		return nil, err
	}
	computer, err := o.session()
	if err != nil {
		return nil, err
	}
	if err := o.join(ctx, dir, computer, p); err != nil {
		return nil, err
	}
	known, err := o.command("known-hosts")
	if err != nil {
		return nil, err
	}
	me, err := customers.UserName()
	if err != nil {
		return nil, err
	}
	hosts := fmt.Sprintf(`Host relay
    HostName %s
    Port %s
    User alice
Host sshd
    HostName %s.support
    User %s
    ProxyJump relay
    HostKeyAlias openssh
Host bulk
    HostName %s.support
    User alice
    ProxyJump relay
Host computer
    HostName %s.support
    User alice
    ProxyJump relay
`, o.relay.Host(), o.relay.Port(), same, me, bulk, computer) + certified
	if o.config, err = writeConfig(dir, "supportd", hosts, known); err != nil {
		return nil, err
	}
	alike := *o.side
	alike.close = nil // they are stopped with the side
	o.pinned = &alike
	o.pinned.config, err = writeConfig(dir, "supportd-pinned", hosts+pinned, known)
	return o, err
}

// newRelay starts a relay for one measurement, with alice logged in and no customer.
func (b *bench) newRelay(ctx context.Context) (_ *ours, err error) {
	dir, err := b.place("relay")
	if err != nil {
		return nil, err
	}
	o := &ours{side: &side{name: "supportd"}}
	if o.relay, err = rig.StartRelay(ctx, b.programs, filepath.Join(dir, "data"), "", nil); err != nil {
		return nil, err
	}
	if err := o.open(ctx, b.dir); err != nil {
		return nil, errors.Join(err, o.stop())
	}
	return o, nil
}

// open makes alice's account on the relay that has been started, and logs her in.
func (o *ours) open(ctx context.Context, dir string) error {
	o.onClose(o.relay.Stop)
	o.side.relay = o.relay.Process().Pid
	if _, err := o.relay.Admin(ctx, "csr", "add", "alice", "--key", filepath.Join(dir, "id_ed25519.pub")); err != nil {
		return err
	}
	if err := o.logIn(dir); err != nil {
		return err
	}
	o.onClose(o.api.Close)
	return nil
}

// tunnel joins a session with a simulated customer and returns its number.
func (o *ours) tunnel(ctx context.Context, spec customers.Spec) (string, error) {
	number, err := o.session()
	if err != nil {
		return "", err
	}
	spec.Addr, spec.Numbers, spec.Workers = o.relay.Addr, []string{number}, 1
	l, err := customers.Start(ctx, spec)
	if err != nil {
		return "", err
	}
	o.onClose(l.Stop)
	return number, nil
}

// join runs the real program as a customer who has allowed everything.
func (o *ours) join(ctx context.Context, dir, number string, p rig.Programs, more ...string) error {
	fingerprint, err := o.relay.Admin(ctx, "fingerprint")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, p.Agent, append([]string{"join", number, "--relay", o.relay.Addr, "--relay-key", firstWord(fingerprint),
		"--allow", "all", "--state", filepath.Join(dir, "state-"+number)}, more...)...)
	agent, err := rig.OpenConsole(cmd, nil)
	if err != nil {
		return err
	}
	o.agent = agent
	o.onClose(func() error { agent.Close(); return nil })
	limit, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	if err := o.awaitActive(limit, number); err != nil {
		return fmt.Errorf("%w; the screen shows:\n%s", err, o.agent.Screen())
	}
	return nil
}

// awaitActive waits until a customer has joined.
func (o *ours) awaitActive(ctx context.Context, number string) error {
	for {
		text, err := o.command("session show " + number + " --json")
		if err != nil {
			return err
		}
		var s struct{ State string }
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return err
		}
		if s.State == "active" {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("the customer did not join")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// logIn connects to the relay as the CSR.
func (o *ours) logIn(dir string) error {
	key, err := customers.ReadKey(filepath.Join(dir, "id_ed25519"))
	if err != nil {
		return err
	}
	o.api, err = ssh.Dial("tcp", o.relay.Addr, &ssh.ClientConfig{
		Config: sshd.Algorithms(), User: "alice", Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // on loopback, of a process we started
		Timeout:         rig.Patience,
	})
	return err
}

// command runs a relay command and returns what it printed.
func (o *ours) command(line string) (string, error) {
	session, err := o.api.NewSession()
	if err != nil {
		return "", err
	}
	defer session.Close()
	out, err := session.Output(line)
	if err != nil {
		err = fmt.Errorf("%s: %w", line, err)
	}
	return string(out), err
}

// sessions starts n support sessions.
func (o *ours) sessions(n int) (numbers []string, err error) {
	numbers = make([]string, n)
	for i := range numbers {
		if numbers[i], err = o.session(); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

// session starts a support session and returns its number.
func (o *ours) session() (string, error) {
	text, err := o.command("session start --json")
	if err != nil {
		return "", err
	}
	var s struct{ Number string }
	return s.Number, json.Unmarshal([]byte(text), &s)
}
