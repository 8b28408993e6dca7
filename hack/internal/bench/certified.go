//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"supportd/hack/internal/rig"
)

// certified joins a session of a customer whose program knows a CSR CA, has that sign the key
// that everybody here logs in with, and returns how ssh_config names the computer: with a
// CertificateFile, as our own configuration does, since ssh offers the key alone first
// without one. A key of its own would be one more for ssh to load.
func (o *ours) certified(ctx context.Context, dir string, p rig.Programs) (hosts string, err error) {
	ca, key := filepath.Join(dir, "csr-ca"), filepath.Join(dir, "certified.pub")
	public, err := os.ReadFile(filepath.Join(dir, "id_ed25519.pub"))
	if err == nil {
		err = os.WriteFile(key, public, 0o600)
	}
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{{"-t", "ed25519", "-N", "", "-f", ca}, {"-s", ca, "-I", "alice", "-n", "alice", "-V", "+1d", key}} {
		if _, err := rig.Run(exec.CommandContext(ctx, "ssh-keygen", append([]string{"-q"}, args...)...)); err != nil {
			return "", err
		}
	}
	number, err := o.session()
	if err != nil {
		return "", err
	}
	if err := o.join(ctx, dir, number, p, "--csr-ca", ca+".pub"); err != nil {
		return "", err
	}
	o.knowsCA = o.agent
	return fmt.Sprintf("Host certified\n    HostName %s.support\n    User alice\n    ProxyJump relay\n    CertificateFile %s\n", number, filepath.Join(dir, "certified-cert.pub")), nil
}
