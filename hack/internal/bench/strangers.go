//go:build linux

package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"supportd/hack/internal/customers"
	"supportd/library/sshd"
	"supportd/library/wire"
	"supportd/relay"
)

const (
	// strangersSilent connections of strangersSources addresses say nothing.
	strangersSilent, strangersSources = 500, 50
	// strangersKeys are offered in one connection.
	strangersKeys = 200
	// strangersAddress tells the address of one who guesses from those of computers.
	strangersAddress = 200 << 14
)

// strangers are what people without an account achieve at a relay: the most of each round.
type strangers struct {
	open    int // silent connections at the same time
	keys    int // keys that the relay looked at in one connection
	guesses int // wrong numbers of one address until it was slowed
	rounds  int
	err     error
}

// watchStrangers plays strangers at addr, round after round, until stop is called. Only then
// may what they achieve be read.
func watchStrangers(ctx context.Context, addr string) (s *strangers, stop func()) {
	s = &strangers{}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() {
		for ctx.Err() == nil && s.err == nil {
			s.err = s.round(ctx, addr)
		}
	})
	return s, func() { cancel(); all.Wait() }
}

func (s *strangers) round(ctx context.Context, addr string) error {
	var silent []net.Conn
	defer func() {
		for _, c := range silent {
			c.Close()
		}
	}()
	for i := range strangersSilent {
		from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 202, 0, byte(1+i%strangersSources))}}
		c, err := from.DialContext(ctx, "tcp", addr)
		if err != nil {
			return ignoreStop(ctx, err)
		}
		silent = append(silent, c)
	}
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(time.Second):
	}
	open := 0
	for _, c := range silent {
		if isOpen(c) {
			open++
		}
	}
	keys, err := offerKeys(addr, strangersKeys)
	if errors.Is(err, errNotRefused) {
		return nil // this round shows nothing: the relay has not looked at the keys
	}
	if err != nil {
		return err
	}
	if s.guesses == 0 { // it stays slowed for minutes
		if s.guesses, err = guess(addr); err != nil {
			return err
		}
	}
	s.open, s.keys, s.rounds = max(s.open, open), max(s.keys, keys), s.rounds+1
	return nil
}

func ignoreStop(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// isOpen reads what has come, and reports whether the other side has not closed.
func isOpen(c net.Conn) bool {
	buf := make([]byte, 4096)
	for {
		if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			return false
		}
		if _, err := c.Read(buf); err != nil {
			return errors.Is(err, os.ErrDeadlineExceeded)
		}
	}
}

// errNotRefused says that a login ended without the relay's answer.
var errNotRefused = errors.New("the relay did not answer the login")

// offerKeys logs in with n wrong keys, and tells how many of them were offered when the
// relay refused. The error is errNotRefused where the connection failed before that.
func offerKeys(addr string, n int) (offered int, err error) {
	asked := map[*wrongKey]bool{}
	var keys []ssh.Signer
	for range n {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return 0, err
		}
		signer, err := ssh.NewSignerFromKey(private)
		if err != nil {
			return 0, err
		}
		k := &wrongKey{Signer: signer}
		k.asked = func() { asked[k] = true }
		keys = append(keys, k)
	}
	conn, err := ssh.Dial("tcp", addr, &ssh.ClientConfig{Config: sshd.Algorithms(), User: "bob", Auth: []ssh.AuthMethod{ssh.PublicKeys(keys...)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: sshd.LoginGrace})
	if err == nil {
		return len(asked), errors.Join(errors.New("a wrong key was let in"), conn.Close())
	}
	// Whoever is refused is told so in the protocol: then the connection itself has no error.
	if len(asked) == 0 || brokenOff(err) {
		return 0, fmt.Errorf("%w: %w", errNotRefused, err)
	}
	return len(asked), nil
}

// brokenOff reports whether a connection ended without an answer, as it does for those who
// make room in a full line.
func brokenOff(err error) bool {
	var broken net.Error
	return errors.Is(err, io.EOF) || errors.As(err, &broken)
}

// wrongKey tells when it is offered.
type wrongKey struct {
	ssh.Signer
	asked func()
}

func (k *wrongKey) PublicKey() ssh.PublicKey { k.asked(); return k.Signer.PublicKey() }

// guess tries numbers, each with a new key from the same address, until the relay says that
// the address has to wait, and tells how many it looked up.
func guess(addr string) (n int, err error) {
	for range 10 * relay.MaxMisses {
		switch code, err := guessOnce(addr); {
		case brokenOff(err): // the number was not looked up
		case err != nil:
			return n, err
		case code == wire.CodeLimited:
			return n, nil
		case code != wire.CodeUnknown:
			return n, fmt.Errorf("a guess was answered with code %d", code)
		default:
			n++
		}
	}
	return n, nil
}

func guessOnce(addr string) (code wire.Code, err error) {
	c, err := customers.NewCandidate(addr, strangersAddress)
	if err != nil {
		return wire.CodeNone, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	_, err = c.Join(string(wire.NewNumber()))
	if refused := (*customers.Refusal)(nil); errors.As(err, &refused) {
		return refused.Code, nil
	}
	return wire.CodeOK, err
}
