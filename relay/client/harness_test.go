package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"supportd/hack/testkit"
	"supportd/library/cmdline"
	"supportd/library/reach"
	"supportd/library/sshd"
	"supportd/library/sshd/sshdtest"
	"supportd/library/wire"
)

const testNumber = wire.Number("482913077")

// testCommand is what a command of the fake relay or computer does.
type testCommand func(ctx context.Context, s *sshd.Session) int

// world is a relay with one account, and one computer behind it. Tests change
// it before they dial.
type world struct {
	t                 *testing.T
	relayKey, ca, csr ssh.Signer
	computerKey       ssh.Signer
	computerHost      func() ssh.Signer
	relay, computer   *sshd.Server
	onRelay, onDevice map[string]testCommand
	refuse            string        // why the computer cannot be reached
	silent            bool          // the relay does not say whether the computer can be reached
	area              sftp.Handlers // the zero value says nothing
	admits            ssh.PublicKey
	requests          map[string]sshd.RequestHandler // global requests at the computer
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, relayKey: testkit.NewKey(t), ca: testkit.NewKey(t), csr: testkit.NewKey(t), computerKey: testkit.NewKey(t),
		onRelay: map[string]testCommand{}, onDevice: map[string]testCommand{}, area: sftp.InMemHandler(), requests: map[string]sshd.RequestHandler{},
	}
	w.admits = w.csr.PublicKey()
	w.computerHost = func() ssh.Signer { return testkit.HostCert(t, w.ca, w.computerKey, testNumber.Host()) }
	w.onRelay["known-hosts"] = says("relay.example ssh-ed25519 AAAA\n@cert-authority *.support " + string(ssh.MarshalAuthorizedKey(w.ca.PublicKey())))
	w.onRelay["session show 482913077 --json"] = says(`{"number":"482913077","state":"active"}`)
	w.computer = w.server(w.onDevice, func() []ssh.Signer { return []ssh.Signer{w.computerHost()} }, func() ssh.PublicKey { return w.admits }, nil)
	w.relay = w.server(w.onRelay, func() []ssh.Signer { return []ssh.Signer{w.relayKey} }, func() ssh.PublicKey { return w.csr.PublicKey() }, w.direct)
	return w
}

// says is a command that writes text.
func says(text string) testCommand {
	return func(_ context.Context, s *sshd.Session) int { _, _ = io.WriteString(s, text); return 0 }
}

// fails is a command that ends as cmdline.Run does.
func fails(code int, hint, text string) testCommand {
	return func(_ context.Context, s *sshd.Session) int {
		cmdline.Report(s.Stderr(), "support-relay", cmdline.Fail(code, hint, "%s", text))
		return code
	}
}

func (w *world) server(commands map[string]testCommand, keys func() []ssh.Signer, admits func() ssh.PublicKey, direct sshd.ChannelHandler) *sshd.Server {
	w.t.Helper()
	sessions := sshd.Sessions{
		Exec: func(ctx context.Context, s *sshd.Session) int {
			f := commands[s.Command]
			if f == nil {
				fmt.Fprintf(s.Stderr(), "test: unknown command %q\n", s.Command)
				return cmdline.ExitUsage
			}
			return f(ctx, s)
		},
		Subsystems: map[string]sshd.SessionHandler{"sftp": func(ctx context.Context, s *sshd.Session) int {
			if w.area.FileGet == nil {
				<-ctx.Done() // it takes the subsystem and says nothing
				return cmdline.ExitFailed
			}
			_ = sftp.NewRequestServer(s, w.area).Serve() // the client sees how it ended
			return cmdline.ExitOK
		}},
	}
	channels := map[string]sshd.ChannelHandler{"session": sessions.Handle}
	if direct != nil {
		channels[wire.DirectChannel] = direct
	}
	return sshdtest.New(w.t, sshdtest.Options{HostKeys: keys, Admits: admits, Channels: channels, Requests: w.requests})
}

// direct passes a CSR on to the computer.
func (w *world) direct(ctx context.Context, c *sshd.Conn, nc ssh.NewChannel) {
	if w.silent {
		<-ctx.Done()
		return
	}
	target, err := wire.ParseChannelTarget(nc.ExtraData())
	if err != nil || target.Host != testNumber.Host() || target.Port != wire.TunnelPort || w.refuse != "" {
		c.Reject(nc, ssh.ConnectionFailed, w.refuse)
		return
	}
	ch, requests, err := nc.Accept()
	if err != nil {
		return
	}
	done := make(chan struct{})
	go func() { defer close(done); ssh.DiscardRequests(requests) }()
	w.computer.ServeConn(ctx, sshd.ChannelConn(ch, computerAddr(testNumber)))
	<-done
}

// options are those of the CSR who is let in.
func (w *world) options() Options {
	return Options{
		Address: reach.Address{Host: "relay.example", Port: "2222"}, Account: "alice", HostKey: ssh.FingerprintSHA256(w.relayKey.PublicKey()),
		Keys: []ssh.Signer{w.csr}, Authorities: []ssh.PublicKey{w.ca.PublicKey()}, Dialer: &reach.Dialer{Net: w.dial},
	}
}

// dial reaches the relay.
func (w *world) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far, err := wirePair(ctx)
	if err != nil {
		return nil, err
	}
	go w.relay.ServeConn(context.Background(), far) // Shutdown waits for it
	return near, nil
}

// wirePair is a connection over loopback: a handshake needs buffers, which
// net.Pipe has not.
func wirePair(ctx context.Context) (near, far net.Conn, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	if near, err = new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String()); err != nil {
		return nil, nil, err
	}
	if far, err = l.Accept(); err != nil {
		near.Close()
		return nil, nil, err
	}
	return near, far, nil
}

// connect logs in, and out again when the test ends.
func (w *world) connect() *Relay {
	w.t.Helper()
	r, err := Dial(w.t.Context(), w.options())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := r.Close(); err != nil {
			w.t.Errorf("close: %v", err)
		}
	})
	return r
}

// reach connects to the computer.
func (w *world) reach() *Computer {
	w.t.Helper()
	c, err := w.connect().Reach(w.t.Context(), testNumber)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// wantError holds an error against exit code, cause, and words of text and hint.
func wantError(t *testing.T, err error, code int, cause error, words ...string) {
	t.Helper()
	var e *cmdline.Error
	if !errors.As(err, &e) || e.Code != code || cause != nil && !errors.Is(err, cause) {
		t.Fatalf("error %v (code %d), want code %d, cause %v", err, cmdline.Code(err), code, cause)
	}
	for _, w := range words {
		if !strings.Contains(e.Text+"\n"+e.Hint, w) {
			t.Errorf("error %q, hint %q: %q is missing", e.Text, e.Hint, w)
		}
	}
}
