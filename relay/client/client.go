// Package client is the CSR's side of the product: it dials the relay, runs the
// relay's commands, and reaches customers' computers through it. supportctl is
// built on it.
//
// What it promises: the relay is spoken to only when its host key is the pinned
// one, and a computer only when the relay's host authority has certified its
// key; whatever the other side says is handed on as it came and has to be
// escaped before it is shown. Failures are [cmdline.Error]s with an exit code, a
// text and a hint; what a caller branches on is one of this package's sentinels
// below it.
package client

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
	"supportd/library/csrca"
	"supportd/library/reach"
	"supportd/library/sshd"
	"supportd/library/text"
	"supportd/library/wire"
)

// Causes that a caller may look for with [errors.Is].
var (
	ErrUnreachable = errors.New("the relay cannot be reached")
	ErrHostKey     = errors.New("the host key is another one than expected")
	ErrRefused     = errors.New("none of the keys is accepted")
	ErrLost        = errors.New("the connection was lost")
	// ErrAway: the computer cannot be reached just now, and may come back.
	ErrAway = errors.New("the computer is away")
)

// Options say which relay, and as whom.
type Options struct {
	Address reach.Address
	Account string
	// HostKey is the pin: SHA256:… of the relay's host key. It is required.
	HostKey string
	// OtherHostKeys are further keys that the relay has, likewise: see HostKeys.
	OtherHostKeys []string
	// HostKeys is told of the relay's host keys where it has a new one: that in use, and
	// the others which that one vouches for and the relay has proved to have. Nil is
	// allowed. It may be called from another goroutine.
	HostKeys func(inUse ssh.PublicKey, others []ssh.PublicKey)
	// Keys are offered one after the other; the relay takes [sshd.MaxAuthTries]. A key with a
	// certificate of a CSR CA is one of them, see [ssh.NewCertSigner].
	Keys []ssh.Signer
	// Authorities may vouch for the host keys of computers. Without any, no
	// computer can be reached.
	Authorities []ssh.PublicKey
	// NewAuthorities is told of all of them where the relay changes them. With nil, those
	// known stay the only ones. It may be called from many goroutines.
	NewAuthorities func(all []ssh.PublicKey)
	// Met is told of the key of each computer that was reached; nil is allowed. It
	// is called from many goroutines.
	Met func(n wire.Number, key ssh.PublicKey)
	// WordsDir is where safety words and their attempts are kept. Without it none are agreed on.
	WordsDir string
	// Words is told of the safety words of each computer that was reached, or why it has
	// none; nil is allowed. It is called from many goroutines.
	Words func(n wire.Number, w Words)
	// Tell is told what a computer says while a command goes on there, such as that the
	// customer's screen shows a question: a line that is hostile. Nil is allowed. It is
	// called from many goroutines.
	Tell func(n wire.Number, line string)
	// Web is the address of the relay's join page where a person has confirmed it. Links to
	// another host than the relay's are withheld without it, see [api.Session.WithheldLink].
	Web string
	// Language is the one in which the relay and computers speak to us; none is English.
	Language text.Language
	// Dialer finds the ways to the relay and remembers the one that worked last. It
	// is required: its zero value uses no proxy.
	Dialer *reach.Dialer
}

func (o Options) validate() error {
	switch {
	case o.Address == reach.Address{}:
		return errors.New("client: Address is required")
	case o.Dialer == nil:
		return errors.New("client: Dialer is required")
	case o.Account == "":
		return errors.New("client: Account is required")
	case o.HostKey == "":
		return errors.New("client: HostKey is required: a relay is never trusted unseen")
	}
	return nil
}

// Relay is a connection to the relay, logged in. It is safe for concurrent use;
// the relay allows [sshd.MaxChannels] commands and computers at once on it.
type Relay struct {
	opts Options
	key  ssh.PublicKey // the relay's
	used ssh.PublicKey // ours that was accepted
	conn *sshd.Client
	ssh  *ssh.Client
	wait sync.WaitGroup // the tunnels, and what the relay asks
}

// login is a connection that is logged in.
type login struct {
	conn *sshd.Client
	key  ssh.PublicKey // the relay's
	used ssh.PublicKey // ours
}

