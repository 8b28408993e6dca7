//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"supportd/hack/internal/rig"
)

// server is an OpenSSH sshd on loopback.
type server struct {
	addr string
	cmd  *exec.Cmd
	done chan struct{}
}

// separation is where sshd wants its empty directory when it runs as root.
const separation = "/run/sshd"

// startServer runs sshd with the host key dir/host and the authorised key
// dir/id_ed25519.pub. Logins have an empty home directory, so that no profile
// of the person who runs this slows them down.
func startServer(ctx context.Context, dir string) (*server, error) {
	if os.Getuid() == 0 {
		if err := os.Mkdir(separation, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	program, err := exec.LookPath("sshd")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/sshd"); err != nil {
			return nil, err
		}
	}
	// sshd cannot choose a port itself; when another program is quicker, it ends
	// and the next port is tried.
	for range 10 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		s := &server{addr: l.Addr().String(), done: make(chan struct{})}
		_ = l.Close()
		if err := s.start(ctx, program, dir); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("sshd does not start; see %s", filepath.Join(dir, "sshd.log"))
}

func (s *server) start(ctx context.Context, program, dir string) error {
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		return err
	}
	config := fmt.Sprintf(`Port %s
ListenAddress %s
HostKey %s/host
AuthorizedKeysFile %[3]s/id_ed25519.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin yes
MaxStartups 2000
SetEnv HOME=%[3]s/empty
Subsystem sftp internal-sftp
`, port, host, dir)
	file := filepath.Join(dir, "sshd-"+port)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	s.cmd = exec.CommandContext(ctx, program, "-D", "-f", file, "-E", filepath.Join(dir, "sshd.log"))
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(s.done)
		_ = s.cmd.Wait()
	}()
	if err := listens(ctx, s.addr, s.done); err != nil {
		s.stop()
		return err
	}
	return nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	<-s.done
}

// listens waits until something accepts connections at addr.
func listens(ctx context.Context, addr string, gone <-chan struct{}) error {
	limit := time.After(rig.Patience)
	for {
		nc, err := net.Dial("tcp", addr)
		if err == nil {
			return nc.Close()
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-gone:
			return rig.ErrExited
		case <-limit:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
