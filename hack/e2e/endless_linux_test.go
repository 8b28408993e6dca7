package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// poured is how much a computer writes on one stream, in bytes: more than supportctl may
// ever have in memory.
const poured = 96 << 20

// P6: a computer writes on and on, on either stream and whatever it is asked for. The
// real supportctl stays under 64 MiB, and ends with an error.
func TestK1P6_AComputerThatWritesForEver(t *testing.T) {
	s := newSite(t, "")
	alice := s.csr("alice")
	number := s.session(alice, "start", "--json").Number
	computer := s.enter(number)
	most := int64(64 << 10) // KiB
	if len(raceFlags()) > 0 {
		most *= 6 // the detector's own memory
	}
	home := t.TempDir()
	run := func(args ...string) (string, int64, error) {
		ctx, cancel := context.WithTimeout(s.ctx, time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, programs().Control, args...)
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"), "XDG_STATE_HOME="+filepath.Join(home, ".state"))
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended, peak := make(chan struct{}), make(chan int64, 1)
		go func() { peak <- peakMemory(cmd.Process.Pid, ended) }()
		err := cmd.Wait()
		close(ended)
		return out.String(), <-peak, err
	}
	key, err := s.relay.Admin(s.ctx, "fingerprint")
	if err != nil {
		t.Fatal(err)
	}
	if out, _, err := run("login", "alice@"+s.relay.Addr, "--relay-key", strings.TrimSpace(key), "--identity", alice.Key()); err != nil {
		t.Fatal(out, err)
	}
	script := filepath.Join(home, "x.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	const many = 64 << 10
	for _, c := range []struct {
		errors bool  // on standard error
		least  int64 // that the computer gets rid of
		args   []string
	}{
		{true, many, []string{"sysinfo", string(number)}},
		{false, many, []string{"sysinfo", string(number), "--save", filepath.Join(home, "pc.txt")}},
		{true, many, []string{"chat", string(number), "hello"}},
		// The first bytes are no answer of SFTP, and the client is gone.
		{false, chunkSize, []string{"script", "run", script, "--session", string(number)}},
	} {
		computer.errors.Store(c.errors)
		before := computer.wrote.Load()
		out, used, err := run(c.args...)
		t.Logf("%.60v: %d MiB, %v: %.90s", c.args, used>>10, err, out)
		wrote := computer.wrote.Load() - before
		if used == 0 || used > most || err == nil || len(out) > 1<<20 || wrote < c.least {
			t.Errorf("%v: %d KiB of memory, at most %d, beside %d bytes; %d were told, %v", c.args, used, most, wrote, len(out), err)
		}
	}
}

// peakMemory is the most that a process had in memory until it ended, in KiB. What wait4(2)
// tells is no less than what the process had that started it.
func peakMemory(pid int, ended <-chan struct{}) (peak int64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if _, line, found := strings.Cut(string(status), "VmHWM:"); found {
			var now int64
			if _, err := fmt.Sscan(line, &now); err == nil {
				peak = max(peak, now)
			}
		}
		select {
		case <-ended:
			return peak
		case <-tick.C:
		}
	}
}

// endless is a computer that answers every request on a channel with [poured] bytes.
type endless struct {
	errors atomic.Bool  // they go to standard error
	wrote  atomic.Int64 // bytes, so far
	key    ssh.Signer   // that the relay has certified
}

// enter joins a support session with such a computer.
func (s *site) enter(n wire.Number) *endless {
	s.t.Helper()
	key := testkit.NewKey(s.t)
	client := s.dial(key)
	go func() { // ends with the connection, as all below it
		for r := range client.Requests {
			_ = r.Reply(true, nil)
		}
	}()
	_, answer, err := client.SendRequest(wire.JoinRequest, true, wire.Join{Version: wire.ProtocolVersion, Number: string(n)}.Marshal())
	if err != nil {
		s.t.Fatal(err)
	}
	m, err := wire.ParseWelcome(answer)
	if err != nil || m.Code != wire.CodeOK {
		s.t.Fatal(m.Code, err)
	}
	public, err := ssh.ParsePublicKey(m.Certificate)
	if err != nil {
		s.t.Fatal(err)
	}
	e := &endless{}
	if e.key, err = ssh.NewCertSigner(public.(*ssh.Certificate), key); err != nil {
		s.t.Fatal(err)
	}
	if ok, _, err := client.SendRequest(wire.ForwardRequest, true, wire.Forward{Host: n.Host(), Port: wire.TunnelPort}.Marshal()); !ok || err != nil {
		s.t.Fatal("no tunnel", err)
	}
	go func() {
		for nc := range client.Channels {
			if ch, requests, err := nc.Accept(); err == nil {
				go ssh.DiscardRequests(requests)
				go e.serve(sshd.ChannelConn(ch, &net.TCPAddr{}))
			}
		}
	}()
	return e
}

func (e *endless) serve(nc net.Conn) {
	cfg := &ssh.ServerConfig{
		PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil },
		ServerVersion:     wire.Banner("supportd_daemon"),
	}
	cfg.AddHostKey(e.key)
	_, channels, requests, err := ssh.NewServerConn(nc, cfg)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for nc := range channels {
		ch, requests, err := nc.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range requests {
				_ = r.Reply(true, nil)
				if r.Type == "exec" || r.Type == "subsystem" {
					go e.pour(ch)
				}
			}
		}()
	}
}

// chunkSize is how much such a computer writes at once, in bytes.
const chunkSize = 16 << 10

func (e *endless) pour(ch ssh.Channel) {
	var to io.Writer = ch
	if e.errors.Load() {
		to = ch.Stderr()
	}
	chunk := bytes.Repeat([]byte("x"), chunkSize)
	for range poured / len(chunk) {
		n, err := to.Write(chunk)
		e.wrote.Add(int64(n))
		if err != nil {
			break
		}
	}
	_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{1}))
	ch.Close()
}
