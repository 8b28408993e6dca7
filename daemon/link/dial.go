package link

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"

	"supportd/daemon/notice"
	"supportd/library/journal"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// RelayError is why a connection to the relay failed or ended.
type RelayError struct {
	Problem notice.Problem
	Relay   string // HOST:PORT
	Key     string // notice.ProblemHostKey: the fingerprint that was seen
	Meant   string // likewise: the fingerprint that was expected
	Err     error
}

// Error says what happened, for logs.
func (e *RelayError) Error() string { return fmt.Sprintf("relay %s: %v", e.Relay, e.Err) }

// Unwrap is the cause.
func (e *RelayError) Unwrap() error { return e.Err }

// Final reports whether trying again cannot help.
func (e *RelayError) Final() bool { return e.Problem == notice.ProblemHostKey }

// Refusal is the relay's no to a session number or to a return.
type Refusal struct{ Code wire.Code }

// Error names the code, for logs.
func (e *Refusal) Error() string { return fmt.Sprintf("the relay refused with code %d", e.Code) }

// EndedBy is who and why, where a support session ended with it.
func (e *Refusal) EndedBy() (by, reason string) {
	return journal.ByRelay, journal.CauseEndedHere.Of("").English()
}

var errHostKey = errors.New("another host key than the pinned one")

// Dialer makes the connection to the relay, as [net.Dialer.DialContext] does.
type Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// dial connects, checks the host key against the pin, and logs in.
func dial(ctx context.Context, dialer Dialer, relay, pin string, identity ssh.Signer) (*sshd.Client, error) {
	seen := ""
	cfg := &ssh.ClientConfig{
		User: wire.CustomerUser,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(identity)},
		// The pin is that of the key itself, so no certificate will do.
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			seen = ssh.FingerprintSHA256(key)
			if subtle.ConstantTimeCompare([]byte(seen), []byte(pin)) != 1 {
				return errHostKey
			}
			return nil
		},
		ClientVersion: wire.Banner("supportd_daemon"),
	}
	dialing, cancel := context.WithTimeout(ctx, sshd.LoginGrace)
	defer cancel()
	nc, err := dialer(dialing, "tcp", relay)
	if err != nil {
		return nil, &RelayError{Problem: problemOf(err), Relay: relay, Err: err}
	}
	hello := &greeted{Conn: nc}
	client, err := sshd.NewClient(dialing, hello, cfg)
	if err == nil {
		return client, nil
	}
	problem := problemOf(err)
	switch {
	case errors.Is(err, errHostKey):
		problem = notice.ProblemHostKey
	case hello.foreign():
		problem = notice.ProblemNotSSH
	case dialing.Err() != nil:
		problem = notice.ProblemTimeout
	}
	return nil, &RelayError{Problem: problem, Relay: relay, Key: seen, Meant: pin, Err: err}
}

// RelayKey asks what listens at addr (HOST:PORT) for the fingerprint of its host
// key, SHA256:…, so that a person can compare it. It proves nothing by itself.
func RelayKey(ctx context.Context, addr string) (string, error) {
	identity, err := NewIdentity()
	if err != nil {
		return "", err
	}
	// No fingerprint is empty, so this never logs in anywhere.
	_, err = dial(ctx, new(net.Dialer).DialContext, addr, "", identity.Signer)
	var failed *RelayError
	if errors.As(err, &failed) && failed.Problem == notice.ProblemHostKey {
		return failed.Key, nil
	}
	return "", err
}

func problemOf(err error) notice.Problem {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return notice.ProblemName
	case isRefused(err):
		return notice.ProblemRefused
	case isUnreachable(err):
		return notice.ProblemUnreachable
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return notice.ProblemTimeout
	}
	return notice.ProblemBroken
}

func isAny(err error, numbers ...syscall.Errno) bool {
	for _, n := range numbers {
		if errors.Is(err, n) {
			return true
		}
	}
	return false
}

// greeted keeps the first bytes that arrive, to tell a relay that broke off
// from something that is no SSH server at all.
type greeted struct {
	net.Conn
	mu    sync.Mutex
	first []byte
}

func (g *greeted) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	const enough = 1024
	g.mu.Lock()
	if room := enough - len(g.first); room > 0 {
		g.first = append(g.first, p[:min(n, room)]...)
	}
	g.mu.Unlock()
	return n, err
}

// foreign reports whether something was said, and no line of it began as SSH
// does (RFC 4253 section 4.2 allows other lines first).
func (g *greeted) foreign() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.first) > 0 && !bytes.HasPrefix(g.first, []byte("SSH-")) && !bytes.Contains(g.first, []byte("\nSSH-"))
}
