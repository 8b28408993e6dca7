//go:build unix

package hostile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/library/words"
)

// Impostor is a computer of the relay's own, with a good certificate for a session: it shows
// a CSR whatever the real computer shows to the liar, which enters there with its own key.
type Impostor struct {
	relay   *Relay
	number  wire.Number
	account string
	key     ssh.Signer

	mu     sync.Mutex // no other lock is taken under it
	nonces map[*sshd.Conn][]byte
	came   int // connections of CSRs
}

// Impersonate makes one. With a mute one there are no safety words; else it agrees on some
// with the CSR, as a computer does. serve is for [Lies].
func (r *Relay) Impersonate(n wire.Number, account string, mute bool) (i *Impostor, serve func(net.Conn), err error) {
	c, err := r.computerOf(n)
	if err != nil {
		return nil, nil, err
	}
	i = &Impostor{relay: r, number: n, account: account, key: newKey(), nonces: map[*sshd.Conn][]byte{}}
	cert := &ssh.Certificate{Key: i.key.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{string(n), n.Host()}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, r.ca); err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewCertSigner(cert, i.key)
	if err != nil {
		return nil, nil, err
	}
	options := r.options()
	options.HostKeys = func() []ssh.Signer { return []ssh.Signer{signer} }
	options.Opened = func(*sshd.Conn) error { i.mu.Lock(); defer i.mu.Unlock(); i.came++; return nil }
	options.Closed, options.Requests, options.Software = nil, nil, wire.DaemonSoftware
	if !mute {
		options.Requests = map[string]sshd.RequestHandler{wire.WordsCommitRequest: i.commit, wire.WordsRequest: i.open}
	}
	commands := sshd.Sessions{Exec: i.run}
	options.Channels = map[string]sshd.ChannelHandler{"session": commands.Handle}
	server, err := sshd.New(options)
	if err != nil {
		return nil, nil, err
	}
	ctx := c.conn.Context()
	return i, func(nc net.Conn) { server.ServeConn(ctx, nc) }, nil
}

// visits is how many connections of CSRs have logged in there.
func (i *Impostor) visits() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.came
}

// commit and open are the computer's side of an exchange of safety words.
func (i *Impostor) commit(_ context.Context, c *sshd.Conn, _ []byte) (bool, []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.nonces[c] = words.NewNonce()
	return true, wire.WordsCommit{Version: wire.WordsVersion, Sum: words.KeysOf(i.key.PublicKey(), c.Key()).Commit(i.nonces[c])}.Marshal()
}

func (i *Impostor) open(_ context.Context, c *sshd.Conn, _ []byte) (bool, []byte) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return true, wire.WordsOpening{Nonce: i.nonces[c]}.Marshal()
}

// agree is the CSR's side of one: the liar has safety words with the real computer.
func (s *stage) agree(client *ssh.Client, own ssh.Signer) (p words.Pair, err error) {
	computer, err := s.relay.computerOf(s.number)
	if err != nil {
		return p, err
	}
	ok, reply, err := client.SendRequest(wire.WordsCommitRequest, true, nil)
	if err != nil || !ok {
		return p, fmt.Errorf("the computer commits to no words: %t, %w", ok, err)
	}
	commit, err := wire.ParseWordsCommit(reply)
	if err != nil {
		return p, err
	}
	nonce := words.NewNonce()
	if ok, reply, err = client.SendRequest(wire.WordsRequest, true, wire.WordsAnswer{Version: wire.WordsVersion, Nonce: nonce}.Marshal()); err != nil || !ok {
		return p, fmt.Errorf("the computer opens no words: %t, %w", ok, err)
	}
	opening, err := wire.ParseWordsOpening(reply)
	if err != nil {
		return p, err
	}
	keys := words.KeysOf(computer.key, own.PublicKey())
	if !keys.Opens(commit.Sum, opening.Nonce) {
		return p, errors.New("the computer opens another commitment")
	}
	return keys.Draw(s.number, opening.Nonce, nonce), nil
}

// run runs a CSR's command on the real computer, as the liar.
func (i *Impostor) run(ctx context.Context, s *sshd.Session) int {
	const failed = 1
	client, said, err := i.relay.Enter(ctx, i.number, i.account, i.relay.Own(i.account))
	if err != nil {
		_, _ = io.WriteString(s.Stderr(), "the liar did not get in: "+said+err.Error()+"\n")
		return failed
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return failed
	}
	defer session.Close()
	session.Stdout, session.Stderr = s, s.Stderr()
	var exit *ssh.ExitError
	if err := session.Run(s.Command); errors.As(err, &exit) {
		return exit.ExitStatus()
	} else if err != nil {
		return failed
	}
	return 0
}
