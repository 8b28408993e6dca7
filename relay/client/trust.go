package client

import (
	"context"
	"errors"
	"net"
	"slices"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/reach"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// pinned accepts the relay's host key. It belongs to one handshake.
type pinned struct {
	want   []string      // fingerprints; where there is none, nothing passes
	known  func() error  // see [reach.Handshake]
	key    ssh.PublicKey // what was seen, without a certificate
	passed bool
}

func (p *pinned) check(_ string, _ net.Addr, key ssh.PublicKey) error {
	p.key = key
	if cert, is := key.(*ssh.Certificate); is {
		p.key = cert.Key
	}
	if seen, ok := sshd.Pinned(key, p.want); !ok {
		return &otherKey{seen}
	}
	if err := p.known(); err != nil {
		return err
	}
	p.passed = true
	return nil
}

// otherKey is what a relay shows that is not the pinned key.
type otherKey struct{ seen string }

func (o *otherKey) Error() string   { return ErrHostKey.Error() + ": " + o.seen }
func (o *otherKey) Unwrap() []error { return []error{ErrHostKey, reach.ErrHostKey} }

// Fingerprint asks the relay for its host key, so that a person can compare it.
// It proves nothing by itself, and logs in nowhere. As long as no key is known,
// no way counts on which somebody unknown opens TLS.
func Fingerprint(ctx context.Context, opts Options) (string, error) {
	if opts.Dialer == nil {
		return "", errors.New("client: Dialer is required")
	}
	seen, err := reach.Connect(ctx, opts.Dialer, []reach.Address{opts.Address}, false, opts.look)
	if err != nil {
		return "", opts.failed(err)
	}
	return seen, nil
}

// look is a handshake that ends when it has seen the host key.
func (o Options) look(ctx context.Context, nc net.Conn, known func() error) (string, error) {
	pin := &pinned{}
	conn, err := sshd.NewClient(ctx, nc, &ssh.ClientConfig{
		User: o.Account, HostKeyCallback: pin.check, HostKeyAlgorithms: []string{ssh.KeyAlgoED25519}, ClientVersion: wire.Banner("supportctl"),
	})
	switch {
	case err == nil:
		return "", reach.Final(errors.Join(errors.New("client: a handshake passed without a pin"), conn.Close()))
	case errors.Is(err, ErrHostKey):
		return ssh.FingerprintSHA256(pin.key), known()
	}
	return "", err
}

// authority checks the host certificate of a computer: made by one of the relay's host
// authorities, for exactly this session number, and valid now.
func authority(n wire.Number, authorities []ssh.PublicKey) ssh.HostKeyCallback {
	checker := &ssh.CertChecker{
		IsHostAuthority: func(key ssh.PublicKey, _ string) bool { return csrca.IsOneOf(key, authorities) },
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
	name := text.Later(what)
	switch {
	case !ok:
		return cmdline.Fail(cmdline.ExitFailed, "check the address: it leads to another SSH server", "the %s does not speak the supportd protocol", name)
	case version > wire.ProtocolVersion:
		return cmdline.Fail(cmdline.ExitFailed, "update supportctl on this machine",
			"the %s speaks version %d of the protocol, this supportctl version %d", name, version, wire.ProtocolVersion)
	case version < wire.ProtocolVersion:
		hint := map[string]string{
			"relay":    "ask the relay's admin to update support-relay, or use an older supportctl",
			"computer": "ask the customer to download support-agent again, or use an older supportctl",
		}[what]
		return cmdline.Fail(cmdline.ExitFailed, hint, "the %s speaks version %d of the protocol, this supportctl version %d", name, version, wire.ProtocolVersion)
	}
	return nil
}
