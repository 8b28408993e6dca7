package client

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync/atomic"

	"golang.org/x/crypto/ssh"

	"supportd/library/api"
	"supportd/library/cmdline"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// Computer is a customer's computer, reached through the relay and encrypted end
// to end: the relay sees ciphertext. It is safe for concurrent use. Close it
// before the relay's connection.
type Computer struct {
	Number wire.Number
	// Identity is the computer's key in this support session, which has no other.
	Identity ssh.PublicKey

	words    Words
	heard    atomic.Bool // see [Words.Heard]
	csr      string      // our key's fingerprint, by which the computer knows us
	wordsDir string
	conn     *sshd.Client
	ssh      *ssh.Client
	tell     func(line string) // nil is nobody
	language text.Language
}

// Reach connects to the computer of a support session, with the key or the certificate
// that the relay has accepted, and else with the others. The computer's host key has to be certified for this
// number by one of the authorities.
func (r *Relay) Reach(ctx context.Context, n wire.Number) (*Computer, error) {
	c := &Computer{Number: n, language: r.opts.Language}
	if r.opts.Tell != nil {
		c.tell = func(line string) { r.opts.Tell(n, line) }
	}
	ch, err := r.openTunnel(ctx, n)
	if err != nil {
		return nil, r.explainTunnel(ctx, n, err)
	}
	where := c.where()
	vouched, checked, said := r.vouched(ctx, n, r.opts.Authorities), false, &banner{}
	var shown, used ssh.PublicKey
	keys := r.signers()
	for i, k := range keys {
		keys[i] = noting{k, &used}
	}
	c.conn, err = sshd.NewClient(ctx, sshd.ChannelConn(ch, computerAddr(n)), &ssh.ClientConfig{
		User: r.opts.Account,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(keys...)},
		HostKeyCallback: func(host string, addr net.Addr, key ssh.PublicKey) error {
			err := vouched(host, addr, key)
			checked, shown = err == nil, key
			return err
		},
		HostKeyAlgorithms: []string{ssh.CertAlgoED25519v01},
		ClientVersion:     wire.Banner("supportctl"),
		BannerCallback:    said.add,
	})
	switch {
	case err == nil:
	case errors.Is(err, ErrHostKey):
		return nil, cmdline.Fail(cmdline.ExitAuth, "do not go on: somebody may stand in between; tell the relay's admin (after a change of the relay's host authority, log in again)",
			"%s shows a key that the relay has not vouched for", where).Because(err)
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case checked && !broken(ctx, err):
		e := cmdline.Fail(cmdline.ExitAuth, "only the CSR who opened the support session may enter", "%s does not let your key in", where)
		e.Err = errors.Join(ErrRefused, err)
		return nil, said.explain(e)
	default:
		return nil, lost(where, err)
	}
	c.ssh = ssh.NewClient(c.conn.Conn, c.conn.Channels, c.conn.Requests)
	if err := checkVersion("computer", string(c.conn.ServerVersion())); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if cert, ok := shown.(*ssh.Certificate); ok {
		c.Identity = cert.Key
		if r.opts.Met != nil {
			r.opts.Met(n, cert.Key)
		}
	}
	c.csr, c.wordsDir = fingerprintOf(used), r.opts.WordsDir
	if c.words, err = r.agreeOnWords(ctx, c, used); err != nil {
		_ = c.Close() // why is said already
		return nil, err
	}
	if r.opts.Words != nil {
		r.opts.Words(n, c.words)
	}
	return c, nil
}

// signers are our keys, the one that the relay has accepted before the others: a computer
// may take a certificate alone, and a relay without a CA the key alone.
func (r *Relay) signers() []ssh.Signer {
	keys := slices.Clone(r.opts.Keys)
	slices.SortStableFunc(keys, func(a, b ssh.Signer) int {
		used := func(k ssh.Signer) bool { return string(k.PublicKey().Marshal()) == string(r.used.Marshal()) }
		switch {
		case used(a) && !used(b):
			return -1
		case used(b) && !used(a):
			return 1
		}
		return 0
	})
	return keys
}

// openTunnel opens the channel to a computer. One that opens after ctx has ended
// is closed again.
func (r *Relay) openTunnel(ctx context.Context, n wire.Number) (ssh.Channel, error) {
	type opened struct {
		ch  ssh.Channel
		err error
	}
	result := make(chan opened)
	r.wait.Go(func() {
		target := wire.ChannelTarget{Host: n.Host(), Port: wire.TunnelPort, OriginHost: "127.0.0.1"}
		ch, requests, err := r.ssh.OpenChannel(wire.DirectChannel, target.Marshal())
		select {
		case result <- opened{ch, err}:
		case <-ctx.Done():
			if err == nil {
				ch.Close()
			}
		}
		if err == nil {
			ssh.DiscardRequests(requests) // until the channel is closed
		}
	})
	select {
	case o := <-result:
		return o.ch, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// explainTunnel finds the exit code for a computer that cannot be reached: the
// relay's text says why, but not whether the support session is over.
func (r *Relay) explainTunnel(ctx context.Context, n wire.Number, err error) error {
	refused := refusedChannel(err)
	if refused == nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return lost(whereRelay(), err)
	}
	s, showErr := r.Session(ctx, n)
	var e *cmdline.Error
	switch {
	case errors.As(showErr, &e) && e.Code == cmdline.ExitNoSession:
		return e
	case showErr == nil && s.State == api.Ended:
		refused.Err = err // and not ErrAway
		refused.Code, refused.Hint = cmdline.ExitNoSession, "one that has ended cannot be opened again; session start opens a new one"
	case showErr == nil && s.State == api.Waiting:
		refused.Hint = "read the number to the customer, and try again when they have joined"
	}
	return refused
}

// where names the computer in errors.
func (c *Computer) where() text.Message {
	return text.Later("the computer of session %s", c.Number.Spoken())
}

// side is the computer as commands reach it.
func (c *Computer) side() remoteSide { return remoteSide{c.ssh, c.where(), c.language} }

// Close ends the connection; a run goes on without it.
func (c *Computer) Close() error {
	return closed(c.conn.Close())
}

// Exec runs one of the daemon's commands. What it writes to standard output goes
// to out as it comes, hostile as it is. A command that fails is a
// *[cmdline.Error] with the daemon's exit code and text.
func (c *Computer) Exec(ctx context.Context, out io.Writer, args ...string) error {
	return executeWith(ctx, c.side(), out, c.tell, nil, args...)
}

// computerAddr stands where a network address is expected.
type computerAddr wire.Number

// Network is "support".
func (computerAddr) Network() string { return "support" }

// String is NUMBER.support:22.
func (a computerAddr) String() string { return wire.Number(a).Host() + ":22" }
