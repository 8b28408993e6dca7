package client

import (
	"bytes"
	"context"
	"io"
	"sync"

	"golang.org/x/crypto/ssh"

	"supportd/library/cmdline"
)

// LogOn lets the computer's daemon act as another of its users. When the
// customer has said yes and the daemon asks for it, secret is called for the
// password, which is overwritten when it is sent; it goes to that computer and
// nowhere else, and is not sent where that is not confirmed when secret returns, see
// [Words.Confirmed]. What the daemon says then goes to out.
func (c *Computer) LogOn(ctx context.Context, out io.Writer, user string, secret func() ([]byte, error)) error {
	p := &prompted{out: out}
	return executeWith(ctx, c.side(), p, c.tell, func(s *ssh.Session, fail context.CancelCauseFunc) error {
		keys, err := s.StdinPipe()
		if err != nil {
			return err
		}
		p.ask = sync.OnceFunc(func() {
			if err := send(keys, c.confirmed(secret)); err != nil {
				fail(err)
			}
		})
		// With a terminal it is the daemon that asks for the password.
		return s.RequestPty("dumb", 24, 80, nil)
	}, "logon-as", user)
}

// confirmed is secret for a computer that words or the CSR CA have confirmed.
func (c *Computer) confirmed(secret func() ([]byte, error)) func() ([]byte, error) {
	return func() ([]byte, error) {
		typed, err := secret()
		if err == nil && !c.Words().Confirmed() {
			clear(typed)
			return nil, c.Unconfirmed()
		}
		return typed, err
	}
}

// Unconfirmed says why no password is sent to a computer that is not [Words.Confirmed].
func (c *Computer) Unconfirmed() error {
	return cmdline.Fail(cmdline.ExitAuth, "run \"supportctl words NUMBER\" and compare them with the customer by voice, then do it again",
		"no password was sent: nothing shows yet that it is the customer's own computer").Because(c.words.Why)
}

// send types the password and Enter.
func send(keys io.Writer, secret func() ([]byte, error)) error {
	typed, err := secret()
	defer clear(typed)
	if err != nil {
		return err
	}
	line := append(bytes.Clone(typed), '\r')
	defer clear(line)
	_, err = keys.Write(line)
	return err
}

// prompted takes the first line for the prompt, and passes the rest on.
type prompted struct {
	out    io.Writer
	ask    func()
	passed bool // the prompt's line has ended
}

// Write implements [io.Writer]. The daemon writes nothing before it asks for the
// password, and nothing more until it has it.
func (p *prompted) Write(data []byte) (int, error) {
	p.ask()
	rest := data
	if !p.passed {
		_, rest, p.passed = bytes.Cut(data, []byte("\n"))
	}
	if _, err := p.out.Write(bytes.ReplaceAll(rest, []byte("\r\n"), []byte("\n"))); err != nil {
		return 0, err
	}
	return len(data), nil
}