// Dial connects and logs in, on the first way that leads to the relay. Keys sign
// on that way only, so that nobody has to touch a hardware key twice. Close the
// result when done.
func Dial(ctx context.Context, opts Options) (*Relay, error) {
	if err := opts.validate(); err != nil {
		return nil, err
	}
	l, err := reach.Connect(ctx, opts.Dialer, []reach.Address{opts.Address}, true,
		func(ctx context.Context, nc net.Conn, known func() error) (login, error) {
			return opts.login(ctx, nc, known)
		})
	if err != nil {
		return nil, opts.failed(err)
	}
	none := make(chan *ssh.Request) // what the relay asks is answered here
	close(none)
	r := &Relay{opts: opts, key: l.key, used: l.used, conn: l.conn, ssh: ssh.NewClient(l.conn.Conn, l.conn.Channels, none)}
	if opts.HostKeys != nil && ssh.FingerprintSHA256(l.key) != opts.HostKey {
		opts.HostKeys(l.key, nil) // the relay has changed its key since
	}
	r.wait.Go(func() { r.serveRequests(l.conn.Requests) })
	if err := checkVersion("relay", string(l.conn.ServerVersion())); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// login is the handshake on one way. A relay that takes no key will not take one
// on another way either.
func (o Options) login(ctx context.Context, nc net.Conn, known func() error) (login, error) {
	var l login
	pin, said := &pinned{want: o.pins(), known: known}, &banner{}
	offers := make([]ssh.Signer, len(o.Keys))
	for i, k := range o.Keys {
		offers[i] = noting{k, &l.used}
	}
	conn, err := sshd.NewClient(ctx, nc, &ssh.ClientConfig{
		User:            o.Account,
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(offers...)},
		HostKeyCallback: pin.check, // of a new key, the old one makes a certificate
		ClientVersion:   wire.Banner("supportctl"),
		BannerCallback:  said.add,
	})
	switch {
	case err == nil:
		l.conn, l.key = conn, pin.key
		return l, nil
	case pin.passed && !broken(ctx, err):
		return l, reach.Final(said.explain(o.refused(err)))
	}
	return l, err
}

// banner is what a server says before it lets somebody in: why it does not, for one.
type banner struct{ lines []string }

// add is an [ssh.BannerCallback].
func (b *banner) add(message string) error {
	const most = 20
	for line := range strings.Lines(message) {
		if line = strings.TrimSpace(line); line != "" && len(b.lines) < most {
			b.lines = append(b.lines, text.Plain(line, wire.MaxReason))
		}
	}
	return nil
}

// explain adds to an error what the server has said of it.
func (b *banner) explain(err error) error {
	var told *cmdline.Error
	if len(b.lines) > 0 && errors.As(err, &told) {
		told.Hint = strings.ReplaceAll(strings.Join(b.lines, "; "), "; hint: ", "; ")
	}
	return err
}

// Open finds a way to the relay for a program that does the handshake by itself,
// as stock ssh does behind a ProxyCommand. It needs no account and no keys. hello
// is what that program said first, see [reach.Open]. HostKey, where it is known,
// only says that the program will insist on it.
func Open(ctx context.Context, opts Options, hello []byte) (net.Conn, error) {
	if opts.Dialer == nil {
		return nil, errors.New("client: Dialer is required")
	}
	nc, err := reach.Open(ctx, opts.Dialer, []reach.Address{opts.Address}, opts.HostKey != "", hello)
	if err != nil {
		return nil, opts.failed(err)
	}
	return nc, nil
}

func (o Options) refused(err error) error {
	var prints []string
	for _, k := range o.Keys {
		shown := ssh.FingerprintSHA256(csrca.Plain(k.PublicKey()))
		if csrca.Of(k.PublicKey()) != nil {
			shown += " with its certificate"
		}
		prints = append(prints, shown)
	}
	if len(prints) == 0 {
		return cmdline.Fail(cmdline.ExitAuth, "name a key with --identity, or load one with ssh-add",
			"the relay at %s takes no key for the account %s (tried: none)", o.Address, o.Account).Because(errors.Join(ErrRefused, err))
	}
	return cmdline.Fail(cmdline.ExitAuth, "ask the relay's admin to add your public key to this account",
		"the relay at %s takes no key for the account %s (tried: %s)", o.Address, o.Account, strings.Join(prints, ", ")).Because(errors.Join(ErrRefused, err))
}

// Close ends the connection, and with it everything that was reached over it.
func (r *Relay) Close() error {
	err := r.conn.Close()
	r.wait.Wait()
	return closed(err)
}

// closed forgets the error of closing what the other side has closed already.
func closed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Wait returns when the connection has ended, with the reason.
func (r *Relay) Wait() error { return r.conn.Wait() }

// HostKey is the relay's host key, which fits the pin.
func (r *Relay) HostKey() ssh.PublicKey { return r.key }

// Key is our public key that the relay has accepted.
func (r *Relay) Key() ssh.PublicKey { return r.used }

// noting remembers the key that was last asked to sign: a relay asks only the
// one that it accepts.
type noting struct {
	ssh.Signer
	last *ssh.PublicKey
}

// SignWithAlgorithm lets RSA keys sign with SHA-2 (RFC 8332).
func (n noting) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	*n.last = n.PublicKey()
	if s, ok := n.Signer.(ssh.AlgorithmSigner); ok {
		return s.SignWithAlgorithm(rand, data, algorithm)
	}
	return n.Sign(rand, data)
}
