package link

import (
	"context"
	"errors"
	"fmt"
	"net"

	"golang.org/x/crypto/ssh"

	"supportd/daemon/notice"
	"supportd/daemon/state"
	"supportd/library/journal"
	"supportd/library/reach"
	"supportd/library/sshd"
	"supportd/library/wire"
)

// RelayError is why a connection to the relay failed or ended.
type RelayError struct {
	Problem notice.Problem
	Relay   string   // its addresses, harmless to show
	Who     string   // see the problems; harmless to show
	Tried   []string // the ports that were tried, in order, as [reach.Error] has them
	Key     string   // notice.ProblemHostKey: the fingerprint that was seen
	Meant   []string // likewise: those that were expected
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

// otherKey is a host key that is not the relay's.
type otherKey struct{ seen string }

func (e *otherKey) Error() string { return "the host key " + e.seen + " is not the relay's" }
func (e *otherKey) Unwrap() error { return reach.ErrHostKey }

// dial finds a way to the relay by one of these addresses, checks the host key, and logs
// in. The error is the cause of ctx where that is done, else a [*RelayError].
func dial(ctx context.Context, d *reach.Dialer, relay state.Relay, to []reach.Address, identity ssh.Signer) (*sshd.Client, error) {
	client, err := reach.Connect(ctx, d, to, true, func(ctx context.Context, nc net.Conn, known func() error) (*sshd.Client, error) {
		// No algorithms are named: a key that the relay's old one vouches for comes with a
		// certificate.
		return sshd.NewClient(ctx, nc, clientConfig(identity, nil, func(key ssh.PublicKey) error {
			if seen, ok := sshd.Pinned(key, relay.Keys); !ok {
				return &otherKey{seen}
			}
			return known()
		}))
	})
	if err != nil {
		return nil, relayError(err, relay)
	}
	return client, nil
}

// clientConfig is how this computer logs in. check is given the host key, which the other
// end has proved to have.
func clientConfig(identity ssh.Signer, algorithms []string, check func(key ssh.PublicKey) error) *ssh.ClientConfig {
	return &ssh.ClientConfig{
		User:              wire.CustomerUser,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(identity)},
		HostKeyAlgorithms: algorithms,
		HostKeyCallback:   func(_ string, _ net.Addr, key ssh.PublicKey) error { return check(key) },
		ClientVersion:     wire.Banner(wire.DaemonSoftware),
	}
}

// errKeySeen ends a handshake that has done what it was for.
var errKeySeen = errors.New("the host key was seen")

// RelayKey asks the relay for the fingerprint of its host key, SHA256:…, so that a
// person can compare it. It proves nothing by itself, so no way is used on which
// somebody unknown to this computer could read along. The error is as that of a
// connection to the relay.
func RelayKey(ctx context.Context, d *reach.Dialer, to []reach.Address) (string, error) {
	identity, err := NewIdentity()
	if err != nil {
		return "", err
	}
	key, err := reach.Connect(ctx, d, to, false, func(ctx context.Context, nc net.Conn, known func() error) (string, error) {
		fingerprint := ""
		// A fingerprint is that of the key itself, so no certificate will do.
		client, err := sshd.NewClient(ctx, nc, clientConfig(identity.Signer, []string{ssh.KeyAlgoED25519}, func(key ssh.PublicKey) error {
			if err := known(); err != nil {
				return err
			}
			fingerprint = ssh.FingerprintSHA256(key)
			return errKeySeen // so this never logs in anywhere
		}))
		switch {
		case errors.Is(err, errKeySeen):
			return fingerprint, nil
		case err == nil:
			client.Close()
			err = errors.New("no host key was shown")
		}
		return "", err
	})
	if err != nil {
		return "", relayError(err, state.Relay{Addresses: to})
	}
	return key, nil
}

// relayError makes what people can be told of an error of [reach.Connect].
func relayError(err error, relay state.Relay) error {
	var none *reach.Error
	if !errors.As(err, &none) {
		return err
	}
	e := &RelayError{Problem: problemOf(none.Kind), Relay: relay.String(), Who: none.Who, Tried: none.Tried, Err: none}
	var other *otherKey
	if e.Problem == notice.ProblemHostKey && errors.As(err, &other) {
		e.Key, e.Meant = other.seen, relay.Keys
		if onlyTold(none, relay) {
			e.Problem, e.Key = notice.ProblemBroken, ""
		}
	}
	return e
}

// onlyTold reports whether another host key was seen only at addresses that the customer
// was not given: then the relay's list is wrong, and nobody sits on their way.
func onlyTold(e *reach.Error, relay state.Relay) bool {
	told := false
	for _, a := range e.Attempts {
		if errors.Is(a.Err, reach.ErrHostKey) {
			host, _ := hostOfWay(a.Way)
			if relay.Has(host) {
				return false
			}
			told = true
		}
	}
	return told
}

func problemOf(k reach.Kind) notice.Problem {
	switch k {
	case reach.KindNoNetwork:
		return notice.ProblemUnreachable
	case reach.KindName:
		return notice.ProblemName
	case reach.KindPortal:
		return notice.ProblemPortal
	case reach.KindBlocked:
		return notice.ProblemBlocked
	case reach.KindRefused:
		return notice.ProblemRefused
	case reach.KindTimeout:
		return notice.ProblemTimeout
	case reach.KindProxy:
		return notice.ProblemProxy
	case reach.KindProxyPassword:
		return notice.ProblemProxyPassword
	case reach.KindSetting:
		return notice.ProblemProxySetting
	case reach.KindUntrusted:
		return notice.ProblemUntrusted
	case reach.KindSelfMade:
		return notice.ProblemSelfMade
	case reach.KindExpired:
		return notice.ProblemExpired
	case reach.KindNotYet:
		return notice.ProblemNotYet
	case reach.KindOtherName:
		return notice.ProblemOtherName
	case reach.KindNoTLS:
		return notice.ProblemNoTLS
	case reach.KindFull:
		return notice.ProblemBusy
	case reach.KindNotRelay:
		return notice.ProblemNotSSH
	case reach.KindHostKey:
		return notice.ProblemHostKey
	}
	return notice.ProblemBroken
}
