//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
)

// chisel is a relay of github.com/jpillora/chisel and its customers: SSH in WebSockets. It is
// set up as its manual has it, and as carefully as the others: everybody has a password, and
// knows the server by its fingerprint. A CSR has no way to a computer but through it.
type chisel struct {
	program           string // of those who connect
	addr, fingerprint string
	// env has the password. The program takes it from its command line or from there. It
	// belongs to this relay alone.
	env    []string
	server *running
	others []*running
}

// running is a program that has been started.
type running struct {
	cmd  *exec.Cmd
	log  *rig.Log
	gone chan struct{}
}

func run(cmd *exec.Cmd) (*running, error) {
	r := &running{cmd: cmd, log: rig.NewLog(nil), gone: make(chan struct{})}
	cmd.Stderr = r.log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { defer close(r.gone); _ = cmd.Wait() }()
	return r, nil
}

func (r *running) stop() { _ = r.cmd.Process.Kill(); <-r.gone }

// await waits until the program writes a line with text.
func (r *running) await(ctx context.Context, text string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	return r.log.Await(ctx, r.gone, text)
}

// atFreePort calls start with addresses on loopback that nobody listens on, until it works:
// the program cannot choose a port itself, and another one may be quicker.
func atFreePort(start func(addr string) error) error {
	var failed error
	for range 10 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		addr := l.Addr().String()
		_ = l.Close()
		if failed = start(addr); !errors.Is(failed, rig.ErrExited) {
			return failed
		}
	}
	return failed
}

// startChisel starts a relay that nobody uses yet.
func startChisel(ctx context.Context, program, dir string) (*chisel, error) {
	c := &chisel{program: program + clientSuffix, env: []string{"AUTH=bench:" + rand.Text()}}
	return c, atFreePort(func(addr string) error {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return err
		}
		if c.server, err = run(c.command(ctx, dir, program, "server", "--reverse", "--host", host, "--port", port)); err != nil {
			return err
		}
		line, err := c.server.await(ctx, "Fingerprint ")
		if err == nil {
			_, c.fingerprint, _ = strings.Cut(line, "Fingerprint ")
			c.addr, c.fingerprint = addr, firstWord(c.fingerprint)
			err = listens(ctx, addr, c.server.gone)
		}
		if err != nil {
			c.server.stop()
		}
		return err
	})
}

func (c *chisel) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, append(cmd.Environ(), c.env...)
	return cmd
}

// client are the arguments of somebody who connects.
func (c *chisel) client(remote string) []string {
	return []string{"client", "--fingerprint", c.fingerprint, "--max-retry-count", "0", "http://" + c.addr, remote}
}

func (c *chisel) pid() int { return c.server.cmd.Process.Pid }

// gone is closed when the relay has ended.
func (c *chisel) gone() <-chan struct{} { return c.server.gone }

// stop ends all.
func (c *chisel) stop() {
	for _, r := range append(c.others, c.server) {
		r.stop()
	}
}

// tunnel has a customer come whose tunnel leads to target, and returns where it begins at the
// relay.
func (c *chisel) tunnel(ctx context.Context, target string) (at string, err error) {
	err = atFreePort(func(addr string) error {
		customer, err := run(c.command(ctx, "", c.program, c.client("R:"+addr+":"+target)...))
		if err != nil {
			return err
		}
		if _, err := customer.await(ctx, "Connected"); err != nil {
			customer.stop()
			return err
		}
		at, c.others = addr, append(c.others, customer)
		return nil
	})
	return at, err
}

// sshConfig writes an ssh_config for a CSR who reaches an sshd at the end of the tunnel that
// begins at far.
func (c *chisel) sshConfig(dir, name, far, algorithms string) (string, error) {
	host, port, err := net.SplitHostPort(far)
	if err != nil {
		return "", err
	}
	me, err := customers.UserName()
	if err != nil {
		return "", err
	}
	words := append([]string{c.program}, c.client("stdio:%h:%p")...)
	for i, word := range words[:len(words)-1] {
		words[i] = "'" + strings.NewReplacer("%", "%%", "'", `'\''`).Replace(word) + "'"
	}
	return writeConfig(dir, name, fmt.Sprintf("Host computer sshd\n    HostName %s\n    Port %s\n    User %s\n    HostKeyAlias openssh\n    ProxyCommand %s\n",
		host, port, me, strings.Join(words, " "))+algorithms, "")
}
