//go:build unix

package hostile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/rig"
	"supportd/library/wire"
)

// downgrade is Z8: the relay takes the good algorithms out of what both ends offer, and
// offers none but old ones itself.
func downgrade(ctx context.Context, h *house, ca bool) error {
	s, err := h.open(ctx, setting{ca: ca})
	if err != nil {
		return err
	}
	defer s.close()
	for _, name := range []string{"mlkem768x25519-sha256", "kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com", "aes128-gcm@openssh.com"} {
		var changed atomic.Int32
		h.relay.Lie(s.number, &Lies{Tamper: func(_ bool, from io.Reader) io.Reader {
			return &replacing{from: from, old: []byte(name), to: bytes.Repeat([]byte("x"), len(name)), count: &changed}
		}})
		out, err := s.ssh(ctx, "status")
		const unreached = 255
		if err := seen("ssh without "+name, out, err, unreached, ""); err != nil {
			return err
		}
		if !strings.HasPrefix(name, "kex-strict") {
			if out, err := s.supportctl(ctx, "sysinfo", string(s.number), "os"); err == nil {
				return fmt.Errorf("supportctl without %s:\n%s", name, out)
			}
		}
		if changed.Load() == 0 {
			return fmt.Errorf("nobody offers %s: nothing was tried", name)
		}
	}
	h.relay.Lie(s.number, nil)
	if err := s.entered(0); err != nil {
		return err
	}
	if err := s.works(ctx); err != nil {
		return err
	}
	return s.oldRelay(ctx)
}

// replacing replaces a text in what it reads, where that stands in one piece.
type replacing struct {
	from    io.Reader
	old, to []byte
	count   *atomic.Int32
}

// Read implements [io.Reader].
func (r *replacing) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.count.Add(int32(bytes.Count(p[:n], r.old)))
	copy(p, bytes.ReplaceAll(p[:n], r.old, r.to))
	return n, err
}

// oldRelay holds that nobody's program takes the relay's key with algorithms of old.
func (s *stage) oldRelay(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	cfg := &ssh.ServerConfig{
		Config:            ssh.Config{KeyExchanges: []string{ssh.InsecureKeyExchangeDH14SHA1}, Ciphers: []string{ssh.InsecureCipherAES128CBC}, MACs: []string{ssh.HMACSHA1}},
		PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil },
		ServerVersion:     wire.Banner("supportd_relay"),
	}
	cfg.AddHostKey(s.relay.hostKey)
	var tried, taken atomic.Int32
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			tried.Add(1)
			if conn, _, _, err := ssh.NewServerConn(nc, cfg); err == nil {
				taken.Add(1)
				conn.Close()
			}
			nc.Close()
		}
	})
	defer serving.Wait()
	defer l.Close()
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return err
	}
	home := s.path("old-" + string(s.number))
	for what, cmd := range map[string]*exec.Cmd{
		"ssh": exec.CommandContext(ctx, "ssh", "-F", s.csr.Config(), "-o", "HostKeyAlias=relay", "-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no", "-p", port, host, "whoami"),
		"supportctl": exec.CommandContext(ctx, s.programs.Control, "login", owner+"@"+l.Addr().String(), "--relay-key", s.relayKey,
			"--identity", s.csr.Key()),
		"support-agent": exec.CommandContext(ctx, s.programs.Agent, string(s.number), "--relay", l.Addr().String(), "--relay-key", s.relayKey, "--allow", "sysinfo", "--ui", "none", "--state", home),
	} {
		before := tried.Load()
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=", "LC_ALL=C.UTF-8")
		log := rig.NewLog(nil)
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Start(); err != nil {
			return err
		}
		err := eventually(ctx, what+" to try", func() error {
			if tried.Load() == before {
				return errors.New(log.String())
			}
			return nil
		})
		if what == "support-agent" { // it goes on trying
			_ = cmd.Process.Signal(os.Interrupt)
		}
		if waited := cmd.Wait(); waited == nil {
			err = errors.Join(err, fmt.Errorf("%s is content:\n%s", what, log))
		}
		if err != nil {
			return err
		}
	}
	if n := taken.Load(); n > 0 {
		return fmt.Errorf("%d connections were made with algorithms of old", n)
	}
	return nil
}
