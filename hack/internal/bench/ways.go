//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"supportd/hack/internal/customers"
	"supportd/hack/internal/rig"
	"supportd/hack/testkit"
)

const (
	// leastWeb is which part of direct SSH's throughput a WebSocket has at least.
	leastWeb = 0.6
	// mostWeb is how many bytes more a relay keeps for an idle tunnel in one, whether it
	// does TLS itself or a web server before it does.
	mostWeb = 6 << 10
	// joinLimit is how long a join may take, in ms.
	joinLimit = 1000
	// wayBatches is how often the files of a round are put, one batch after the other.
	wayBatches = 4
)

// webRelay is a relay with a web port that has a certificate.
type webRelay struct {
	*ours
	dir, url, roots, pin string
	programs             rig.Programs
}

// ways compares the ways to a relay of its own, which are all the product's.
func (b *bench) ways(ctx context.Context) (rows []row, err error) {
	w, err := b.newWebRelay(ctx, filepath.Join(b.dir, "ways"), true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	for _, measure := range []func(context.Context, *webRelay) ([]row, error){b.waysThroughput, b.waysFiles, b.waysJoin} {
		more, err := measure(ctx, w)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	more, err := b.waysIdle(ctx)
	return append(rows, more...), err
}

// newWebRelay starts one, and lets alice in.
func (b *bench) newWebRelay(ctx context.Context, dir string, tls bool) (_ *webRelay, err error) {
	w := &webRelay{
		ours: &ours{side: &side{name: "ways"}}, dir: dir, programs: b.programs,
		roots: filepath.Join(dir, "relay.pem"),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.stop())
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	more, scheme := []string{"--web", "127.0.0.1:0"}, "http://"
	if tls {
		key, config := filepath.Join(dir, "relay.key"), filepath.Join(dir, "relay.toml")
		if _, err := testkit.NewCertificate(w.roots, key, time.Hour, "127.0.0.1"); err != nil {
			return nil, err
		}
		if err := os.WriteFile(config, fmt.Appendf(nil, "[tls]\ncert = %q\nkey = %q\n", w.roots, key), 0o600); err != nil {
			return nil, err
		}
		more, scheme = append(more, "--config", config), "https://"
	}
	if w.relay, err = rig.StartRelay(ctx, b.programs, filepath.Join(dir, "relay"), "", nil, more...); err != nil {
		return nil, err
	}
	if err := w.open(ctx, b.dir); err != nil {
		return nil, err
	}
	web, err := w.relay.Web(ctx)
	if err != nil {
		return nil, err
	}
	w.url = scheme + web
	pin, err := w.relay.Admin(ctx, "fingerprint")
	w.pin = firstWord(pin)
	return w, err
}

// wayThere is a side of the same relay: hosts has the host's sessions.
func (w *webRelay) wayThere(b *bench, name, proxyCommand string, hosts map[string]string) (*side, error) {
	known, err := w.command("known-hosts")
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf("Host relay\n    HostName %s\n    Port %s\n    User alice\n%s", w.relay.Host(), w.relay.Port(), proxyCommand)
	for host, number := range hosts {
		config += fmt.Sprintf("Host %s\n    HostName %s.support\n    User alice\n    ProxyJump relay\n", host, number)
	}
	s := &side{name: name, relay: w.side.relay, bulk: map[string]commands{"bulk": {"zeros %d", "swallow"}}}
	s.config, err = writeConfig(b.dir, "ways-"+name, config, known)
	return s, err
}

// connectCommand is the line of ssh_config that makes ssh come in a WebSocket.
func (w *webRelay) connectCommand() string {
	return fmt.Sprintf("    ProxyCommand env SSL_CERT_FILE=%s HOME=%s XDG_CONFIG_HOME=%[2]s %s connect %s\n", w.roots, w.dir, w.programs.Control, w.url)
}

// waysThroughput moves bytes to and from simulated customers with the product's
// client and server, who came directly and in a WebSocket.
func (b *bench) waysThroughput(ctx context.Context, w *webRelay) ([]row, error) {
	b.say("throughput by WebSocket: %d rounds of %d MiB each way", b.rounds, b.bytes>>20)
	key := filepath.Join(b.dir, "id_ed25519")
	near, err := w.tunnel(ctx, customers.Spec{Inner: true, Key: key})
	if err != nil {
		return nil, err
	}
	far, err := w.tunnel(ctx, customers.Spec{Inner: true, Key: key, Web: w.url, Roots: w.roots})
	if err != nil {
		return nil, err
	}
	var sides []*side
	for _, s := range []struct{ name, proxy, number string }{{"direct", "", near}, {"customer", "", far}, {"both", w.connectCommand(), far}} {
		made, err := w.wayThere(b, s.name, s.proxy, map[string]string{"bulk": s.number})
		if err != nil {
			return nil, err
		}
		sides = append(sides, made)
	}
	all, err := b.stream(ctx, "bulk", sides...)
	if err != nil {
		return nil, err
	}
	direct, web, both := all[sides[0]], all[sides[1]], all[sides[2]]
	return []row{
		told("customer by WebSocket, to CSR", "MB/s", median(web.down)),
		told("customer by WebSocket, from CSR", "MB/s", median(web.up)),
		ratioOf("  of direct SSH, to CSR", median(web.down), median(direct.down), leastWeb),
		ratioOf("  of direct SSH, from CSR", median(web.up), median(direct.up), leastWeb),
		ratioOf("  and CSR by supportctl connect, to CSR", median(both.down), median(direct.down), leastWeb),
		ratioOf("  and CSR by supportctl connect, from CSR", median(both.up), median(direct.up), leastWeb),
		told("relay CPU by WebSocket, to CSR", "s/GB", median(web.downCPU)),
		told("relay CPU by WebSocket, from CSR", "s/GB", median(web.upCPU)),
	}, nil
}

// waysFiles moves files to and from the real program, which came directly and in a
// WebSocket.
func (b *bench) waysFiles(ctx context.Context, w *webRelay) ([]row, error) {
	b.say("files by WebSocket: %d rounds of %d files of 1 MiB each way", b.rounds, wayBatches*filesPerRound)
	var sides []*side
	for _, s := range []struct{ name, relay string }{{"agent-direct", w.relay.Addr}, {"agent-web", w.url}} {
		number, err := w.session()
		if err != nil {
			return nil, err
		}
		agent, err := w.agentJoins(ctx, number, s.relay)
		if err != nil {
			return nil, err
		}
		w.onClose(agent.stop)
		made, err := w.wayThere(b, s.name, "", map[string]string{"computer": number})
		if err != nil {
			return nil, err
		}
		sides = append(sides, made)
	}
	put, get, err := fileBatches(b.dir)
	if err != nil {
		return nil, err
	}
	up, down := map[*side][]float64{}, map[*side][]float64{}
	err = inTurns(b.rounds, sides, func(s *side) error {
		seconds, err := s.sftp(ctx, strings.Repeat(put, wayBatches))
		if err != nil {
			return err
		}
		up[s] = append(up[s], seconds)
		seconds, err = s.sftp(ctx, strings.Repeat(get, wayBatches))
		down[s] = append(down[s], seconds)
		return err
	})
	if err != nil {
		return nil, err
	}
	direct, web := sides[0], sides[1]
	return []row{
		ratioOf("support-agent by WebSocket, files put", median(up[direct]), median(up[web]), leastWeb),
		ratioOf("support-agent by WebSocket, files got", median(down[direct]), median(down[web]), leastWeb),
	}, nil
}

// agentProcess is a support-agent that nobody sits at.
type agentProcess struct {
	cmd *exec.Cmd
	log *rig.Log
}

// agentJoins starts one, which allows scripts beforehand, and waits until it has joined.
func (w *webRelay) agentJoins(ctx context.Context, number, relay string, env ...string) (*agentProcess, error) {
	a := &agentProcess{log: rig.NewLog(nil)}
	a.cmd = exec.CommandContext(ctx, w.programs.Agent, "join", number, "--relay", relay, "--relay-key", w.pin,
		"--allow", "script", "--ui", "none", "--state", filepath.Join(w.dir, "state-"+number))
	a.cmd.Env = append(append(os.Environ(), "SSL_CERT_FILE="+w.roots), env...)
	a.cmd.Stdout, a.cmd.Stderr = a.log, a.log
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	limit, cancel := context.WithTimeout(ctx, rig.Patience)
	defer cancel()
	if err := w.awaitActive(limit, number); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s", err, a.log), a.stop())
	}
	return a, nil
}

// stop ends the session.
func (a *agentProcess) stop() error {
	_ = a.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	var exit *exec.ExitError
	if err := a.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// waysJoin measures from the start of support-agent until the session is active.
func (b *bench) waysJoin(ctx context.Context, w *webRelay) (rows []row, err error) {
	b.say("joins by each way: %d rounds", b.rounds)
	_, web, _ := strings.Cut(w.url, "://")
	proxies, err := startProxies(web)
	if err != nil {
		return nil, err
	}
	defer proxies.stop()
	ways := []struct{ name, relay, env string }{
		{"support-agent to active, direct", w.relay.Addr, ""},
		{"support-agent to active, SSH on web port", web, ""},
		{"support-agent to active, WebSocket", w.url, ""},
		{"support-agent to active, HTTP proxy", proxiedHost, "HTTPS_PROXY=http://" + proxies.http.Addr().String()},
		{"support-agent to active, SOCKS5 proxy", proxiedHost, "ALL_PROXY=socks5://" + proxies.socks.Addr().String()},
	}
	took := make([][]float64, len(ways))
	for range b.rounds {
		for i, way := range ways {
			number, err := w.session()
			if err != nil {
				return nil, err
			}
			from := time.Now()
			agent, err := w.agentJoins(ctx, number, way.relay, "HTTPS_PROXY=", "https_proxy=", "ALL_PROXY=", "all_proxy=", "NO_PROXY=", "no_proxy=", way.env)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", way.name, err)
			}
			took[i] = append(took[i], float64(time.Since(from).Microseconds())/1000)
			if err := agent.stop(); err != nil {
				return nil, err
			}
		}
	}
	for i, way := range ways {
		rows = append(rows, within(way.name, "ms", median(took[i]), joinLimit))
	}
	return rows, nil
}
