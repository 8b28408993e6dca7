package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/sshd/sshdtest"
	"supportd/library/wire"
)

const benchNumber = wire.Number("482913077")

// peer is a relay or a computer that answers as a test says. Commands that it does
// not know fail.
type peer struct {
	mu       sync.Mutex
	commands map[string]func(*sshd.Session) int
	asked    []string
	refuse   string // why the computer is not reached; "" is not at all
}

func (p *peer) on(command string, f func(*sshd.Session) int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commands[command] = f
}

func (p *peer) serve(_ context.Context, s *sshd.Session) int {
	p.mu.Lock()
	p.asked = append(p.asked, s.Command)
	f := p.commands[s.Command]
	p.mu.Unlock()
	if f == nil {
		fmt.Fprintf(s.Stderr(), "test: unknown command %q\n", s.Command)
		return cmdline.ExitUsage
	}
	return f(s)
}

func (p *peer) heard() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asked, "\n")
}

// says is an answer; each time the next one, and the last one from then on.
func says(texts ...string) func(*sshd.Session) int {
	var mu sync.Mutex
	return func(s *sshd.Session) int {
		mu.Lock()
		defer mu.Unlock()
		_, _ = io.WriteString(s, texts[0])
		if len(texts) > 1 {
			texts = texts[1:]
		}
		return cmdline.ExitOK
	}
}

// refuses is what a command that failed says.
func refuses(code int, text, hint string) func(*sshd.Session) int {
	return func(s *sshd.Session) int {
		cmdline.Report(s.Stderr(), "support-agent", cmdline.Fail(code, hint, "%s", text))
		return code
	}
}

// network is a relay on loopback with one computer behind it, and a program that is
// logged in.
type network struct {
	*bench
	relay, computer *peer
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{bench: newBench(t), relay: &peer{commands: map[string]func(*sshd.Session) int{}}, computer: &peer{commands: map[string]func(*sshd.Session) int{}}}
	relayKey, ca, computerKey := testkit.NewKey(t), testkit.NewKey(t), testkit.NewKey(t)
	file := filepath.Join(n.home, ".ssh", "id_ed25519")
	own := writeKey(t, file, "")

	computer := n.server(t, n.computer, testkit.HostCert(t, ca, computerKey, benchNumber.Host()), own, nil)
	relay := n.server(t, n.relay, relayKey, own, func(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
		if n.relay.refuse != "" {
			c.Reject(nc, ssh.ConnectionFailed, n.relay.refuse)
			return
		}
		ch, requests, err := nc.Accept()
		if err != nil {
			return
		}
		done := make(chan struct{})
		go func() { defer close(done); ssh.DiscardRequests(requests) }()
		computer.ServeConn(ctx, sshd.ChannelConn(ch, &net.TCPAddr{}))
		<-done
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { relay.ServeConn(context.Background(), c) })
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })

	pr := profile{
		Account: "alice", Name: "Alice Kim", Relay: l.Addr().String(), KeyFile: file, Key: formatKey(own),
		HostKey: formatKey(relayKey.PublicKey()), HostCAs: []string{formatKey(ca.PublicKey())}, Library: "library",
	}
	if err := pr.decode(); err != nil {
		t.Fatal(err)
	}
	if err := pr.save(n.program); err != nil {
		t.Fatal(err)
	}
	n.state("active")
	return n
}

// state is what the relay says of the support session, one after the other.
func (n *network) state(states ...string) {
	var texts []string
	for _, s := range states {
		texts = append(texts, fmt.Sprintf(`{"number":%q,"state":%q,"customer":"Kim","host":"pc","reason":"the reason"}`, benchNumber, s))
	}
	n.relay.on("session show "+string(benchNumber)+" --json", says(texts...))
}

func (n *network) server(t *testing.T, p *peer, key ssh.Signer, admits ssh.PublicKey, direct sshd.ChannelHandler) *sshd.Server {
	t.Helper()
	channels := map[string]sshd.ChannelHandler{"session": sshd.Sessions{Exec: p.serve}.Handle}
	if direct != nil {
		channels[wire.DirectChannel] = direct
	}
	return sshdtest.New(t, sshdtest.Options{
		HostKeys: func() []ssh.Signer { return []ssh.Signer{key} }, Admits: func() ssh.PublicKey { return admits }, Channels: channels,
	})
}
