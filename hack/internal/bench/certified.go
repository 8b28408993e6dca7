//go:build linux

package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"supportd/hack/internal/rig"
)

// certified joins a session of a customer whose program knows a CSR CA, makes a certificate
// of that, and returns how ssh_config names the computer: with a CertificateFile, as our own
// configuration does, since ssh offers the key alone first without one.
func (o *ours) certified(ctx context.Context, dir string, p rig.Programs) (hosts string, err error) {
	ca, key := filepath.Join(dir, "csr-ca"), filepath.Join(dir, "certified")
	for _, args := range [][]string{
		{"-t", "ed25519", "-N", "", "-f", ca}, {"-t", "ed25519", "-N", "", "-f", key}, {"-s", ca, "-I", "alice", "-n", "alice", "-V", "+1d", key + ".pub"},
	} {
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
	return fmt.Sprintf("Host certified\n    HostName %s.support\n    User alice\n    ProxyJump relay\n    IdentityFile %s\n    CertificateFile %s-cert.pub\n", number, key, key), nil
}
