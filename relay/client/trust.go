package client

import (
	"context"
	"crypto/subtle"
	"errors"
	"net"
	"slices"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/wire"
)

// pinned accepts one host key. It belongs to one handshake.
type pinned struct {
	address, want string
	key           ssh.PublicKey // what was seen
	passed        bool
}

func (p *pinned) check(_ string, _ net.Addr, key ssh.PublicKey) error {
	p.key = key
	if subtle.ConstantTimeCompare([]byte(ssh.FingerprintSHA256(key)), []byte(p.want)) != 1 {
		return ErrHostKey
	}
	p.passed = true
	return nil
}

func (p *pinned) mismatch() error {
	return &cmdline.Error{
		Code: cmdline.ExitAuth, Err: ErrHostKey,
		Text: "what answers at " + p.address + " is not the relay you trust: its key is " + ssh.FingerprintSHA256(p.key) + ", yours is " + p.want,
		Hint: "someone may be listening in between, or the relay has a new key: ask its admin for \"support-relay fingerprint\", and log in again only if it is the new one",
	}
}

// Fingerprint asks what listens at address for its host key, so that a person
// can compare it. It proves nothing by itself, and logs in nowhere.
func Fingerprint(ctx context.Context, opts Options) (string, error) {
	pin := &pinned{address: opts.Address} // no fingerprint is empty, so none passes
	conn, err := dial(ctx, opts, &ssh.ClientConfig{
		User: opts.Account, HostKeyCallback: pin.check, HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
	})
	switch {
	case err == nil:
		return "", errors.Join(errors.New("client: a handshake passed without a pin"), conn.Close())
	case errors.Is(err, ErrHostKey):
		return ssh.FingerprintSHA256(pin.key), nil
	}
	return "", unreachable(opts.Address, err)
}

// authority checks the host certificate of a computer: made by the relay's host
// authority, for exactly this session number, and valid now.
func (o Options) authority(n wire.Number) ssh.HostKeyCallback {
	checker := &ssh.CertChecker{
		IsHostAuthority: func(key ssh.PublicKey, _ string) bool {
			for _, ca := range o.Authorities {
				if string(ca.Marshal()) == string(key.Marshal()) {
					return true
				}
			}
			return false
		},
		// A bare key is no certificate: never fall back to trust on first use.
		HostKeyFallback: func(string, net.Addr, ssh.PublicKey) error { return ErrHostKey },
	}
	return func(_ string, addr net.Addr, key ssh.PublicKey) error {
		// A certificate without names would be good for every host.
		if cert, ok := key.(*ssh.Certificate); ok && !slices.Contains(cert.ValidPrincipals, n.Host()) {
			return ErrHostKey
		}
		if err := checker.CheckHostKey(net.JoinHostPort(n.Host(), "22"), addr, key); err != nil {
			return errors.Join(ErrHostKey, err)
		}
		return nil
	}
}

// checkVersion refuses to go on with a program that speaks another version of
// the protocol, and says which side is the older one. what is "relay" or
// "computer".
func checkVersion(what, banner string) error {
	version, ok := wire.BannerVersion(banner)
	switch {
	case !ok:
		return cmdline.Fail(cmdline.ExitFailed, "check the address: it leads to another SSH server", "the %s does not speak the supportd protocol", what)
	case version > wire.ProtocolVersion:
		return cmdline.Fail(cmdline.ExitFailed, "update supportctl on this machine",
			"the %s speaks version %d of the protocol, this supportctl version %d", what, version, wire.ProtocolVersion)
	case version < wire.ProtocolVersion:
		hint := map[string]string{
			"relay":    "ask the relay's admin to update support-relay, or use an older supportctl",
			"computer": "ask the customer to download support-agent again, or use an older supportctl",
		}[what]
		return cmdline.Fail(cmdline.ExitFailed, hint, "the %s speaks version %d of the protocol, this supportctl version %d", what, version, wire.ProtocolVersion)
	}
	return nil
}
