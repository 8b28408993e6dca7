//go:build unix

package rig

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// CSR is a support rep with an account on the relay and the stock OpenSSH client:
// a directory with a key, an ssh_config and a known_hosts file. Every host key
// is checked strictly, and nothing of the person who runs this is read.
type CSR struct {
	Account string
	Dir     string
}

// Key is the path of the private key.
func (c CSR) Key() string { return filepath.Join(c.Dir, "id_ed25519") }

// Config is the path of the ssh_config.
func (c CSR) Config() string { return filepath.Join(c.Dir, "config") }

// KnownHosts is the path of the known_hosts file.
func (c CSR) KnownHosts() string { return filepath.Join(c.Dir, "known_hosts") }

// NewCSR makes a key and an account for it, and an ssh_config under which the
// relay is "relay" and a customer's computer is NUMBER.support. What the relay says with
// "known-hosts" is the whole known_hosts file.
func NewCSR(ctx context.Context, r *Relay, account, name, dir string) (CSR, error) {
	c := CSR{Account: account, Dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return c, err
	}
	if _, err := Run(exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", account, "-f", c.Key())); err != nil {
		return c, err
	}
	if _, err := r.Admin(ctx, "csr", "add", account, "--key", c.Key()+".pub", "--name", name); err != nil {
		return c, err
	}
	return c, c.Trust(ctx, r)
}

// Trust writes the ssh_config, and the known_hosts file. The relay's own key
// comes from its fingerprint, which an operator reads out; the rest comes from
// the relay itself.
func (c CSR) Trust(ctx context.Context, r *Relay) error {
	config := fmt.Sprintf(`Host relay
    HostName %s
    Port %s
Host *.support
    ProxyJump relay
Host *
    User %s
    IdentityFile %s
    IdentitiesOnly yes
    IdentityAgent none
    BatchMode yes
    StrictHostKeyChecking yes
    UserKnownHostsFile %s
    GlobalKnownHostsFile none
`, r.Host(), r.Port(), c.Account, c.Key(), c.KnownHosts())
	if err := os.WriteFile(c.Config(), []byte(config), 0o600); err != nil {
		return err
	}
	seen, err := Run(exec.CommandContext(ctx, "ssh-keyscan", "-t", "ed25519", "-p", r.Port(), r.Host()))
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.KnownHosts(), []byte(seen), 0o600); err != nil {
		return err
	}
	want, err := r.Admin(ctx, "fingerprint")
	if err != nil {
		return err
	}
	got, err := Run(exec.CommandContext(ctx, "ssh-keygen", "-l", "-f", c.KnownHosts()))
	if err != nil {
		return err
	}
	if !strings.Contains(got, strings.TrimSpace(want)) {
		return fmt.Errorf("the relay's key is %s, but its fingerprint is %s", got, want)
	}
	hosts, err := c.login(ctx, "known-hosts")
	if err != nil {
		return err
	}
	return os.WriteFile(c.KnownHosts(), []byte(hosts), 0o600)
}

// login runs a command on the relay, which takes a moment to hear of accounts
// that its program has added beside it.
func (c CSR) login(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	for {
		out, err := Run(c.SSH(ctx, "relay", command))
		if err == nil {
			return out, nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return "", err
		}
	}
}

// SSH is an ssh command of this CSR.
func (c CSR) SSH(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ssh", append([]string{"-F", c.Config()}, args...)...)
}

// SFTP is an sftp command of this CSR that reads its batch from standard input.
func (c CSR) SFTP(ctx context.Context, host, batch string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sftp", "-q", "-F", c.Config(), "-b", "-", host)
	cmd.Stdin = strings.NewReader(batch)
	return cmd
}
